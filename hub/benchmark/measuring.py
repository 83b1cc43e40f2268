"""Cells folded from their cases, written where they differ, each change of what was there told in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, case, func, insert, literal, null, or_, select

from hub.benchmark.basis import Ground
from hub.benchmark.casebook import Cells
from hub.benchmark.coverage import speaking
from hub.benchmark.folding import ROW_BY_ROW, fold
from hub.benchmark.indicators import CATALOGUE, INDICATORS
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
Key = tuple[str, str, str]
"""Indicator, period, audience."""
Measured = dict[str, Any]
_KEYS = ("indicator", "siren", "period", "audience")


def write(connection: Connection, ground: Ground, cells: Cells | None) -> int:
    """Fold these cells of a metropole (all of them for None), and those of an earlier day; return how many moved."""
    wanted = _all(connection, ground) if cells is None else cells | _aged(connection, ground.siren)
    rows = _rows(connection, ground.siren, wanted)
    old = _stored(connection, ground.siren, wanted)
    new = dict(_folded(ground, wanted, rows))
    runs = _runs(connection, {run_id for one in new.values() for run_id in one["runs"]})
    moved = Moved(ground.siren)
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
    return moved.number


@dataclass
class Moved:
    """The measures of a metropole that moved, written together at the end."""

    siren: str
    number: int = 0
    old: list[Key] = field(default_factory=list)
    fresh: list[Measured] = field(default_factory=list)
    told: list[Measured] = field(default_factory=list)

    def turn(self, key: Key, before: Measured | None, after: Measured | None, runs: Mapping[int, Any]) -> None:
        """Note a measure that moved; what it said before goes to the journal."""
        mine = dict(zip(_KEYS, (key[0], self.siren, *key[1:]), strict=True))
        self.number += 1
        if before is not None:
            self.old.append(key)
            if _is_told(key, before, after):
                run = next((runs[each] for each in reversed((after or {}).get("runs", ())) if each in runs), None)
                self.told.append(mine | _revision(before, after, run))
                if after is not None and REVISED not in after["flags"]:
                    after["flags"] = [*after["flags"], REVISED]
        if after is not None:
            self.fresh.append(mine | after)

    def write(self, connection: Connection) -> None:
        """Replace the rows of these measures, and write the journal."""
        delete_all(connection, Measure, _KEYS, [(key[0], self.siren, *key[1:]) for key in self.old])
        for table, rows in ((Measure, self.fresh), (Revision, self.told)):
            if rows:
                connection.execute(insert(table), rows)


def _all(connection: Connection, ground: Ground) -> Cells:
    """Return every cell of a metropole that a case, a measure or a statement of coverage speaks of."""
    mine = select(Case.indicator, Case.period).where(Case.siren == ground.siren).distinct()
    found: Cells = {(row.indicator, row.period) for row in connection.execute(mine)}
    stored = select(Measure.indicator, Measure.period).where(Measure.siren == ground.siren).distinct()
    found |= {(row.indicator, row.period) for row in connection.execute(stored)}
    years = {year for year in speaking(ground.statements) if year <= today().year}
    return found | {(one.key, str(year)) for one in CATALOGUE for year in years}


def _aged(connection: Connection, siren: str) -> Cells:
    """Return the cells looked at on a day before the end of their year, which has passed since."""
    older = (Measure.siren == siren, Measure.as_of < today().isoformat(), Measure.as_of < Measure.period + "-12-31")
    return {
        (row.indicator, row.period)
        for row in connection.execute(select(Measure.indicator, Measure.period).where(*older))
    }


def _rows(connection: Connection, siren: str, cells: Cells) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return the cases of these cells: one by one where the fold reads them, else summed by what it looks at."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one_by_one in (True, False):
        keys = sorted({key for key, _ in cells if (key in ROW_BY_ROW) == one_by_one})
        periods = sorted({period for key, period in cells if key in keys})
        if keys:
            query = (_single() if one_by_one else _summed()).where(
                Case.siren == siren, Case.indicator.in_(keys), Case.period.in_(periods)
            )
            for row in connection.execute(query).mappings():
                if (name := (row["indicator"], row["period"])) in cells:
                    found.setdefault(name, []).append(dict(row))
    return found


def _single() -> Any:
    return select(Case.__table__, literal(1).label("n"))


def _summed() -> Any:
    own = Case.kind == "observation"  # a metropole's own figure is chosen among others, not added
    name = case((own, Case.hub_id), else_=null()).label("hub_id")
    said = case((or_(own, Case.lacks), Case.said), else_=null()).label("said")
    shared = (Case.indicator, Case.period, Case.kind, Case.qualifier, Case.approximate, Case.lacks, Case.elsewhere)
    keys = (*shared, Case.hidden, Case.run_id, name, said)
    sums = (func.sum(Case.numerator).label("numerator"), func.sum(Case.denominator).label("denominator"))
    return select(*keys, *sums, func.count().label("n")).group_by(*keys, Case.numerator.is_(None))


def _folded(
    ground: Ground, cells: Iterable[tuple[str, str]], rows: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
) -> Iterator[tuple[Key, Measured]]:
    for key, period in cells:
        mine = rows.get((key, period), ())
        reserved = any(row["hidden"] == PUBLIC_MEASURE for row in mine)
        for reader in READERS if reserved else (PUBLIC_MEASURE,):
            measure = fold(INDICATORS[key], period, mine, ground, READERS[reader])
            if measure["state"] != "non_transmis":
                yield (key, period, reader), measure


def _stored(connection: Connection, siren: str, cells: Cells) -> dict[Key, Measured]:
    mine = (Measure.siren == siren, Measure.period.in_({period for _, period in cells}))
    found: dict[Key, Measured] = {}
    for row in connection.execute(select(Measure.__table__).where(*mine)).mappings():
        if (row["indicator"], row["period"]) in cells:
            kept = {name: value for name, value in row.items() if name not in _KEYS}
            found[row["indicator"], row["period"], row["audience"]] = kept
    return found


def _runs(connection: Connection, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    told = select(Run.id, Run.writer, Run.message, Source.slug).join(Source, Source.id == Run.source_id)
    return {row.id: row for row in connection.execute(told.where(Run.id.in_(ids)))}


def _is_told(key: Key, before: Measured, after: Measured | None) -> bool:
    """Tell whether a change is one of a figure that stood: the year under way moves by nature, its date with it."""
    if key[0] in MOVING or (after is not None and all(before[name] == after[name] for name in TOLD)):
        return False
    return int(key[1]) < today().year or after is None or before["runs"] != after["runs"]


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
