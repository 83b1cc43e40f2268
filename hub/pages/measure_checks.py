"""The grade of a cell in words: each check, the one that fails, what would raise it and where it is done (B9, B11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from hub.benchmark.measures import ABSENT_GRADE, Cell
from hub.benchmark.needs import NEEDS

CHECKS = {
    "definition": "Définition",
    "periode": "Période",
    "unite": "Unité de compte",
    "couverture": "Couverture",
    "validation": "Validation",
}
"""The five checks of a grade, in the order they are read."""
FINDINGS = {
    ("definition", "courante"): "définition en vigueur",
    ("definition", "compatible"): "définition antérieure, déclarée compatible",
    ("definition", "autre"): "autre définition",
    ("periode", "meme"): "même période",
    ("periode", "chevauche"): "période décalée",
    ("periode", "autre"): "autre période",
    ("unite", "meme"): "même unité de compte",
    ("unite", "autre"): "autre unité de compte",
    ("couverture", "complete"): "couverture déclarée complète",
    ("couverture", "total_propre"): "rien à déclarer : c'est le total de la métropole elle-même, ou le hub le connaît",
    ("couverture", "partielle"): "couverture partielle",
    ("couverture", "inconnue"): "couverture non déclarée",
    ("couverture", "champ"): "plus d'une fiche sur cinq ne dit pas ce qu'il faut",
    ("validation", "validee"): "validée par la métropole",
    ("validation", "controlee"): "contrôlée, pas encore validée par la métropole",
    ("validation", "probleme"): "un problème important reste ouvert",
}
"""What a check found, by its name and its reason code."""
SENDS = {
    "definition": "envoyer des données selon la définition en vigueur",
    "periode": "envoyer des données qui couvrent toute la période {period}",
    "unite": "compter dans l'unité de l'indicateur",
}
"""What a metropole does for the checks that only other data would raise."""
LETTERS = "ABC"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a grade: its name and what it found, in words, with its letter."""

    name: str
    letter: str
    words: str


@dataclass(frozen=True, slots=True)
class Raise:
    """What would raise a grade, and the page where it is done: an endpoint that takes `slug`, with other `values`."""

    words: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def url(self, slug: str) -> str:
        """Return the address where the metropole of this slug does it."""
        return url_for(self.endpoint, slug=slug, **self.values)


def checks_of(cell: Cell) -> tuple[Check, ...]:
    """Return the checks of a cell in words, in the order they are read."""
    return tuple(
        Check(CHECKS[name], str(cell.checks[name][0]), FINDINGS[name, cell.checks[name][1]])
        for name in CHECKS
        if name in cell.checks
    )


def grade_words(cell: Cell) -> str:
    """Return « B — période décalée »: the letter and the checks that gave it; empty without a value."""
    if cell.grade == ABSENT_GRADE:
        return ""
    failing = [check.words for check in checks_of(cell) if check.letter == cell.grade != LETTERS[0]]
    return f"{cell.grade} — {', '.join(failing) or 'comparable'}"


def raises_of(cell: Cell) -> tuple[Raise, ...]:
    """Return what would raise the grade of a cell, or give it a value, the worst check first."""
    if cell.state == "non_transmis":
        return (_declare(cell),)
    found = [(letter, name, why) for name, (letter, why) in cell.checks.items() if letter != LETTERS[0]]
    return tuple(_raise(cell, name, why) for _, name, why in sorted(found, reverse=True))


def _raise(cell: Cell, name: str, why: str) -> Raise:
    if name == "validation" and why == "probleme":
        return Raise("corriger les problèmes ouverts", "completeness.data", {"_anchor": "corriger"})
    if name == "validation":
        return Raise(f"valider les données {cell.period}", "completeness.data", {"_anchor": "validation"})
    if name == "couverture":
        return _fill(cell) if why == "champ" else _declare(cell)
    return Raise(SENDS[name].format(period=cell.period), "completeness.data")


def _declare(cell: Cell) -> Raise:
    kind = {"genre": cell.indicator.needs[0]} if cell.indicator.needs else {}
    return Raise(f"déclarer la couverture {cell.period}", "coverage.form", kind | {"annee": cell.period})


def _fill(cell: Cell) -> Raise:
    """The list of the records that lack the field, when one is followed."""
    found = next((need for need in NEEDS if cell.indicator.key in need.serves and need.field), None)
    if found is None:
        return Raise("compléter les fiches", "completeness.data")
    return Raise("compléter les fiches à qui il manque un champ", "completeness.field", {"need": found.name})
