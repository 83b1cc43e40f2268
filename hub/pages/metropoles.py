"""The metropoles: their alphabetical list with what is known of each; the portrait of one."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for

from hub.access.declared import all_need
from hub.db import db
from hub.errors import UnknownThing
from hub.models.metropole import Metropole, metropole_called
from hub.models.person import contacts_read
from hub.pages.choices import accept
from hub.pages.menu import Entry
from hub.pages.metropoles_facts import facts
from hub.pages.metropoles_list import COLUMNS, lines, rows
from hub.pages.metropoles_view import portrait
from hub.pages.profile import PERIOD
from hub.pages.respond import Sheet, View, data_page
from hub.pages.situation import NATURES, members, newest_year, outline, points, territories

bp = Blueprint("metropoles", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Réseau", "Métropoles", "metropoles.listing"),)
MOVED = 301


@data_page(bp, "/metropoles")
def listing() -> View:
    """The alphabetical list of metropoles."""
    accept(paged=False)
    found = lines()
    places = {line.metropole.siren: line.places for line in found}
    year = newest_year(places)
    inside = members(places, year)
    every = [line.metropole for line in found]
    context = {
        "lines": found,
        "natures": NATURES,
        "year": year,
        "elus_known": any(line.elus for line in found),
        "points": points(every, inside, year),
        "outline": outline(),
        "group": territories(inside, every),
        "everywhere": territories({one.siren for one in every}, every),
    }
    return View("metropoles/listing.html", Sheet(COLUMNS, rows(found)), context)


@data_page(bp, "/metropoles/<slug>")
def metropole(slug: str) -> View:
    """The portrait of a metropole; its SIREN leads to its name."""
    accept((PERIOD,), paged=False)
    shown = portrait(called(slug))
    here = points([shown["metropole"]], (), None)
    context = {
        "outline": outline(),
        "points": [{**point, "mine": True, "label": ""} for point in here],
        "contacts": db.session.execute(contacts_read(shown["metropole"].siren)).all(),
    }
    return View("metropoles/metropole.html", facts(shown), shown | context)


def called(name: str) -> Metropole:
    """Return the metropole of this slug. Leads a SIREN to its slug (301); raises UnknownThing for any other name."""
    found = db.session.scalar(metropole_called(name))
    if found is None:
        raise UnknownThing(f"Aucune métropole ne s'appelle « {name} » : donnez son nom court, ou son SIREN.")
    if found.slug != name:
        assert request.endpoint is not None
        abort(redirect(url_for(request.endpoint, **{**(request.view_args or {}), "slug": found.slug}), MOVED))
    return found
