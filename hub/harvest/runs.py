"""Runs: opening, resuming after a crash, leasing, closing. SQL is the only truth of who works on what."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import Connection, bindparam, func, insert, select, update

from hub.clock import iso, now, ulid
from hub.db import writing
from hub.errors import BusySource
from hub.models import Run, Source
from hub.models.run import OPEN_STATES
from schemas import VERSION


class LostLease(Exception):
    """Another process has taken this run over: stop and write nothing more."""


@dataclass(frozen=True)
class Opening:
    """What a run is about to read: recorded before the first record is."""

    trigger: str
    writer: str
    connector: str
    connector_version: str
    filename: str | None = None
    raw_sha256: str | None = None
    message: str | None = None
    mode: str = "deposit"
    door: str | None = None


@dataclass(frozen=True)
class Lease:
    """The right of this process to write for a run. `attempt` fences a process that woke up too late.

    `pages`: how many pages an earlier attempt committed; `mode`: `full`, `incremental`, or `deposit`, which concludes
    nothing from what it does not hold.
    """

    run_id: int
    source_id: int
    siren: str | None
    diffusion: str
    writer: str
    raw_sha256: str | None
    attempt: int = 1
    cursor: str | None = None
    mode: str = "deposit"
    pages: int = 0


def open_run(source: Source, opening: Opening) -> Lease:
    """Start a run of `source`, or take up the one a dead process left half-way, if it read the same payload.

    Raises BusySource when a living process holds the source.
    """
    with writing() as connection:
        left = connection.execute(
            select(Run.id, Run.state, Run.raw_sha256, Run.lease_owner, Run.lease_until, Run.attempt, Run.cursor).where(
                Run.source_id == source.id, Run.state.in_(OPEN_STATES)
            )
        ).one_or_none()
        if left is None:
            return _start(connection, source, opening)
        if left.state == "queued" or alive(left.lease_owner, left.lease_until):
            raise BusySource(f"La source « {source.slug} » est déjà en cours de lecture par un autre processus.")
        if left.raw_sha256 != opening.raw_sha256 or opening.raw_sha256 is None:
            close(connection, left.id, "failed", "Interrompue ; une autre lecture a pris sa place.")
            return _start(connection, source, opening)
        attempt = left.attempt + 1
        connection.execute(update(Run).where(Run.id == left.id).values(attempt=attempt, **mine(connection)))
        return lease_of(connection, left.id)


def renew(connection: Connection, lease: Lease, **values: object) -> Any:
    """Prolong the lease and set `values` on the run; return its counts, profile and pages.

    Raises LostLease when the run is no longer ours.
    """
    values |= mine(connection)
    asked = {"run": lease.run_id, "turn": lease.attempt, **{f"new_{name}": value for name, value in values.items()}}
    run = connection.execute(_renewal(tuple(values)), asked).one_or_none()
    if run is None:
        raise LostLease
    return run


@cache
def _renewal(names: tuple[str, ...]) -> Any:
    """Made once for the columns it sets: a harvest renews twice a page."""
    ours = (Run.id == bindparam("run"), Run.attempt == bindparam("turn"), Run.state == "running")
    given: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(Run).where(*ours).values(given).returning(Run.counts, Run.profile, Run.pages)


def close(connection: Connection, run_id: int, state: str, message: str | None = None, **values: object) -> None:
    """Give a run its final state and instant, and release its lease. Its message stays if none is given."""
    values |= {"state": state, "closed_at": iso(now()), "lease_owner": None, "lease_until": None}
    if message is not None:
        values["message"] = message
    connection.execute(update(Run).where(Run.id == run_id).values(**values))


def _start(connection: Connection, source: Source, opening: Opening) -> Lease:
    values = {"state": "running", "attempt": 1, **mine(connection)}
    run_id = insert_run(connection, source, opening, **values)
    return lease_of(connection, run_id)


def insert_run(connection: Connection, source: Source, opening: Opening, **values: object) -> int:
    """Write a new run of `source`; return its id. Raises IntegrityError when one is open."""
    instant = iso(now())
    row = {
        "ref": ulid(now()),
        "source_id": source.id,
        "trigger": opening.trigger,
        "writer": opening.writer,
        "mode": opening.mode,
        "counts": {},
        "message": opening.message,
        "filename": opening.filename,
        "raw_sha256": opening.raw_sha256,
        "connector": opening.connector,
        "connector_version": opening.connector_version,
        "schema_version": VERSION,
        "door": opening.door,
        "queued_at": instant,
        "started_at": instant,
    }
    run_id = connection.execute(insert(Run).values(**row, **values).returning(Run.id)).scalar_one()
    if current_app.config["RUN_IDS"] == "sequence":
        connection.execute(update(Run).where(Run.id == run_id).values(ref=f"run-{run_id:06d}"))
    return run_id


def lease_of(connection: Connection, run_id: int) -> Lease:
    """Return the right to write for a run as it stands."""
    query = select(Run.__table__, Source.siren, Source.diffusion).join(Source, Source.id == Run.source_id)
    run = connection.execute(query.where(Run.id == run_id)).one()
    source = (run.source_id, run.siren, run.diffusion)
    return Lease(run_id, *source, run.writer, run.raw_sha256, run.attempt, run.cursor, run.mode, run.pages)


def mine(connection: Connection) -> dict[str, object]:
    """Return the columns of a lease that this process takes now."""
    until = instant_of(connection) + timedelta(seconds=current_app.config["LEASE_SECONDS"])
    return {"lease_owner": f"{socket.gethostname()}:{os.getpid()}", "lease_until": iso(until)}


def instant_of(connection: Connection) -> datetime:
    """Return the instant of the database's clock, the one that all workers share (`harvest.md` §4)."""
    if current_app.config["CLOCK"] or connection.dialect.name == "sqlite":
        return now()
    return connection.execute(select(func.now())).scalar_one()


def alive(owner: str | None, until: str | None, *, here: bool = False) -> bool:
    """Tell whether the holder of a lease still works: a process of this machine is looked for, others waited for.

    What this very process holds is left over from work it gave up, unless it may be at work on it now (`here`).
    """
    if owner is None or until is None or until < iso(now()):
        return False
    host, _, pid = owner.rpartition(":")
    if host == socket.gethostname() and int(pid) == os.getpid():
        return here
    return host != socket.gethostname() or os.path.exists(f"/proc/{pid}")
