"""What the page of neighbours shows: each with its distance, both values of each variable; all others with why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import url_for

from hub.benchmark.neighbourhood import DISTANCE, NUMBER, POPULATION, VARIABLES, Neighbourhood
from hub.benchmark.neighbours import IN_FORCE, Gap, Neighbour
from hub.models.metropole import Metropole
from hub.pages.format import number
from hub.pages.situation import points

DIGITS = 4
"""Decimals of distances and gaps in files; pages show two."""
COLUMNS = (
    *("siren", "metropole", "neighbour_siren", "neighbour", "distance", "population_ratio", "kept", "reason"),
    *(name for one in VARIABLES for name in (f"{one.key}_mine", one.key, f"{one.key}_gap")),
    *("closer", "apart", "population_year", "source"),
)
"""One row a metropole, the nearest first; `_gap` is in standard deviations, `_mine` the value of the one asked for."""
REASONS = {
    DISTANCE: f"plus loin que {number(IN_FORCE.furthest)}",
    POPULATION: f"population plus de {number(IN_FORCE.ratio)} fois plus grande ou plus petite",
    NUMBER: f"{number(IN_FORCE.most)} autres sont plus proches",
}
LABELS = {one.key: one for one in VARIABLES}


def cards(found: Neighbourhood) -> list[dict[str, Any]]:
    """Return the neighbours as the page shows them."""
    mine = found.metropole
    return [
        {
            "metropole": other,
            "distance": number(one.distance, decimals=2),
            "closer": [_words(gap, mine, other) for gap in one.closer],
            "apart": [_words(gap, mine, other) for gap in one.apart],
            "compare": url_for("compare.compare", m=[mine.slug, other.slug]),
        }
        for one, other in zip(found.kept, found.nearest, strict=True)
    ]


def distances(found: Neighbourhood) -> list[dict[str, Any]]:
    """Return every other metropole with its distance and why it is a neighbour or not."""
    return [
        {
            "metropole": found.named[one.siren],
            "distance": number(one.distance, decimals=2),
            "why": REASONS[reason] if (reason := found.reason(one)) else "proche",
        }
        for one in found.ranked
    ]


def drawn(found: Neighbourhood) -> list[dict[str, Any]]:
    """Return the points of the map: mine and its neighbours."""
    chosen = [found.metropole, *found.nearest]
    return [
        {**point, "mine": rank == 0} for rank, point in enumerate(points(chosen, {one.siren for one in chosen}, None))
    ]


def rows(found: Neighbourhood) -> Iterator[dict[str, Any]]:
    """Yield every other metropole as a row of `COLUMNS`, the nearest first."""
    mine = found.metropole
    for one in found.ranked:
        other = found.named[one.siren]
        row: dict[str, Any] = {"siren": mine.siren, "metropole": mine.slug, "neighbour_siren": other.siren}
        row |= {"neighbour": other.slug, "distance": round(one.distance, DIGITS)}
        row |= {"population_ratio": round(one.ratio, DIGITS), "kept": (reason := found.reason(one)) is None}
        row |= {"reason": reason} if reason else {}
        yield row | _values(mine, other) | _gaps(one) | _source(other)


def _words(gap: Gap, mine: Metropole, other: Metropole) -> str:
    variable = LABELS[gap.variable]
    there = number(variable.read(other), variable.unit)
    here = number(variable.read(mine), variable.unit if variable.unit == "%" else "")
    return f"{variable.label} : {there}, contre {here} (écart {number(abs(gap.deviations), decimals=2)})"


def _values(mine: Metropole, other: Metropole) -> dict[str, Any]:
    found = {one.key: one.read(other) for one in VARIABLES} | {f"{one.key}_mine": one.read(mine) for one in VARIABLES}
    return {key: value for key, value in found.items() if value is not None}


def _gaps(one: Neighbour) -> dict[str, Any]:
    signed = {f"{gap.variable}_gap": round(gap.deviations, DIGITS) for gap in one.gaps}
    return {**signed, "closer": [gap.variable for gap in one.closer], "apart": [gap.variable for gap in one.apart]}


def _source(other: Metropole) -> dict[str, Any]:
    return {"population_year": other.population_year, "source": other.population_source}
