"""The queue of harvests: rows of SQL, claimed by compare-and-set, so that any number of workers may look (§4)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from hub.clock import iso
from hub.db import db, writing
from hub.errors import BusySource
from hub.harvest.closing import discard
from hub.harvest.options import connector_called, host_of
from hub.harvest.registry import Actor, note
from hub.harvest.runs import Lease, Opening, alive, close, insert_run, instant_of, lease_of, mine
from hub.models import Run, Source

MAX_ATTEMPTS = 3
EXHAUSTED = "Interrompue trois fois de suite sans arriver au bout ; l'exploitant du hub est prévenu."
INTERRUPTED = "Interrompue ; une autre lecture a pris sa place."
HARVESTS = (Run.writer == "harvest", Run.mode != "replay")
"""The runs that workers perform: they ask a platform. A replay reads what is kept, in the process that asked for it."""


Turn = Callable[[Connection], bool]
"""What must be true, and is taken, in the transaction that queues a run."""


def enqueue(source: Source, trigger: str, mode: str, turn: Turn = lambda _connection: True) -> int:
    """Put a harvest of `source` in the queue; return its run's id.

    Raises BusySource when one is open already, or when another has taken the turn.
    """
    module = connector_called(source.connector)
    opening = Opening(trigger, "harvest", module.NAME, module.VERSION, mode=mode)
    try:
        with writing() as connection:
            _clear(connection, source.id)
            if not turn(connection):
                raise BusySource(f"La source « {source.slug} » vient d'être mise en attente.")
            return insert_run(connection, source, opening, state="queued", attempt=0, host=host_of(source.url))
    except IntegrityError:
        raise BusySource(f"La source « {source.slug} » est déjà en attente ou en cours de lecture.") from None


def _clear(connection: Connection, source_id: int) -> None:
    """Close what a dead process left open on a source and no worker takes up: a deposit, a replay, a correction."""
    left = select(Run.id, Run.lease_owner, Run.lease_until).where(Run.source_id == source_id, Run.state == "running")
    for run in connection.execute(left.where((Run.writer != "harvest") | (Run.mode == "replay"))).all():
        if not alive(run.lease_owner, run.lease_until):
            discard(connection, run.id)
            close(connection, run.id, "failed", INTERRUPTED)


def claim(run_id: int | None = None) -> Lease | None:
    """Take the oldest run that may be worked on, or that one; None when there is none.

    A run is free when it waits, or when its holder is dead or silent past its lease. Two runs never ask one host at
    the same time: the index `uq_run_host` refuses the second, which goes on waiting.
    """
    asking = aliased(Run)
    busy = exists().where(asking.host == Run.host, asking.state == "running", asking.id != Run.id)
    free = select(Run.id, Run.state, Run.attempt, Run.lease_owner, Run.lease_until).order_by(Run.id)
    free = free.where(*HARVESTS, Run.state.in_(("queued", "running")), Run.attempt < MAX_ATTEMPTS, ~busy)
    free = free.where(Run.id == run_id) if run_id else free
    with db.engine.connect() as connection:
        rows = connection.execute(free).all()
    for row in rows:
        if row.state == "running" and alive(row.lease_owner, row.lease_until):
            continue
        if lease := _take(row.id, row.state, row.attempt):
            return lease
    return None


def _take(run_id: int, state: str, attempt: int) -> Lease | None:
    same = (Run.id == run_id, Run.state == state, Run.attempt == attempt)
    try:
        with writing() as connection:
            values = {"state": "running", "attempt": attempt + 1, **mine(connection)}
            if state == "queued" and attempt == 0:
                values["started_at"] = iso(instant_of(connection))
            if connection.execute(update(Run).where(*same).values(**values)).rowcount != 1:
                return None
            return lease_of(connection, run_id)
    except IntegrityError:
        return None


def release(lease: Lease) -> None:
    """Give a run back to the queue: its worker was asked to stop, which is not an attempt that failed."""
    ours = (Run.id == lease.run_id, Run.attempt == lease.attempt, Run.state == "running")
    back = {"state": "queued", "attempt": max(1, lease.attempt) - 1, "lease_owner": None, "lease_until": None}
    with writing() as connection:
        connection.execute(update(Run).where(*ours).values(**back))


def cancel(run: Run, actor: Actor) -> None:
    """Close a waiting or running run: its worker finds out at its next page and writes nothing more."""
    with writing() as connection:
        is_open = (Run.id == run.id, Run.state.in_(("queued", "running")))
        if connection.execute(update(Run).where(*is_open).values(state="cancelled")).rowcount == 1:
            discard(connection, run.id)
            close(connection, run.id, "cancelled", f"Annulée par {actor}.")
            note(connection, run.source_id, actor, "cancel", run_id=run.id)


def exhausted() -> list[int]:
    """Return the runs that died as often as allowed and that nobody holds any more.

    The clock ticks beside the worker, in the same process: what that process holds is being worked on.
    """
    tried = select(Run.id, Run.lease_owner, Run.lease_until).where(
        *HARVESTS, Run.state == "running", Run.attempt >= MAX_ATTEMPTS
    )
    with db.engine.connect() as connection:
        return [row.id for row in connection.execute(tried) if not alive(row.lease_owner, row.lease_until, here=True)]


def waiting() -> bool:
    """Tell whether a run is queued or running."""
    query = select(Run.id).where(*HARVESTS, Run.state.in_(("queued", "running"))).limit(1)
    with db.engine.connect() as connection:
        return connection.execute(query).first() is not None
