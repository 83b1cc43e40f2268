"""Counts that mix no sets: how many things of a kind each metropole has, and what is counted apart from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select

from hub.db import db
from hub.models.demarche import is_component
from hub.models.thing import EVERYTHING, Filter, counts_by_metropole
from hub.pages.format import number, plural
from hub.pages.words import APART

OWN_LEVEL = "metropole"
FIELDS = {"commitment": "level", "deliberation": "type"}
"""The term that says to which set a thing of a kind belongs; a démarche is a component by its link."""
PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "process": {"component": ("composante", "composantes")},
    "commitment": APART,
    "deliberation": {"voeu": ("vœu", "vœux"), "autre_vote": ("autre vote", "autres votes")},
}
"""What is counted apart in each kind, and its words."""


@dataclass(frozen=True)
class Tally:
    """How many things of a kind; how many stand apart, by part."""

    own: int
    apart: Mapping[str, int]


def tallies(kind: str) -> dict[str, Tally]:
    """Return the tally of each metropole that has things of a kind, by slug; RESEAU stands for the network."""
    apart: dict[str, dict[str, int]] = {}
    for part in PARTS.get(kind, ()):
        for slug, count in db.session.execute(_counts(kind, part)):
            apart.setdefault(slug, {})[part] = count
    return {
        slug: Tally(count - sum(apart.get(slug, {}).values()), apart.get(slug, {}))
        for slug, count in db.session.execute(counts_by_metropole(kind, EVERYTHING))
    }


def together(kind: str, found: Iterable[Tally]) -> Tally:
    """Return the tally of several metropoles."""
    found = list(found)
    apart = {part: sum(each.apart.get(part, 0) for each in found) for part in PARTS.get(kind, ())}
    return Tally(sum(each.own for each in found), {part: count for part, count in apart.items() if count})


def part_words(kind: str, part: str, count: int) -> str:
    """Return « 3 engagements d'un autre plan »."""
    return f"{number(count)} {plural(count, *PARTS[kind][part])}"


def _counts(kind: str, part: str) -> Select[str, int]:
    if kind in FIELDS:
        return counts_by_metropole(kind, Filter(terms=((FIELDS[kind], (part,)),)))
    return counts_by_metropole(kind, EVERYTHING, is_component())
