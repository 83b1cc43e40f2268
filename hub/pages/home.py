"""The front page: what the network is, what the hub knows of it and for how many metropoles, where to go from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, url_for

from hub.db import db
from hub.models.demarche import number_of_components
from hub.models.facet import Facet
from hub.models.metropole import Metropole, metropoles
from hub.models.thing import EVERYTHING, RESEAU, Filter, counts_by_metropole, number_of, read, things_of
from hub.pages.format import number
from hub.pages.frame import thing_url
from hub.pages.menu import Entry
from hub.pages.situation import coverage, members, newest_year, outline, points, standings, territories, written

bp = Blueprint("home", __name__)
MENU: tuple[Entry, ...] = ()
RETOURS = 3
"""How many of the latest retours d'expérience the front page shows."""

Figure = dict[str, Any]


@bp.get("/")
def home() -> str:
    """The front page, or a sentence and a way out while the hub is empty."""
    territory = db.session.scalars(metropoles()).all()
    places = standings()
    year = newest_year(places)
    inside = members(places, year)
    figures = key_figures(territory, inside, year)
    return render_template(
        "home.html",
        figures=figures if any(figure["value"] is not None for figure in figures) else [],
        points=points(territory, inside, year),
        outline=outline(),
        year=year,
        everywhere=territories({each.siren for each in territory}, territory),
        group=territories(inside, territory),
        retours=latest(written("experience"), {each.siren: each for each in territory}),
    )


def key_figures(territory: Sequence[Metropole], inside: set[str], year: str | None) -> list[Figure]:
    """Return the four figures of the front page, each with how many metropoles it speaks of."""
    return [
        counted("process", "Démarches décrites", url_for("demarches.listing"), territory),
        counted("commitment", "Engagements suivis", url_for("engagements.listing"), territory),
        membership(territory, inside, year),
        proposals(),
    ]


def counted(kind: str, label: str, url: str, territory: Sequence[Metropole]) -> Figure:
    """Return how many things of a kind the hub holds: « au moins », since nobody has declared them complete."""
    found = {row[0]: row[1] for row in db.session.execute(counts_by_metropole(kind, EVERYTHING))}
    known = {each.siren for each in territory if each.slug in found}
    of_network = ", et le réseau lui-même" if RESEAU in found else ""
    parts = db.session.execute(number_of_components(EVERYTHING)).scalar_one() if kind == "process" else 0
    more = f" Leurs {number(parts, 'composantes')} ne comptent pas en plus." if parts else ""
    return {
        "label": label,
        "value": sum(found.values()) - parts or None,
        "qualifier": "au moins",
        "state": "estime" if found else "non_transmis",
        "note": f"{coverage(known, territory)}{of_network}. Compté dans ce qui a été transmis.{more}" if found else "",
        "url": url,
    }


def membership(territory: Sequence[Metropole], inside: set[str], year: str | None) -> Figure:
    """Return the number of territories of the agents' group, Plaine Commune never counted as a métropole."""
    return {
        "label": f"Membres du groupe des agent·es en {year}" if year else "Membres du groupe des agent·es",
        "value": len(inside) or None,
        "unit": "territoires",
        "state": "provisoire" if inside else "non_transmis",
        "note": f"{coverage(inside, territory)}." if inside else "",
        "url": url_for("network.network"),
    }


def proposals() -> Figure:
    """Return the number of proposals of the network's own consultation, which no metropole carries."""
    own = Filter(metropoles=(RESEAU,))
    mine = read(things_of("process", own).order_by(Facet.hub_id))
    count = db.session.execute(number_of("contribution", own)).scalar_one()
    only = mine[0] if len(mine) == 1 else None
    return {
        "label": "Propositions de la consultation du réseau",
        "value": count or None,
        "state": "provisoire" if count else "non_transmis",
        "note": "Portées par le réseau, par aucune métropole. Leurs votes sont donnés à titre indicatif.",
        "title": only.title if only else "",
        "url": thing_url(only) if only else url_for("demarches.listing", metropole=RESEAU),
    }


def latest(retours: Sequence[Mapping[str, Any]], territory: Mapping[str, Metropole]) -> list[dict[str, Any]]:
    """Return the newest retours d'expérience with the names of the metropoles whose examples they use."""
    newest = sorted(retours, key=lambda one: str(one.get("year", "")), reverse=True)[:RETOURS]
    return [
        {
            **one,
            "url": url_for("retours.retour", thing_id=one["id"]),
            "names": [territory[siren].short_name for siren in one.get("contributors", ())],
        }
        for one in newest
    ]
