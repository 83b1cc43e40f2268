"""The facts the founding documents ask to know of a démarche (`benchmark.md` §13), each proved or said absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.models.thing import Thing
from hub.pages.format import nbsp
from hub.pages.traces import traces_of, weakest
from hub.pages.words import capital, fields_of, said
from schemas.registry import Node, expand

FACTS = ("organiser", "perimeter", "territory_raw", "legal_basis", "policy", "announced_level", "observed_level",
         "channel", "link_note", "recruitment", "recruitment_note", "conditions.compensation", "conditions.childcare",
         "conditions.transport", "elected_role", "guarantor", "contractor", "communes", "starts_on", "ends_on",
         "budget", "contact_role")  # fmt: skip
"""The facts asked for, in the order of the page; a dot leads inside a group of facts."""
COMMUNES = {
    "44020": "Bouguenais",
    "44035": "La Chapelle-sur-Erdre",
    "44047": "Couëron",
    "44074": "Indre",
    "44101": "La Montagne",
    "44109": "Nantes",
    "44143": "Rezé",
    "44162": "Saint-Herblain",
    "44190": "Saint-Sébastien-sur-Loire",
}
"""Names of the communes the founding documents name; the register of metropoles knows codes only."""


@dataclass(frozen=True)
class Fact:
    """One fact: its label, its value in words (none when absent), why it is absent, what proves it."""

    field: str
    label: str
    words: list[str]
    state: str
    raw: Any = None
    trace: Mapping[str, Any] | None = None
    rank: int = 0


def facts(process: Thing) -> list[Fact]:
    """Return the facts of a démarche, absent ones included, in the order of FACTS."""
    return [_fact(process, field) for field in FACTS]


def communes(names: Iterable[str]) -> list[str]:
    """Return communes in words: their name when known, else their code."""
    return [COMMUNES.get(code, f"commune de code INSEE {code}") for code in names]


def _fact(process: Thing, field: str) -> Fact:
    data, node = process.data, _node(field)
    group, _, inside = field.partition(".")
    raw = data.get(group, {}).get(inside) if inside else data.get(field)
    state = "observe" if raw not in (None, []) else data.get(f"{field}_state", "non_transmis")
    if state != "observe":
        return Fact(field, node["title"], [], state)
    trace = weakest(traces_of(data, group)) or None
    rank = data["trace"].index(trace) + 1 if trace else 0
    return Fact(field, node["title"], _words(field, node, raw), state, raw, trace, rank)


def _words(field: str, node: Node, raw: Any) -> list[str]:
    if field == "communes":
        return communes(raw)
    if isinstance(raw, bool):
        return [capital(said(node, raw, {}))]
    if isinstance(raw, list):
        return [said(node["items"], each, {}) for each in raw]
    return [nbsp(said(node, raw, {}))]


def _node(field: str) -> Node:
    """Return what the schema says of a field, its inner fields included; its title is its label."""
    group, _, inside = field.partition(".")
    node = expand(fields_of("process")[group])
    if inside:
        return expand(node["properties"][inside])
    return {**node, "items": expand(node["items"])} if "items" in node else node
