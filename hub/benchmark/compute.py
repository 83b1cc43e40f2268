"""Measures kept true: what changed is looked at again, the cells it stands in are folded anew, what moved is told.

Its cost grows with the things that changed and the cells they stand in; where a part of a démarche is written anew,
all those of its source are read, since one of them may have lost it. Metropoles with little to look at are one
transaction together, any other is one of its own. What a day that passes changes (what still waits, what enters a
window) is looked at once a day. Interrupted, it starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from hub.benchmark.basis import Ground
from hub.benchmark.casebook import record
from hub.benchmark.consistency import strong_problems
from hub.benchmark.ground import digest, grounds
from hub.benchmark.measuring import all_cells, write
from hub.benchmark.touched import Touched, ageing, everything, touched
from hub.clock import today
from hub.db import db, insertion_of, writing
from hub.harvest.feed import one_at_a_time
from hub.harvest.feed_ends import newest
from hub.models import Mark
from hub.models.measure import FEED

DAY, RULES = "day", " rules"
TOGETHER = 500
"""How many things one transaction looks at again before it ends."""
Told = Callable[[str, int], None]
"""Is told the SIREN of each metropole done, and how many of its measures moved."""


def refresh(*, anew: bool = False, told: Told = lambda _siren, _moved: None) -> int:
    """Bring measures to what the hub holds now; return how many moved. `anew`: look at everything again."""
    with db.engine.connect() as connection:
        marks = _marks(connection)
        last, standing = newest(connection), grounds(connection)
        since, day = int(marks.get(FEED, -1)), marks.get(DAY, "")
        new_day, anew = day != today().isoformat(), anew or since < 0
        changes = touched(connection, since, day) if (since < last or new_day) and not anew else {}
    wanted: dict[str, Touched | None] = {}
    for siren, ground in standing.items():
        if anew or new_day or siren in changes or marks.get(siren) != _rested(ground):
            wanted[siren] = None if anew else changes.get(siren, Touched())
    moved = 0
    for together in _shares(wanted, new_day):
        for siren, number in _measured(together, day if new_day else "").items():
            moved += number
            told(siren, number)
    if last != since or new_day:
        with writing() as connection:
            _mark(connection, {FEED: str(last), DAY: today().isoformat()})
    return moved


def _shares(wanted: Mapping[str, Touched | None], new_day: bool) -> Iterator[dict[str, Touched | None]]:
    """Yield the metropoles to bring up to date in one transaction: as many as have `TOGETHER` things in all."""
    share: dict[str, Touched | None] = {}
    size = 0
    for siren, work in wanted.items():
        own = TOGETHER if work is None or new_day else work.size
        if share and size + own > TOGETHER:
            yield share
            share, size = {}, 0
        share[siren] = work
        size += own
    if share:
        yield share


def _measured(works: Mapping[str, Touched | None], day: str) -> dict[str, int]:
    """Bring the measures of metropoles up to date; return how many moved. A work is None for all; `day`: "" if today.

    What they rest on is read once nobody else writes: another worker may have known more than this one did.
    """
    broken = strong_problems(works)
    with writing() as connection:
        one_at_a_time(connection)
        marks = _marks(connection)
        standing = {
            siren: replace(ground, broken=frozenset(broken[siren]))
            for siren, ground in grounds(connection, works).items()
        }
        plans = {siren: _plan(connection, ground, works[siren], day, marks) for siren, ground in standing.items()}
        cells = record(connection, standing, {siren: work for siren, (work, _) in plans.items()})
        for siren, (_, all_of_it) in plans.items():
            cells |= all_cells(connection, standing[siren]) if all_of_it else set()
        numbers = write(connection, standing, cells)
        rules = {siren + RULES: " ".join(sorted(ground.broken)) for siren, ground in standing.items()}
        _mark(connection, rules | {siren: _rested(ground) for siren, ground in standing.items()})
    return {siren: numbers[siren] for siren in works}


def _plan(
    connection: Connection, ground: Ground, work: Touched | None, day: str, marks: Mapping[str, str]
) -> tuple[Touched, bool]:
    """Return what to look at again of a metropole, and whether all its cells are folded anew."""
    old, now = marks.get(ground.siren, "").split(" "), _rested(ground).split(" ")
    if work is None or old[-1] != now[-1]:
        return everything(connection, ground.siren), True
    if day:
        work = _aged(connection, ground.siren, work, day)
    same_rules = marks.get(ground.siren + RULES, "") == " ".join(sorted(ground.broken))
    return work, old[:1] != now[:1] or not same_rules


def _rested(ground: Ground) -> str:
    """Return what the measures of a metropole rest on: the digest of its ground, its last run, its perimeters."""
    return f"{digest(ground)} {ground.last_run} {ground.perimeters}"


def _marks(connection: Connection) -> dict[str, str]:
    return {row.name: row.said for row in connection.execute(select(Mark.name, Mark.said))}


def _aged(connection: Connection, siren: str, work: Touched, day: str) -> Touched:
    """Return what is to be looked at again and, beside it, what the days since `day` change."""
    older = ageing(connection, siren, day)
    processes, commitments = work.processes | older.processes, work.commitments | older.commitments
    return Touched(processes, commitments, work.meetings | older.meetings, work.changed, figures=True)


def _mark(connection: Connection, marks: Mapping[str, str]) -> None:
    rows = insertion_of(connection, Mark).values([{"name": name, "said": said} for name, said in marks.items()])
    connection.execute(rows.on_conflict_do_update(index_elements=[Mark.name], set_={"said": rows.excluded.said}))
