"""Where metropoles stand: on the map, in the groups of the network, in the words that count them. Shared by pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from flask import url_for

from hub.benchmark.figures import known_among
from hub.models.metropole import Metropole
from hub.models.network import network as things_said
from hub.pages.format import listing, number, plural
from hub.pages.traces import weakest
from schemas.labels import label

AGENTS, ELUS = "agents", "elus"
NATURES = {
    "METRO": "Métropole",
    "METLYON": "Métropole à statut de collectivité territoriale",
    "EPT": "Établissement public territorial",
}
_OUTLINE = Path(__file__).resolve().parent.parent / "data" / "reference" / "france.json"


@cache
def outline() -> Mapping[str, Any]:
    """Return the outline of the country, as the macro `map` wants it."""
    drawn: dict[str, Any] = orjson.loads(_OUTLINE.read_bytes())
    return drawn


def written(kind: str) -> list[dict[str, Any]]:
    """Return the network's things of a kind, each with the address that says where it comes from (`whence`)."""
    return [
        {**one, "whence": url_for("provenance.network", kind=kind, thing_id=one["id"])} for one in things_said(kind)
    ]


def standings() -> dict[str, list[dict[str, Any]]]:
    """Return, by SIREN, the places a metropole has had in the groups, newest year first, each said in words.

    `certainty` is that of the least sure of what it states: the name, the year, the presence.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(written("membership"), key=lambda one: str(one.get("year", "")), reverse=True):
        sure = weakest(one["trace"]).get("certainty", "")
        found.setdefault(one["siren"], []).append({**one, "certainty": sure, "words": said(one)})
    return found


def said(membership: Mapping[str, Any]) -> str:
    """Return a membership in words: « membre en 2025 », « présente à la rencontre »."""
    words = label("adhesion", membership["status"]).lower()
    return f"{words} en {membership['year']}" if membership.get("year") else words


def newest_year(places: Mapping[str, Sequence[Mapping[str, Any]]], group: str = AGENTS) -> str | None:
    """Return the last year for which the members of a group are known."""
    years = [one["year"] for rows in places.values() for one in rows if one["group"] == group and "year" in one]
    return max(years, default=None)


def members(places: Mapping[str, Sequence[Mapping[str, Any]]], year: str | None, group: str = AGENTS) -> set[str]:
    """Return the SIRENs of the members of a group that year."""
    return {
        siren
        for siren, rows in places.items()
        if any((one["group"], one.get("year"), one["status"]) == (group, year, "membre") for one in rows)
    }


def points(chosen: Iterable[Metropole], inside: Collection[str], year: str | None) -> list[dict[str, Any]]:
    """Return the points of a situation map: full for a member of the agents' group that year, hollow for the others."""
    chosen = list(chosen)
    names = {metropole.siren: metropole.short_name for metropole in chosen}
    return [
        {
            "label": metropole.short_name,
            "lon": metropole.lon,
            "lat": metropole.lat,
            "hollow": metropole.siren not in inside,
            "note": standing_words(metropole.siren in inside, year)
            + (f", dans {names[metropole.within]}" if metropole.within in names else ""),
            "url": url_for("metropoles.metropole", slug=metropole.slug),
        }
        for metropole in chosen
    ]


def standing_words(inside: bool, year: str | None) -> str:
    """Return what is known of a place in the agents' group; a name that is not on the list is no departure."""
    if year is None:
        return "appartenance non transmise"
    return f"membre en {year}" if inside else f"pas sur la liste de {year}"


def territories(sirens: Collection[str], chosen: Sequence[Metropole]) -> str:
    """Return « 14 territoires : 13 métropoles et Plaine Commune », or « 13 métropoles » when none is nested."""
    known, _, nested = known_among(sirens, chosen)
    parts = [f"{number(known)} {plural(known, 'métropole')}", *(one.short_name for one in nested)]
    whole = f"{number(known + len(nested))} territoires : " if nested else ""
    return whole + listing(parts)


def coverage(sirens: Collection[str], chosen: Sequence[Metropole], of_network: bool = True) -> str:
    """Return « 1 métropole sur 22 », with the nested territories that are known beside it, never counted twice."""
    known, total, nested = known_among(sirens, chosen)
    if of_network:
        words = f"{number(known)} {plural(known, 'métropole')}" if known else "aucune métropole"
        among = number(total)
    else:
        words = f"{number(known)} {plural(known, 'territoire')}" if known else "aucun territoire"
        among = f"{number(total)} {plural(total, 'choisi')}"
    return f"{words} sur {among}" + "".join(f", et {one.short_name}" for one in nested)
