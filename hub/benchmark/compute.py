"""Measures kept true: what changed is looked at again, the cells it stands in are folded anew, what moved is told.

A metropole is one transaction. Its cost grows with the things that changed and the cells they stand in; where a part
of a démarche is written anew, all those of its source are read, since one of them may have lost it. What a day that
passes changes (what still waits, what enters a window) is looked at once a day. Interrupted, it starts again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection, select

from hub.benchmark.basis import Ground
from hub.benchmark.casebook import record
from hub.benchmark.consistency import strong_problems
from hub.benchmark.ground import digest, grounds
from hub.benchmark.measuring import write
from hub.benchmark.touched import Touched, ageing, everything, newest, touched
from hub.clock import today
from hub.db import db, insertion_of, writing
from hub.harvest.feed import one_at_a_time
from hub.models import Mark

FEED, DAY, RULES = "feed", "day", " rules"
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
    moved = 0
    for siren, ground in standing.items():
        if anew or new_day or siren in changes or marks.get(siren) != _rested(ground):
            work = None if anew else changes.get(siren, Touched())
            number = _measured(siren, work, day if new_day else "", frozenset(strong_problems(siren)))
            moved += number
            told(siren, number)
    if last != since or new_day:
        with writing() as connection:
            _mark(connection, FEED, str(last))
            _mark(connection, DAY, today().isoformat())
    return moved


def _measured(siren: str, work: Touched | None, day: str, broken: frozenset[str]) -> int:
    """Bring the measures of a metropole up to date; return how many moved. `work`: None for all; `day`: "" if today.

    `broken`: the years whose figures contradict each other.

    What they rest on is read once nobody else writes: another worker may have known more than this one did.
    """
    with writing() as connection:
        one_at_a_time(connection)
        ground, marks = replace(grounds(connection, siren)[siren], broken=broken), _marks(connection)
        old, now = marks.get(siren, "").split(" "), _rested(ground).split(" ")
        rules = siren + RULES, " ".join(sorted(broken))
        if work is None or old[-1] != now[-1]:
            work = everything(connection, siren)
            old = []
        elif day:
            work = _aged(connection, siren, work, day)
        cells = record(connection, ground, work)
        same = old[:1] == now[:1] and marks.get(rules[0], "") == rules[1]
        number = write(connection, ground, cells if same else None)
        _mark(connection, *rules)
        _mark(connection, siren, _rested(ground))
    return number


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


def _mark(connection: Connection, name: str, said: str) -> None:
    written = insertion_of(connection, Mark).values(name=name, said=said)
    connection.execute(written.on_conflict_do_update(index_elements=[Mark.name], set_={"said": said}))
