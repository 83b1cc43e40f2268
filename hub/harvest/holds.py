"""Runs that wait for a person: what they would change, in words, and the three decisions (`harvest.md` §10)."""

from __future__ import annotations

from collections import Counter
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
from hub.harvest.census import Census
from hub.harvest.closing import discard, enter
from hub.harvest.feed import one_at_a_time
from hub.harvest.registry import Actor, note
from hub.harvest.runs import Lease, close, lease_of
from hub.harvest.weighing import weigh
from hub.models import Facet, FacetVersion, Run, RunSeen, Source
from hub.models.facet import bears_name_of, under
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
        weighed = weigh(connection, lease)
        left = missing(connection, lease, weighed.census, whole=weighed.whole)
        ids = [id_ for ids in left.values() for id_ in ids][:limit]
        gone = select(Facet.kind, Facet.remote_id, FacetVersion.data).join(
            FacetVersion, FacetVersion.id == Facet.version_id
        )
        for row in connection.execute(gone.where(Facet.id.in_(ids)).order_by(Facet.kind, Facet.remote_id)):
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
    """Return, of each kind, how many things are present, how many would be, how many would be missing."""
    with db.engine.connect() as connection:
        lease = lease_of(connection, run.id)
        weighed = weigh(connection, lease)
        found, whole = weighed.census, weighed.whole
        left = {kind: len(ids) for kind, ids in missing(connection, lease, found, whole=whole).items()}
    after = found.now if whole else found.before + found.fresh - Counter(left)
    return [(kind, found.before[kind], after[kind], left.get(kind, 0)) for kind in sorted({*found.before, *found.now})]


def missing(connection: Connection, lease: Lease, found: Census, *, whole: bool) -> dict[str, list[int]]:
    """Return, by kind, the facets that a held run would make missing: of a walk that was not whole, those it withdraws.

    What such a walk did not meet, it says nothing of.
    """
    if whole:
        return found.lost
    withdrawn = select(RunSeen.key).where(RunSeen.run_id == lease.run_id, RunSeen.outcome == "deleted")
    mine = (Facet.writer == lease.writer, Facet.presence != "gone", under(withdrawn))
    left: dict[str, list[int]] = {}
    for row in connection.execute(select(Facet.id, Facet.kind).where(*mine).order_by(Facet.id)):
        left.setdefault(row.kind, []).append(row.id)
    return left


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
