"""The worked examples of rules: states, letters, likeness, secrets; made-up cases, by the functions the hub applies."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hub.benchmark.coverage import COMPLETE, PARTIAL, Coverage, counted
from hub.benchmark.grading import graded
from hub.benchmark.linear import Key
from hub.benchmark.neighbours import IN_FORCE, distance, gaps, scales
from hub.benchmark.small_counts import Counts, hidden
from hub.pages.format import absent, number, quantity, state_label
from hub.pages.methods_worked import Case, Result

LEVELS = (COMPLETE, PARTIAL)
CHECKS = {
    "definition": "définition",
    "periode": "période",
    "unite": "unité",
    "couverture": "couverture",
    "validation": "validation",
}
TERRITORIES = {"P": (500_000, 30), "Q": (520_000, 32), "R": (250_000, 20), "S": (7_000_000, 130)}
AGES = (("ensemble", 50), ("18-24 ans", 3), ("25-64 ans", 27), ("65 ans et plus", 20))


def states() -> Iterator[Case]:
    """Yield what a count becomes with and without a statement of coverage."""
    complete = Coverage("", "process", COMPLETE, None, "2025", "2025", "2026-01-15")
    without = Coverage("", "process", "sans_objet", None, "2025", "2025", "2026-01-15")
    known = (("rien n'est déclaré", None), ("année déclarée complète", complete), ("déclaré sans objet", without))
    for words, statement in known:
        for count in (0, 3) if statement is not without else (0,):
            value, state = counted(count, statement)
            text = absent(state) if value is None else f"{_counted(value, state)} ({state_label(state)})"
            given = "aucune démarche reçue" if not count else f"{count} démarches reçues"
            yield Case(f"{given}, {words}", (Result("ce qui s'affiche", value, text),))


def grades() -> Iterator[Case]:
    """Yield the letters of four figures: each is its worst check."""
    complete, partial = (Coverage("", "process", level, 0.9, "2025", "2025", "2026-01-15") for level in LEVELS)
    for given, coverage, validated, troubled in (
        ("couverture complète, validé", complete, True, False),
        ("couverture partielle, à 90 %, validé", partial, True, False),
        ("couverture que personne n'a déclarée", None, False, False),
        ("couverture complète, un problème important ouvert", complete, False, True),
    ):
        letter, checks = graded("provisoire", coverage, lacking=False, validated=validated, troubled=troubled)
        results = (Result(CHECKS[name], each, each) for name, (each, _) in checks.items())
        yield Case(given, (*results, Result("lettre", letter, letter)))


def likeness() -> Iterator[Case]:
    """Yield the distances of three made-up territories to a fourth, over two variables."""
    described = {name: {"population": math.log(a), "communes": math.log(b)} for name, (a, b) in TERRITORIES.items()}
    scaled = scales(described, described)
    for name in TERRITORIES:
        if name != "P":
            found = distance(gaps(described["P"], described[name], scaled))
            near = "oui" if found <= IN_FORCE.furthest else "non"
            given = f"{_territory('P')} et {_territory(name)}"
            results = Result("distance", found, number(found, decimals=2)), Result("sous le seuil", near, near)
            yield Case(given, results)


def secrets(threshold: int) -> Iterator[Case]:
    """Yield what the public reads of a table whose smallest part is under `threshold` persons."""
    line: dict[Key, int] = {name: -1 if name == "ensemble" else 1 for name, _ in AGES}
    concealed = hidden(Counts(dict(AGES), [line]), threshold)
    for name, value in AGES:
        shown = None if name in concealed else value
        yield Case(name, (Result("ce que lit le public", shown, "masqué" if shown is None else number(value)),))


def _counted(value: int, state: str) -> str:
    return quantity({"value": value, "qualifier": "au_moins" if state == "estime" else "exact"})


def _territory(name: str) -> str:
    people, communes = TERRITORIES[name]
    return f"{name} ({number(people, 'habitants')}, {number(communes, 'communes')})"
