"""Measures kept true: what changed is looked at again, the cells it stands in are folded anew, what moved is told.

A metropole is one transaction. Its cost grows with the things that changed and the cells they stand in; what a day that
passes changes (what still waits, what enters a window) is looked at once a day. Interrupted, it starts again.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from hub.benchmark.casebook import record
from hub.benchmark.ground import digest, grounds
from hub.benchmark.measuring import write
from hub.benchmark.touched import Touched, ageing, everything, newest, touched
from hub.clock import today
from hub.db import db, insertion_of, writing
from hub.harvest.feed import one_at_a_time
from hub.models import Mark

FEED, DAY = "feed", "day"
Told = Callable[[str, int], None]
"""Is told the SIREN of each metropole done, and how many of its measures moved."""


def refresh(*, anew: bool = False, told: Told = lambda _siren, _moved: None) -> int:
    """Bring measures to what the hub holds now; return how many moved. `anew`: look at everything again."""
    with db.engine.connect() as connection:
        marks = {row.name: row.said for row in connection.execute(select(Mark.name, Mark.said))}
        last, standing = newest(connection), grounds(connection)
        since = int(marks.get(FEED, -1))
        changes = touched(connection, since) if 0 <= since < last and not anew else {}
    moved, new_day = 0, marks.get(DAY) != today().isoformat()
    for siren, ground in standing.items():
        rested, read = _rested(marks.get(siren, ""))
        whole, entire = anew or since < 0, rested != digest(ground)
        if not (whole or entire or new_day or siren in changes or read != str(ground.last_run)):
            continue
        with writing() as connection:
            one_at_a_time(connection)
            work = everything(connection, siren) if whole else _work(connection, siren, changes.get(siren), new_day)
            cells = record(connection, ground, work)
            number = write(connection, ground, None if whole or entire else cells)
            _mark(connection, siren, f"{digest(ground)} {ground.last_run}")
        moved += number
        told(siren, number)
    if last != since or new_day:
        with writing() as connection:
            _mark(connection, FEED, str(last))
            _mark(connection, DAY, today().isoformat())
    return moved


def _rested(mark: str) -> tuple[str, str]:
    """Return (digest of the ground, last run) that the measures of a metropole rest on."""
    rested, _, read = mark.partition(" ")
    return rested, read


def _work(connection: Connection, siren: str, changes: Touched | None, new_day: bool) -> Touched:
    work = changes or Touched()
    if new_day:
        older = ageing(connection, siren)
        work.processes |= older.processes
        work.commitments |= older.commitments
        work.meetings |= older.meetings
        work.figures = True
    return work


def _mark(connection: Connection, name: str, said: str) -> None:
    written = insertion_of(connection, Mark).values(name=name, said=said)
    connection.execute(written.on_conflict_do_update(index_elements=[Mark.name], set_={"said": said}))
