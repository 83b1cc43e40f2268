"""`/retours`: what metropoles told each other of what they did; `/retours/<id>`: one of them, what is left to write."""

from __future__ import annotations

from flask import Blueprint, request

from hub.access.declared import all_need
from hub.db import db
from hub.errors import UnknownThing
from hub.models.metropole import Metropole, metropoles
from hub.models.network import network_thing
from hub.pages.acronyms import spelled
from hub.pages.choices import accept, page_url
from hub.pages.menu import Entry
from hub.pages.respond import Sheet, View, data_page
from hub.pages.retours_view import FACTS, KIND, LISTED, STATES, dated, row, shown, sorts, themed
from hub.pages.sieve import sieve
from hub.pages.situation import written
from hub.pages.traces import fact_sheet, network_identity

bp = Blueprint("retours", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry("Apprendre", "Retours d'expérience", "retours.listing"),)


@data_page(bp, "/retours")
def listing() -> View:
    """The retours, in the order of their document: newest year first."""
    register = _register()
    chosen = sieve([dated(one) for one in written("experience")], sorts(register))
    themes = themed(request.args.getlist("theme"))
    context = {"choices": chosen, "register": register, "states": STATES, "page_url": page_url, "themed": themes}
    context["spelled"] = spelled(*(one["title"] for one in chosen.shown))
    slugs = {siren: each.slug for siren, each in register.items()}
    return View("retours/list.html", Sheet(LISTED, [row(one, slugs) for one in chosen.kept]), context)


@data_page(bp, "/retours/<thing_id>")
def retour(thing_id: str) -> View:
    """One retour: what the documents say of it, what is left to write."""
    accept(paged=False)
    said = network_thing("experience", thing_id)
    if said is None:
        raise UnknownThing(f"Aucun retour d'expérience ne porte l'identifiant « {thing_id} ».")
    register = _register()
    who = network_identity(said, {siren: each.slug for siren, each in register.items()})
    return View("retours/retour.html", fact_sheet(who, KIND, said, FACTS), lambda: shown(said, register))


def _register() -> dict[str, Metropole]:
    return {each.siren: each for each in db.session.scalars(metropoles())}
