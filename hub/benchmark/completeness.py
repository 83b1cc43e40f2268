"""What the hub holds of a metropole and what is not there: by kind and year, by source and writer, by need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from hub.benchmark.coverage import Coverage, counted, coverages, covering, speaking
from hub.benchmark.needs import DATE, READ, Met, Need, met
from hub.clock import today
from hub.db import db
from hub.models.holdings import counts_by_years, layers_above, said_by, undated
from schemas.registry import KINDS

RECENT = 6
"""How many years one table shows, the present one included."""
LONGEST = 100
"""A thing said to touch more years than a century bears a date that was mistyped: its two ends alone are counted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many things of a kind touch a year: a value and its state, and the statement that speaks of them."""

    kind: str
    year: int
    value: int | None
    state: str
    statement: Coverage | None


@dataclass(frozen=True)
class Counts:
    """How many things there are: in all by kind, by source then kind, without a date, by kind then year, by writer.

    A thing counts in each year that its dates touch, and once for each writer that says something of it.
    """

    totals: Counter[str] = field(default_factory=Counter)
    sources: dict[int, Counter[str]] = field(default_factory=dict)
    undated: Counter[str] = field(default_factory=Counter)
    years: dict[str, Counter[int]] = field(default_factory=dict)
    written: dict[tuple[int, str], Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Holdings(Counts):
    """What the hub holds of a metropole, as the present reader may see it, what is declared of it, what it serves."""

    statements: Sequence[Coverage] = ()
    needs: Sequence[Met] = ()

    @property
    def recent(self) -> list[int]:
        """Return the years of the table, the newest first."""
        return list(range(today().year, today().year - RECENT, -1))

    @property
    def others(self) -> list[int]:
        """Return the other years that something touches or that a statement speaks of, the newest first."""
        known = {year for years in self.years.values() for year in years} | speaking(self.statements)
        return sorted(known - set(self.recent), reverse=True)

    def cell(self, kind: str, year: int) -> Cell:
        """Return the count of a kind for a year, with its state."""
        statement = covering(self.statements, kind, year)
        return Cell(kind, year, *counted(self.years[kind][year] if kind in self.years else 0, statement), statement)

    @property
    def cells(self) -> list[Cell]:
        """Return every cell, kind by kind, the newest year first."""
        years = sorted({*self.recent, *self.others}, reverse=True)
        return [self.cell(kind, year) for kind in KINDS for year in years]


def holdings(siren: str) -> Holdings:
    """Return what the hub holds of a metropole, in a fixed number of queries."""
    counts = _counted(siren)
    said = ((row[0], orjson.loads(row[2])) for row in db.session.execute(said_by(siren, READ)))
    return Holdings(**vars(counts), statements=coverages(siren), needs=met(said, counts.totals))


def records_for(siren: str, need: Need) -> list[tuple[str, str, bool]]:
    """Return (identifier, title or metric, filled?) of each record that a need counts, those that lack it first.

    Of a date, only those that have none: they may be many, and the others are listed year by year.
    """
    rows, query = [], undated(siren, need.kind) if need.field == DATE else said_by(siren, (need.kind,))
    for kind, hub_id, text in db.session.execute(query):
        data = orjson.loads(text)
        if need.concerns(kind, data):
            rows.append((hub_id, str(data.get("title") or data.get("metric")), not need.field or need.filled(data)))
    return sorted(rows, key=lambda row: row[2])


def indicators_of(found: Iterable[Met]) -> Mapping[str, list[Met]]:
    """Return, by indicator, the needs of which nothing at all is there: what keeps it from being worked out."""
    missing: dict[str, list[Met]] = {}
    for one in found:
        for key in one.need.serves if one.missing else ():
            missing.setdefault(key, []).append(one)
    return missing


def _counted(siren: str) -> Counts:
    found = Counts()
    for source_id, writer, kind, first, last, number in db.session.execute(counts_by_years(siren)):
        found.totals[kind] += number
        found.sources.setdefault(source_id, Counter())[kind] += number
        found.written.setdefault((source_id, writer), Counter())[kind] += number
        if first is None or last is None:
            found.undated[kind] += number
            continue
        touched = range(first, last + 1) if last - first <= LONGEST else (first, last)
        for year in touched:
            found.years.setdefault(kind, Counter())[year] += number
    for source_id, writer, kind, number in db.session.execute(layers_above(siren)):
        found.written.setdefault((source_id, writer), Counter())[kind] += number
    return found
