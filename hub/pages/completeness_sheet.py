"""The page of a metropole's data as rows: each number with its state, what is not there having a row that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from hub.benchmark.needs import Need
from hub.models import Metropole
from hub.pages.completeness_view import Known
from hub.pages.sources_sheet import known as given
from schemas.registry import KINDS

COLUMNS = (
    *("siren", "metropole", "part", "kind", "year", "count", "count_state", "total", "total_state"),
    *("coverage", "statement", "need", "field", "indicators", "check", "source", "writer", "run", "state", "at"),
    *("late", "rule", "severity"),
)
"""`part` says what a row is: `held`, `undated`, `year`, `writer`, `field`, `records`, `issue`, `set_aside`,
`violation`, `check`, `validation`, `source`, `run`. A count is made of `total` where it is a part of one."""
RECORDS = ("siren", "metropole", "kind", "id", "title", "field", "filled")
Row = dict[str, Any]


def rows(found: Known) -> Iterator[Row]:
    """Yield what is there, what is missing, what is wrong, what would be comparable, then sources and last runs."""
    whose = {"siren": found.metropole.siren, "metropole": found.metropole.slug}
    parts = (_held, _years, _writers, _needs, _issues, _violations, _checks, _validations, _sources, _runs)
    for row in chain.from_iterable(part(found) for part in parts):
        yield {**whose, **row}


def record_rows(metropole: Metropole, need: Need, records: Iterable[tuple[str, str, bool]]) -> Iterator[Row]:
    """Yield the records that a need counts, those that lack its field first."""
    whose = {"siren": metropole.siren, "metropole": metropole.slug, "kind": need.kind, "field": need.field}
    for hub_id, title, filled in records:
        yield {**whose, "id": hub_id, "title": title, "filled": filled}


def _count(number: int | None, state: str = "estime") -> Row:
    """A count of what was transmitted; none is no 0."""
    return {"count": number, "count_state": state} if number else {"count_state": "non_transmis"}


def _held(found: Known) -> Iterator[Row]:
    for kind in KINDS:
        yield {"part": "held", "kind": kind, **_count(found.holdings.totals.get(kind))}
        if undated := found.holdings.undated.get(kind):
            total = {"total": found.holdings.totals[kind], "total_state": "estime"}
            yield {"part": "undated", "kind": kind, **_count(undated), **total}


def _years(found: Known) -> Iterator[Row]:
    for cell in found.holdings.cells:
        row = {"part": "year", "kind": cell.kind, "year": cell.year, "count_state": cell.state}
        row |= given(count=cell.value)
        if cell.statement:
            row |= {"coverage": cell.statement.level, "statement": cell.statement.id}
        yield row


def _writers(found: Known) -> Iterator[Row]:
    for (source_id, writer), counts in sorted(found.holdings.written.items()):
        if source_id not in found.by_id:
            continue
        run = found.arrived.get((source_id, writer))
        whose = {"source": found.by_id[source_id].source.slug, "writer": writer}
        for kind, number in counts.items():
            row = {"part": "writer", "kind": kind, **whose, **_count(number)}
            yield row | (given(run=run.ref, at=run.closed_at) if run else {})


def _needs(found: Known) -> Iterator[Row]:
    """A field that none of forty records fills is a 0 of forty; where there is no record there is nothing to count."""
    for met in found.holdings.needs:
        need = met.need
        row: Row = {"part": "field" if need.field else "records", "kind": need.kind, "need": need.name}
        row |= {"indicators": list(need.serves), **given(field=need.field or None)}
        if not need.field:
            yield row | _count(met.total)
        elif met.total:
            yield row | {"count": met.filled, "total": met.total, "count_state": "observe", "total_state": "estime"}
        else:
            yield row | {"count_state": "non_transmis", "total_state": "non_transmis"}


def _issues(found: Known) -> Iterator[Row]:
    for one in found.broken:
        source = found.by_id[one.source_id].source.slug
        row = {"part": "issue", "rule": one.rule, "severity": one.severity, "source": source, "count": one.number}
        yield row | {"count_state": "observe", **given(kind=one.kind)}
    state = {"count": found.set_aside, "count_state": "observe"} if found.read else {"count_state": "non_transmis"}
    yield {"part": "set_aside", **state}


def _violations(found: Known) -> Iterator[Row]:
    for one in found.violations:
        for period in one.periods:
            yield {"part": "violation", "year": int(period), "rule": one.rule.key, "severity": one.rule.importance}


def _validations(found: Known) -> Iterator[Row]:
    for one in found.years:
        yield {"part": "validation", "year": int(one.period), "state": one.code, **given(at=one.step.at or None)}


def _checks(found: Known) -> Iterator[Row]:
    for one in found.failing:
        row: Row = {"part": "check", "check": one.check, "kind": list(one.kinds), **given(year=one.year)}
        row |= {"need": one.met.need.name, "field": one.met.need.field} if one.met else {}
        row |= {"count": one.number, "count_state": "observe"} if one.number is not None else {}
        row |= {"total": one.total, "total_state": "estime"} if one.total is not None else {}
        yield row | given(coverage=one.why or None)


def _sources(found: Known) -> Iterator[Row]:
    for card in found.cards:
        row: Mapping[str, Any] = {"part": "source", "source": card.source.slug, "state": card.source.state}
        yield {**row, "late": card.late, **given(at=card.applied.closed_at if card.applied else None)}


def _runs(found: Known) -> Iterator[Row]:
    for run in found.runs:
        source = found.by_id[run.source_id].source.slug
        yield {"part": "run", "run": run.ref, "source": source, "writer": run.writer, "state": run.state,
               "at": run.closed_at}  # fmt: skip
