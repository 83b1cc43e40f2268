"""Runs that wait for a person: what they would change, in words, and the three decisions (`harvest.md` §10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select, update

from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery, BusySource
from hub.harvest.closing import discard, enter
from hub.harvest.feed import one_at_a_time
from hub.harvest.registry import Actor, note
from hub.harvest.runs import close, lease_of
from hub.harvest.weighing import weigh
from hub.models import Facet, FacetVersion, Run, Source
from hub.models.facet import bears_name_of
from hub.models.run import OPEN_STATES

ALLOWED_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Difference:
    """One thing that a held run would change: `missing`, `new` or `changed`, with what is in force and what is read."""

    kind: str
    remote_id: str
    change: str
    before: dict[str, Any]
    after: dict[str, Any]


def held_run(source: Source) -> Run | None:
    """Return the run of a source that waits for a decision."""
    held = select(Run).where(Run.source_id == source.id, Run.state == "held")
    return db.session.scalar(held.order_by(Run.id.desc()).limit(1))


def differences(run: Run, limit: int = 200) -> Iterator[Difference]:
    """Yield what a held run would change: the missing first, then the new and the changed, `limit` of each."""
    with db.engine.connect() as connection:
        lease = lease_of(connection, run.id)
        missing = [id_ for ids in weigh(connection, lease).census.lost.values() for id_ in ids][:limit]
        gone = select(Facet.kind, Facet.remote_id, FacetVersion.data).join(
            FacetVersion, FacetVersion.id == Facet.version_id
        )
        for row in connection.execute(gone.where(Facet.id.in_(missing)).order_by(Facet.kind, Facet.remote_id)):
            yield Difference(row.kind, row.remote_id, "missing", orjson.loads(row.data), {})
        same = and_(bears_name_of(FacetVersion, run.source_id), Facet.writer == FacetVersion.writer)
        old = FacetVersion.__table__.alias()
        read = (
            select(FacetVersion.kind, FacetVersion.remote_id, FacetVersion.data, old.c.data.label("before"))
            .outerjoin(Facet, same)
            .outerjoin(old, old.c.id == Facet.version_id)
            .where(FacetVersion.run_id == run.id, FacetVersion.void.is_(False))
            .order_by(FacetVersion.id)
        )
        for row in connection.execute(read.limit(limit)):
            before = orjson.loads(row.before) if row.before else {}
            change = "changed" if row.before else "new"
            yield Difference(row.kind, row.remote_id, change, before, orjson.loads(row.data))


def tallies(run: Run) -> list[tuple[str, int, int, int]]:
    """Return, of each kind, how many things are present, how many a held run met, how many would be missing."""
    with db.engine.connect() as connection:
        found = weigh(connection, lease_of(connection, run.id)).census
    kinds = sorted({*found.before, *found.now})
    return [(kind, found.before[kind], found.now[kind], len(found.lost.get(kind, ()))) for kind in kinds]


def approve(run: Run, actor: Actor, motive: str) -> Run:
    """Apply a held run: it becomes the new reference. Raises BadQuery without a motive, or when it is not held.

    Raises BusySource while the source is read: that run compares what it reads with what is in force.
    """
    with _deciding(run, motive) as connection:
        reading = select(Run.id).where(Run.source_id == run.source_id, Run.state.in_(OPEN_STATES))
        if connection.scalar(reading):
            raise BusySource("Cette source est en cours de lecture : décidez quand la lecture sera finie.")
        lease = lease_of(connection, run.id)
        weighed = weigh(connection, lease)
        enter(connection, lease, weighed, "complete" if weighed.run.walk == "ended" else "partial", None)
        note(connection, lease.source_id, actor, "approve", motive, run.id)
    return _again(run)


def reject(run: Run, actor: Actor, motive: str) -> Run:
    """Never apply a held run: the next one is compared with the same reference as it was. Raises BadQuery."""
    with _deciding(run, motive) as connection:
        _reject(connection, run, actor, motive)
    return _again(run)


def allow_once(run: Run, actor: Actor, motive: str) -> Run:
    """Reject a held run and switch its guards off for the next one, within 24 hours. Raises BadQuery."""
    with _deciding(run, motive) as connection:
        guards = sorted({verdict["guard"] for verdict in run.verdicts})
        bypass = {"guards": guards, "until": iso(now() + ALLOWED_FOR)}
        _reject(connection, run, actor, motive)
        connection.execute(update(Source).where(Source.id == run.source_id).values(bypass=bypass))
        note(connection, run.source_id, actor, "allow_once", motive, run.id, bypass)
    return _again(run)


@contextmanager
def _deciding(run: Run, motive: str) -> Iterator[Connection]:
    """Open the transaction of a decision on a run, which nobody else can take meanwhile."""
    if not motive.strip():
        raise BadQuery("Indiquez le motif de la décision.")
    with writing() as connection:
        one_at_a_time(connection)
        held = (Run.id == run.id, Run.state == "held")
        if connection.execute(update(Run).where(*held).values(state="held")).rowcount != 1:
            raise BadQuery(f"La moisson « {run.ref} » n'attend pas de décision.")
        yield connection


def _reject(connection: Connection, run: Run, actor: Actor, motive: str) -> None:
    discard(connection, run.id)
    close(connection, run.id, "rejected")
    note(connection, run.source_id, actor, "reject", motive, run.id)


def _again(run: Run) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, run.id)
