"""The commit of a snapshot: a whole walk over one kind, applied or held like that of a platform (§7)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select, update

import schemas
from hub.db import writing
from hub.errors import Refused
from hub.harvest.closing import discard, enter, standing
from hub.harvest.commit import Page
from hub.harvest.door import Checked
from hub.harvest.feed import one_at_a_time
from hub.harvest.guards import Verdict
from hub.harvest.notices import tell
from hub.harvest.profile import profile_of
from hub.harvest.projection import project
from hub.harvest.runs import Lease, close, renew
from hub.harvest.screening import CLEARABLE
from hub.harvest.weighing import Weighed, judge, weigh
from hub.models import PushPart, PushSnapshot, Run, Source
from hub.push.ahead import BLOCK
from hub.push.batch import HELD, Last, opened
from hub.push.held import yield_to
from hub.push.payload import LINES, stored
from hub.push.report import Report
from hub.push.senders import Sender, sure_source
from hub.push.snapshots import found_of, must_be_open, received
from schemas import Problem


def commit(sender: Sender, ref: str, count: int, sha256: str, last: Last) -> Report:
    """Apply a snapshot whole, or not at all: what it does not hold is missed (`harvest.md` §9), or a person decides.

    `sha256` is that of the lines `remote_id⇥content_sha256`, sorted. Raises Refused when it, or `count`, differs.
    """
    report = Report(sender.siren)
    assert sender.slug  # looked up before the transaction
    with writing() as connection:
        one_at_a_time(connection)
        snapshot = found_of(connection, sender, ref)
        must_be_open(connection, snapshot.id)
        _must_agree(connection, snapshot.id, count, sha256)
        source = sure_source(connection, sender)
        lease = opened(connection, source, sender, mode="full")
        closed = {"state": "committed", "run_id": lease.run_id}
        connection.execute(update(PushSnapshot).where(PushSnapshot.id == snapshot.id).values(**closed))
        said = _write(connection, snapshot, source, lease, report.counts)
        report.run, report.run_id = connection.scalar(select(Run.ref).where(Run.id == lease.run_id)), lease.run_id
        verdicts = conclude(connection, sender, snapshot, lease, weigh(connection, lease))
        report.state = HELD if verdicts else "complete"
        report.held = report.run if report.state == HELD else None
        if not report.held:
            yield_to(connection, source.id, said, ())
        connection.execute(delete(PushPart).where(PushPart.snapshot_id == snapshot.id))
        last(connection, report)
    return report


def _must_agree(connection: Connection, snapshot_id: int, count: int, sha256: str) -> None:
    number, found = received(connection, snapshot_id)
    if (number, found) != (count, sha256):
        told, said = f"{number} fiches, empreinte {found}", f"{count} fiches, empreinte {sha256}"
        raise Refused(409, "depot_different", value=told, expected=said)


def _write(
    connection: Connection, snapshot: PushSnapshot, source: Source, lease: Lease, counts: Counter[str]
) -> list[str]:
    """Write the records of a snapshot as versions of its run; return the keys of those that it says."""
    profile, said, pages = profile_of({}), list[str](), 0
    for parts in _blocks(connection, snapshot.id):
        records, content = _checked(source, snapshot.kind, parts)
        before, page = counts["versions"], Page(connection, lease, counts, profile)
        page.load(records)
        for record in records:
            page.take(record)
            said.append(record.key or "")
        page.write()
        if counts["versions"] > before:
            stored([content], LINES).register(connection)
        pages += 1
    renew(connection, lease, walk="ended", counts=dict(counts), profile=profile, pages=pages)
    return said


def _checked(source: Source, kind: str, parts: Sequence[Any]) -> tuple[list[Checked], bytes]:
    """Return records as the door left them when they were sent, and the payload that holds those that enter."""
    content = b"".join(
        b"\n"
        if part.refused
        else b'{"kind":"%s","remote_id":%s,"data":%s}\n'
        % (kind.encode(), orjson.dumps(part.remote_id), part.data.encode())
        for part in parts
    )
    sha256, found = hashlib.sha256(content).hexdigest(), []
    for line, part in enumerate(parts, start=1):
        key = schemas.hub_id(source.slug, kind, part.remote_id)
        known = {"diffusion": part.diffusion, "public_on": part.public_on, "raw_sha256": sha256}
        if part.refused:
            problems = [Problem(**each) for each in part.problems]
            told = any(each.rule in CLEARABLE for each in problems)
            found.append(
                Checked(
                    key, kind, part.remote_id, f"L{line}", problems, sha256="" if told else part.sent_sha256, **known
                )
            )
            continue
        data = orjson.loads(part.data)
        hashed = hashlib.sha256(part.data.encode()).hexdigest()
        said = {"data": part.data, "sha256": hashed, "projection": project(kind, data), "content": data}
        found.append(Checked(key, kind, part.remote_id, f"L{line}", [], **known, **said))
    return found, content


def _blocks(connection: Connection, snapshot_id: int) -> Iterator[Sequence[Any]]:
    """Yield the records of a snapshot in the order of their names, a block at a time."""
    query = select(PushPart.__table__).where(PushPart.snapshot_id == snapshot_id).order_by(PushPart.remote_id)
    after = ""
    while parts := connection.execute(query.where(PushPart.remote_id > after).limit(BLOCK)).all():
        yield parts
        after = parts[-1].remote_id


def conclude(
    connection: Connection, sender: Sender, snapshot: PushSnapshot, lease: Lease, weighed: Weighed
) -> list[Verdict]:
    """Apply the run, or leave it to a person; return the verdicts for which it waits, none when it was applied."""
    _replace_waiting(connection, snapshot, lease)
    if verdicts := standing(weighed.source, judge(weighed)):
        close(connection, lease.run_id, HELD, verdicts=verdicts)
        run = connection.execute(select(Run.__table__).where(Run.id == lease.run_id)).one()
        if not sender.sandbox:
            tell(connection, weighed.source, run, run.closed_at)
        return verdicts
    enter(connection, lease, weighed, "complete", None)
    return []


def _replace_waiting(connection: Connection, snapshot: PushSnapshot, lease: Lease) -> None:
    """An earlier snapshot of the kind, by the same writer, that waits for a person is replaced by this one."""
    waiting = select(Run.id).join(PushSnapshot, PushSnapshot.run_id == Run.id)
    mine = (Run.source_id == lease.source_id, Run.state == HELD, Run.writer == lease.writer)
    waiting = waiting.where(PushSnapshot.kind == snapshot.kind)
    for run_id in connection.scalars(waiting.where(*mine)).all():
        discard(connection, run_id)
        connection.execute(update(Run).where(Run.id == run_id).values(state="superseded"))
