"""« Ce fichier contient tout »: a file that says all of one kind, as a committed snapshot does (§12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.clock import iso, now, ulid
from hub.harvest.profile import profile_of
from hub.harvest.runs import Lease, renew
from hub.harvest.weighing import weigh
from hub.models import PushSnapshot, Run, Source
from hub.push.absent import absent_of
from hub.push.ahead import checked
from hub.push.batch import HELD, Asked, at_once, came_back, fail, listed_of, opened, take
from hub.push.commitment import conclude
from hub.push.held import yield_to
from hub.push.order import settled
from hub.push.report import Report
from hub.push.senders import Sender, door_of, sure_source
from hub.push.snapshots import must_narrow, of_kind
from hub.push.taken import Sent, Taken


@dataclass(frozen=True)
class Scope:
    """What a file says it holds all of: a kind, narrowed to a year or a theme."""

    kind: str
    year: int | None = None
    theme: str | None = None


def receive_all(sender: Sender, sendings: Iterable[Sent], scope: Scope, asked: Asked) -> Report:
    """Take all that there is of `scope`: what is not in it is missed (`harvest.md` §9), or a person decides.

    The report tells what is missed. Raises Refused as a batch does, and for a year or a theme that cannot be.
    """
    must_narrow(scope.kind, scope.year, scope.theme)
    door = door_of(sender)
    taken = settled([of_kind(checked(sender, each, door), scope.kind) for each in sendings])
    report = Report(sender.siren, asked.dry_run)

    def enter(connection: Connection) -> None:
        _enter(connection, sender, taken, scope, asked, report)
        report.results = [each.result() for each in listed_of(taken)]

    return at_once(asked, report, enter)


def _enter(
    connection: Connection, sender: Sender, taken: Sequence[Taken], scope: Scope, asked: Asked, report: Report
) -> None:
    """Write a file as one full walk, then apply it, or leave it whole to a person."""
    source = sure_source(connection, sender)
    lease = opened(connection, source, sender, asked.filename, mode="full")
    snapshot = _committed(connection, source, sender, scope, lease)
    counts, profile = Counter[str](), profile_of({})
    take(connection, lease, taken, counts, profile, asked)
    report.run_id, report.counts = lease.run_id, counts
    report.run = connection.scalar(select(Run.ref).where(Run.id == lease.run_id))
    renew(connection, lease, walk="ended", counts=dict(counts), profile=profile, pages=1)
    if counts["received"] == counts["problems"]:
        report.state = fail(connection, lease)
        return
    weighed = weigh(connection, lease)
    report.absent = absent_of(connection, weighed.census)
    report.verdicts = conclude(connection, sender, snapshot, lease, weighed)
    if report.verdicts:
        report.state, report.held = HELD, report.run
    else:
        counts["restored"] = came_back(connection, lease)
        yield_to(connection, source.id, [each.key for each in taken if each.key], ())


def _committed(connection: Connection, source: Source, sender: Sender, scope: Scope, lease: Lease) -> PushSnapshot:
    """Write the snapshot that a file is, committed at once: its run says nothing of what lies outside it."""
    at = iso(now())
    row: dict[str, Any] = {"ref": ulid(now()), "source_id": source.id, "client_id": sender.client_id}
    row |= {"kind": scope.kind, "year": scope.year, "theme": scope.theme, "state": "committed"}
    row |= {"opened_at": at, "expires_at": at, "run_id": lease.run_id}
    connection.execute(insert(PushSnapshot).values(**row))
    return PushSnapshot(**row)
