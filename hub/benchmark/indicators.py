"""The catalogue of indicators: frozen declarations, from which pages, files and the glossary are drawn (§12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson

YEAR, THREE_YEARS, AT_DATE = "annee", "36_mois", "date"
"""The window of an indicator: the year, the 36 months that end with it, or what is true at its end."""
NUMBER, SHARE, RATIO, DURATION, YES_NO = "nombre", "part", "rapport", "duree", "oui_non"
"""What a value is: a count, a fraction of 1, a quotient, a median of days, 1 or 0."""
RAW, PER_INHABITANTS, OF_ADULTS = "brut", "hab", "16plus"
"""The forms a count may be read in (§4)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a definition: since when, and what it changed."""

    version: int
    since: str
    change: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A declared measure. `needs`: the kinds of records it is made of, the main one first.

    `forms`: the forms its count may be read in, none for what is no count. `interval`: `wilson`, `poisson` or "".
    `minimum`: under how many cases (its denominator) there is no value, but the list of the cases.
    """

    key: str
    label: str
    question: str
    theme: str
    why: str
    numerator: str
    denominator: str
    unit: str
    measure: str
    forms: tuple[str, ...]
    polarity: str
    interval: str
    window: str
    minimum: int
    needs: tuple[str, ...]
    limits: tuple[str, ...]
    version: int
    history: tuple[Definition, ...]

    @property
    def is_share(self) -> bool:
        """Tell whether its value is a fraction of 1, read in per cent."""
        return self.measure == SHARE


def _read() -> tuple[Indicator, ...]:
    rows: list[dict[str, Any]] = orjson.loads(files("hub").joinpath("data/indicators.json").read_bytes())
    return tuple(declared(row) for row in rows)


def declared(row: Mapping[str, Any]) -> Indicator:
    """Return the indicator that a declaration states: one of the catalogue, or one kept with a frozen view."""
    lists = {name: tuple(row[name]) for name in ("forms", "needs", "limits")}
    return Indicator(**{**row, **lists, "history": tuple(Definition(**each) for each in row["history"])})


CATALOGUE = _read()
"""Every indicator, theme by theme."""
INDICATORS = {indicator.key: indicator for indicator in CATALOGUE}
"""The same by key."""
