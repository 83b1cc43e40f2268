"""Cells folded from their cases, written where they differ, each change of what was there told in the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.benchmark.basis import Ground
from hub.benchmark.coverage import speaking
from hub.benchmark.folding import fold
from hub.benchmark.indicators import CATALOGUE, INDICATORS
from hub.benchmark.subtotals import Cell, Cells, among, subtotals
from hub.clock import iso, now, today
from hub.db import delete_all
from hub.models import Case, Measure, Revision, Run, Source
from hub.models.measure import PEERS_MEASURE, PUBLIC_MEASURE

READERS = {PUBLIC_MEASURE: (PUBLIC_MEASURE, PEERS_MEASURE), PEERS_MEASURE: (PEERS_MEASURE,)}
"""What each reader may not read, by the level of what is hidden."""
TOLD = ("numerator", "denominator", "value", "qualifier", "state", "grade", "version")
"""What a revision says of a measure, before and after."""
MOVING = ("fraicheur",)
"""What changes every day by nature: no journal."""
REVISED = "revise"
NAMED = 20
"""How many of the runs it rests on a measure names: the newest."""
Key = tuple[str, str, str, str]
"""Indicator, SIREN, period, audience."""
Measured = dict[str, Any]
_KEYS = ("indicator", "siren", "period", "audience")


def write(connection: Connection, grounds: Mapping[str, Ground], cells: Cells) -> Mapping[str, int]:
    """Fold these cells, and those of an earlier day; return how many measures of each metropole moved."""
    wanted = cells | _aged(connection, grounds)
    rows, old = subtotals(connection, wanted), _stored(connection, wanted)
    new = dict(_folded(grounds, wanted, rows))
    runs = _runs(connection, {run_id for one in new.values() for run_id in one["runs"]})
    moved = Moved()
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if after is not None:
            after["sources"] = sorted({runs[run_id].slug for run_id in after["runs"] if run_id in runs})
            after["runs"] = after["runs"][-NAMED:]
            if before is not None and REVISED in before["flags"]:
                after["flags"] = [*after["flags"], REVISED]
        if before != after:
            moved.turn(key, before, after, runs)
    moved.write(connection)
    return moved.numbers


def all_cells(connection: Connection, ground: Ground) -> Cells:
    """Return every cell of a metropole that a case, a measure or a statement of coverage speaks of."""
    found: Cells = set()
    for table in (Case, Measure):
        mine = select(table.indicator, table.siren, table.period).where(table.siren == ground.siren).distinct()
        found |= {(row.indicator, row.siren, row.period) for row in connection.execute(mine)}
    years = {year for year in speaking(ground.statements) if year <= today().year}
    return found | {(one.key, ground.siren, str(year)) for one in CATALOGUE for year in years}


@dataclass
class Moved:
    """The measures that moved, written together at the end; `numbers`: how many of each metropole."""

    numbers: Counter[str] = field(default_factory=Counter)
    old: list[Key] = field(default_factory=list)
    fresh: list[Measured] = field(default_factory=list)
    told: list[Measured] = field(default_factory=list)

    def turn(self, key: Key, before: Measured | None, after: Measured | None, runs: Mapping[int, Any]) -> None:
        """Note a measure that moved; what it said before goes to the journal."""
        mine = dict(zip(_KEYS, key, strict=True))
        self.numbers[mine["siren"]] += 1
        if before is not None:
            self.old.append(key)
            if _is_told(mine, before, after):
                run = next((runs[each] for each in reversed((after or {}).get("runs", ())) if each in runs), None)
                self.told.append(mine | _revision(before, after, run))
                if after is not None and REVISED not in after["flags"]:
                    after["flags"] = [*after["flags"], REVISED]
        if after is not None:
            self.fresh.append(mine | after)

    def write(self, connection: Connection) -> None:
        """Replace the rows of these measures, and write the journal."""
        delete_all(connection, Measure, _KEYS, self.old)
        for table, rows in ((Measure, self.fresh), (Revision, self.told)):
            if rows:
                connection.execute(insert(table), rows)


def _aged(connection: Connection, sirens: Collection[str]) -> Cells:
    """Return the cells looked at on a day before the end of their year, which has passed since."""
    older = (Measure.siren.in_(sirens), Measure.as_of < today().isoformat(), Measure.as_of < Measure.period + "-12-31")
    found = connection.execute(select(Measure.indicator, Measure.siren, Measure.period).where(*older))
    return {(row.indicator, row.siren, row.period) for row in found}


def _folded(
    grounds: Mapping[str, Ground], cells: Cells, rows: Mapping[Cell, Sequence[Mapping[str, Any]]]
) -> Iterator[tuple[Key, Measured]]:
    for cell in cells:
        key, siren, period = cell
        mine = rows.get(cell, ())
        reserved = any(row["hidden"] == PUBLIC_MEASURE for row in mine)
        for reader in READERS if reserved else (PUBLIC_MEASURE,):
            measure = fold(INDICATORS[key], period, mine, grounds[siren], READERS[reader])
            if measure["state"] != "non_transmis":
                yield (*cell, reader), measure


def _stored(connection: Connection, cells: Cells) -> dict[Key, Measured]:
    found: dict[Key, Measured] = {}
    for row in connection.execute(select(Measure.__table__).where(*among(Measure, cells))).mappings() if cells else ():
        if (cell := (row["indicator"], row["siren"], row["period"])) in cells:
            found[*cell, row["audience"]] = {name: value for name, value in row.items() if name not in _KEYS}
    return found


def _runs(connection: Connection, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    told = select(Run.id, Run.writer, Run.message, Source.slug).join(Source, Source.id == Run.source_id)
    return {row.id: row for row in connection.execute(told.where(Run.id.in_(ids)))}


def _is_told(mine: Mapping[str, str], before: Measured, after: Measured | None) -> bool:
    """Tell whether a change is one of a figure that stood: the year under way moves by nature, its date with it."""
    if mine["indicator"] in MOVING or (after is not None and all(before[name] == after[name] for name in TOLD)):
        return False
    return int(mine["period"]) < today().year or after is None or before["runs"] != after["runs"]


def _revision(before: Measured, after: Measured | None, run: Any) -> dict[str, Any]:
    now_said = {name: after[name] for name in TOLD} if after else {"value": None, "state": "non_transmis"}
    writer = run.writer if run else "hub"
    changed = after is not None and after["version"] != before["version"]
    return {
        "at": iso(now()),
        "type": "definition" if changed else "correction" if writer == "correction" else "revision",
        "before": {name: before[name] for name in TOLD},
        "after": now_said,
        "reason": run.message if run and writer == "correction" else None,
        "author": writer,
        "run_id": run.id if run else None,
    }
