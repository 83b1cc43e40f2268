"""Measures as pages, the API and files read them: every cell asked for, those without a row included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from hub.benchmark.indicators import OF_ADULTS, PER_INHABITANTS, RAW, Indicator
from hub.db import db
from hub.models.measure import Measure, measures_of
from hub.models.metropole import Metropole, disjoint

PER = 100_000
OLD = 3
"""Beyond how many years before a period a population is old (B12)."""
OF_PEOPLE = ("bp_euros_habitant",)
"""What is divided by the population in every form."""
ABSENT_GRADE = "–"
COMPARABLE = ("A", "B")
SURE = ("exact", "environ", "pres_de")
"""The qualifiers under which a value may be ranked (B10)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure, in one form. `low` and `high` bound `value`; what is not stored is `non_transmis`."""

    indicator: Indicator
    siren: str
    period: str
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    qualifier: str = "exact"
    state: str = "non_transmis"
    flags: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    grade: str = ABSENT_GRADE
    checks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: int = 0
    cases: int = 0
    notes: Sequence[str] = ()
    sources: Sequence[str] = ()
    runs: Sequence[int] = ()
    as_of: str | None = None
    version: int = 0
    form: str = RAW

    @property
    def present(self) -> bool:
        """Tell whether it has a value."""
        return self.value is not None

    @property
    def comparable(self) -> bool:
        """Tell whether it may be ranked or stand in a band (B10)."""
        return self.grade in COMPARABLE and self.qualifier in SURE


Key = tuple[str, str, str]
"""Indicator, SIREN, period."""
_COLUMNS = tuple(getattr(Measure, each.name) for each in fields(Cell) if each.name != "form")
"""The columns of a cell, in its order."""


def cells(
    indicators: Sequence[Indicator], metropoles: Sequence[Metropole], periods: Sequence[str], form: str = RAW
) -> dict[Key, Cell]:
    """Return every cell asked for, in this form where the indicator has it, in one query."""
    keys, sirens = [one.key for one in indicators], [one.siren for one in metropoles]
    stored: dict[Key, Any] = {}
    if keys and sirens and periods:
        # columns rather than objects: a matrix is thousands of cells, each looked at once
        told = measures_of(keys, sirens, periods).with_only_columns(*_COLUMNS)
        stored = {row[:3]: row[3:] for row in db.session.execute(told)}
    return {
        (one.key, metropole.siren, period): _cell(
            one, metropole, period, stored.get((one.key, metropole.siren, period)), form
        )
        for one in indicators
        for metropole in metropoles
        for period in periods
    }


def known_periods() -> list[str]:
    """Return the periods of which the reader may read a measure, the newest first."""
    chosen = measures_of().with_only_columns(Measure.period, maintain_column_froms=True).order_by(None).distinct()
    return sorted(db.session.scalars(chosen), reverse=True)


def total(found: Iterable[Cell], metropoles: Sequence[Metropole]) -> tuple[float | None, float | None, int, int]:
    """Return (Σ numerators, Σ denominators, metropoles that are known, metropoles that are counted) of one indicator.

    Nested territories are never summed with what contains them; an absent or hidden value enters no sum (B4, B6, B24).
    """
    counted = {one.siren for one in disjoint(metropoles)}
    inside = [cell for cell in found if cell.siren in counted and cell.state != "sans_objet"]
    known = [cell for cell in inside if cell.present and cell.numerator is not None]
    if not known:
        return None, None, 0, len(inside)
    low = sum(cell.denominator for cell in known if cell.denominator is not None)
    return sum(cell.numerator or 0 for cell in known), low or None, len(known), len(inside)


def _cell(indicator: Indicator, metropole: Metropole, period: str, row: Any, form: str) -> Cell:
    if row is None:
        return Cell(indicator, metropole.siren, period, form=form)
    read = Cell(indicator, metropole.siren, period, *row)
    return _aged(read, metropole) if indicator.key in OF_PEOPLE else in_form(read, form, metropole)


def in_form(cell: Cell, form: str, metropole: Metropole) -> Cell:
    """Return a cell in another form: per 100 000 inhabitants, or a share of those of 16 and over (§4).

    A form that the indicator has not leaves the cell as it is: pages say so, and refuse the choice.
    """
    if form == RAW or form not in cell.indicator.forms:
        return cell
    if form == OF_ADULTS:  # no source of the hub gives the population of 16 and over yet (B14)
        return replace(cell, value=None, low=None, high=None, state="non_transmis", grade=ABSENT_GRADE, form=form)
    assert form == PER_INHABITANTS
    if not cell.present:
        return replace(cell, form=form)
    people = metropole.population
    value, low, high = (_times(each, PER / people) for each in (cell.value, cell.low, cell.high))
    return _aged(replace(cell, value=value, low=low, high=high, denominator=people, form=form), metropole)


def _aged(cell: Cell, metropole: Metropole) -> Cell:
    """Return a cell divided by the population, with the sign of one that is more than three years older (B12)."""
    if cell.present and int(cell.period) - metropole.population_year > OLD:
        return replace(cell, flags=(*cell.flags, "denominateur_ancien"))
    return cell


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale
