"""The front page: what the network is, what the hub knows of it and for how many metropoles, where to go from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, url_for

from hub.access.declared import all_need
from hub.db import db
from hub.models.facet import Facet
from hub.models.metropole import Metropole, metropoles
from hub.models.thing import RESEAU, Filter, number_of, read, things_of
from hub.pages.acronyms import spelled
from hub.pages.format import listing
from hub.pages.frame import thing_url
from hub.pages.menu import Entry
from hub.pages.situation import coverage, members, newest_year, outline, points, standings, territories, written
from hub.pages.tally import OWN_LEVEL, Tally, part_words, tallies, together

bp = Blueprint("home", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = ()
RETOURS = 3
"""How many of the latest retours d'expérience the front page shows."""
METROKAWA = "metrokawa-12"
"""The consultation that the network's documents tell of, without saying who held it."""

Figure = dict[str, Any]


@bp.get("/")
def home() -> str:
    """The front page, or a sentence and a way out while the hub is empty."""
    territory = db.session.scalars(metropoles()).all()
    places = standings()
    year = newest_year(places)
    inside = members(places, year)
    figures = key_figures(territory, inside, year)
    newest = latest(written("experience"), {each.siren: each for each in territory})
    return render_template(
        "home.html",
        figures=figures if any(figure["value"] is not None for figure in figures) else [],
        points=points(territory, inside, year),
        outline=outline(),
        year=year,
        everywhere=territories({each.siren for each in territory}, territory),
        group=territories(inside, territory),
        retours=newest,
        spelled=spelled(*(one["title"] for one in newest)),
    )


def key_figures(territory: Sequence[Metropole], inside: set[str], year: str | None) -> list[Figure]:
    """Return the four figures of the front page, each with how many metropoles it speaks of."""
    return [
        counted("process", "Démarches décrites", url_for("demarches.listing"), territory),
        counted("commitment", "Engagements suivis", url_for("engagements.listing", portee=OWN_LEVEL), territory),
        membership(territory, inside, year),
        proposals(),
    ]


def counted(kind: str, label: str, url: str, territory: Sequence[Metropole]) -> Figure:
    """Return how many things of a kind the hub holds: « au moins », since nobody has declared them complete."""
    found = tallies(kind)
    whole = together(kind, found.values())
    known = {each.siren for each in territory if each.slug in found}
    of_network = ", et les documents du réseau" if RESEAU in found else ""
    return {
        "label": label,
        "value": whole.own or None,
        "qualifier": "au moins",
        "state": "estime" if found else "non_transmis",
        "note": f"{coverage(known, territory)}{of_network}. Compté dans ce qui a été transmis.{beside(kind, whole)}"
        if found
        else "",
        "url": url,
    }


def beside(kind: str, whole: Tally) -> str:
    """Return the sentence that says what is counted apart; nothing when nothing is."""
    words = listing(part_words(kind, part, count) for part, count in whole.apart.items())
    if not words:
        return ""
    return f" Leurs {words} ne comptent pas en plus." if kind == "process" else f" À part : {words}."


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
    """Return the number of proposals that no metropole carries: those of the Métrokawa consultation."""
    own = Filter(metropoles=(RESEAU,))
    mine = read(things_of("process", own).order_by(Facet.hub_id))
    count = db.session.execute(number_of("contribution", own)).scalar_one()
    only = mine[0] if len(mine) == 1 else None
    named = only is not None and only.remote_id == METROKAWA
    where = "Recueillies en ligne sur Agorasso et en atelier ; l'organisateur n'est pas dit." if named else ""
    return {
        "label": "Propositions de la consultation Métrokawa" if named else "Propositions qu'aucune métropole ne porte",
        "value": count or None,
        "state": "provisoire" if count else "non_transmis",
        "note": f"{where} Leurs votes sont donnés à titre indicatif.".strip() if count else "",
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
