"""A batch that is sent: checked before any transaction, written and applied in one (`push-api.md` §5, §8)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

import schemas
from connectors.base import Record, RecordRefused
from hub.db import insert_all, writing
from hub.errors import Refused
from hub.harvest.apply import apply
from hub.harvest.commit import Page
from hub.harvest.door import UNREAD, Context, check
from hub.harvest.feed import one_at_a_time
from hub.harvest.guards import Verdict
from hub.harvest.issues import settle
from hub.harvest.notices import tell
from hub.harvest.profile import Profile, merge, profile_of
from hub.harvest.runs import Lease, Opening, close, insert_run, lease_of, mine, renew
from hub.harvest.screening import CLEARABLE
from hub.harvest.weighing import replaced
from hub.models import Facet, Run, RunSeen, Source
from hub.push.held import too_many_gone, yield_to
from hub.push.order import remember, settled
from hub.push.payload import LINES, keep, payload
from hub.push.report import Report
from hub.push.senders import VERSION, Sender, door_of, sure_source
from hub.push.taken import Sent, Taken, taken_of
from schemas import KINDS, Problem

BLOCK = 1_000
"""How many records are looked up and written by one statement."""
HELD = "held"


Last = Callable[[Connection, Report], None]
"""What stands or falls with a batch, called in its transaction with its report."""


@dataclass(frozen=True)
class Asked:
    """How a batch is to be taken. `atomic`: all or nothing; `form`: that in which accepted records are kept.

    `expected`: the content hash that the one record of the batch must have in force (`If-Match`). `first` and `last`:
    what is done before and after it, in its transaction.
    """

    dry_run: bool = False
    atomic: bool = False
    form: str = LINES
    filename: str | None = None
    expected: str | None = None
    first: Callable[[Connection], None] | None = None
    last: Last | None = None


class _Undone(Exception):
    """The end of a dry run, or of an atomic batch that is refused: its transaction is rolled back."""


def receive(sender: Sender, sendings: Iterable[Sent], asked: Asked) -> Report:
    """Take a batch; return what became of each record. What is not in it is left untouched.

    Raises Refused, nothing being written, for an empty batch, another metropole, a kind that is not the sender's.
    """
    door = door_of(sender)
    taken = settled([checked(sender, each, door) for each in sendings])
    if not taken:
        raise Refused(400, "envoi_vide")
    report = Report(sender.siren, asked.dry_run)
    whole = asked.atomic and any(each.checked.problems for each in taken)

    def enter(connection: Connection) -> None:
        _enter(connection, sender, taken, asked, report, refused=whole)
        report.results = [each.result() for each in listed_of(taken)]

    return at_once(asked, report, enter)


def at_once(asked: Asked, report: Report, enter: Callable[[Connection], None]) -> Report:
    """Return the report that `enter` fills in one transaction, which a dry run rolls back."""
    try:
        with writing() as connection:
            one_at_a_time(connection)  # so that runs are numbered in the order in which they are applied
            if asked.first:
                asked.first(connection)
            enter(connection)
            if asked.dry_run:
                raise _Undone
            if asked.last:
                asked.last(connection, report)
    except _Undone:
        report.run = None
    return report


def checked(sender: Sender, sent: Sent, door: Context) -> Taken:
    """Return a sent record after the door. Raises Refused."""
    kind = sent.item.kind
    if kind in KINDS and kind not in sender.kinds:
        raise Refused(403, "genre_non_ouvert", value=kind, expected=", ".join(sorted(sender.kinds)))
    found = check(sent.item, door)
    for each in found.problems:
        if each.rule == "autre_metropole":
            raise Refused(403, each.rule, value=each.value or "", expected=sender.siren, pointer=each.pointer)
    if found.problems:
        found = found._replace(sha256=refused_hash(sent.item, found.problems))
    if sender.sandbox:
        found = found._replace(diffusion=None, public_on=None)
    return taken_of(sent, found._replace(content=UNREAD))


def refused_hash(item: Record | RecordRefused, problems: Sequence[Problem]) -> str:
    """Return the content hash of refused data, for their sender to find them again; none where they are a person's."""
    if not isinstance(item, Record) or any(each.rule in CLEARABLE for each in problems):
        return ""
    return content_hash(item.data)


def content_hash(data: object) -> str:
    """Return the content hash of data as they were sent; nothing for what no JSON can hold, which the door refuses."""
    try:
        return schemas.content_hash(data)
    except ValueError:
        return ""


def listed_of(taken: Sequence[Taken]) -> Sequence[Taken]:
    """Return the records that a report tells of: all of them, or of a large batch those that did not enter."""
    return taken if len(taken) <= BLOCK else [each for each in taken if each.problems]


def _enter(
    connection: Connection, sender: Sender, taken: Sequence[Taken], asked: Asked, report: Report, *, refused: bool
) -> None:
    """Write a batch as one closed run, and as one that waits for a person the tombstones that are too many."""
    source = sure_source(connection, sender)
    if asked.expected is not None:
        _must_be(connection, sender, taken[0], asked.expected)
    if not refused:
        remember(connection, source.id, taken)
    content = b"" if refused else payload(taken, asked.form)
    lease = opened(connection, source, sender, asked.filename, hashlib.sha256(content).hexdigest() if content else None)
    gone = [each for each in taken if each.enters and each.checked.deleted]
    verdicts = [] if refused else too_many_gone(connection, source, sender.writer, [each.key for each in gone])
    for each in gone if verdicts else ():
        each.status = HELD
    counts, profile = Counter[str](), profile_of({})
    take(connection, lease, taken, counts, profile, refused=refused)
    if counts["versions"] and not asked.dry_run:
        keep(connection, content, asked.form)
    report.run_id, report.counts = lease.run_id, counts
    report.run = connection.scalar(select(Run.ref).where(Run.id == lease.run_id))
    report.state = _close(connection, lease, source, taken, counts, profile, refused=refused)
    if not counts["versions"]:
        connection.execute(update(Run).where(Run.id == lease.run_id).values(raw_sha256=None))
    if verdicts:
        report.held = hold(connection, source, sender, [each for each in taken if each.status == HELD], verdicts)


def _must_be(connection: Connection, sender: Sender, each: Taken, sha256: str) -> None:
    """Raise Refused unless that content is in force."""
    mine = (Facet.key == each.key, Facet.writer == sender.writer)
    if connection.scalar(select(Facet.sha256).where(*mine)) != sha256:
        raise Refused(412, "version_differente", value=sha256)


def opened(
    connection: Connection,
    source: Source,
    sender: Sender,
    filename: str | None,
    sha256: str | None,
    mode: str = "deposit",
) -> Lease:
    """Return the lease of a run to be closed by the same transaction: another sending of the source waits here."""
    opening = Opening(
        trigger=sender.writer,
        writer=sender.writer,
        connector=source.connector,
        connector_version=VERSION,
        filename=filename,
        raw_sha256=sha256,
        message=sender.author,
        mode=mode,
    )
    run_id = insert_run(connection, source, opening, state="running", attempt=1, **mine(connection))
    return lease_of(connection, run_id)


def take(
    connection: Connection,
    lease: Lease,
    taken: Sequence[Taken],
    counts: Counter[str],
    profile: Profile,
    *,
    refused: bool = False,
) -> None:
    """Write the records of which nothing was decided yet; count those of which something was."""
    for at in range(0, len(taken), BLOCK):
        block = [each for each in taken[at : at + BLOCK] if not each.status]
        page = Page(connection, lease, counts, profile)
        page.load([each.key for each in block if each.enters])
        for each in block:
            if not refused or each.checked.problems:
                each.status = page.take(each.checked)
        page.write()
    for each in taken:
        if not each.status or each.status in ("skipped", "repeated", HELD):
            counts["received"] += 1
            counts[each.status or "left"] += 1
            each.status = each.status or "left"


def _close(
    connection: Connection,
    lease: Lease,
    source: Source,
    taken: Sequence[Taken],
    counts: Counter[str],
    profile: Profile,
    *,
    refused: bool,
) -> str:
    """Apply a run and close it; one of which nothing could be accepted leaves its problems alone."""
    renew(connection, lease, walk="ended", counts=dict(counts), profile=profile, pages=1)
    if refused or counts["received"] == counts["problems"]:
        return fail(connection, lease)
    before = connection.scalar(select(Source.profile).where(Source.id == source.id))
    after = merge(profile_of(before or {}), merge(profile, replaced(connection, lease)))
    apply(connection, lease, "complete")
    counts["restored"] = came_back(connection, lease)
    connection.execute(update(Source).where(Source.id == source.id).values(profile=after))
    said = [each.key for each in taken if each.status in ("created", "updated", "unchanged")]
    yield_to(connection, source.id, said, [each.key for each in taken if each.status == "deleted"])
    return "complete"


def came_back(connection: Connection, lease: Lease) -> int:
    """Return how many things an applied run brought back: one that says what it said before is no news otherwise."""
    counts = connection.scalar(select(Run.counts).where(Run.id == lease.run_id)) or {}
    return int(counts.get("restored", 0))


def fail(connection: Connection, lease: Lease) -> str:
    """Close a run of which nothing could be accepted; return its state."""
    settle(connection, lease)
    close(connection, lease.run_id, "failed", "Aucune fiche de cet envoi n'a été enregistrée.")
    return "failed"


def hold(connection: Connection, source: Source, sender: Sender, gone: Sequence[Taken], verdicts: list[Verdict]) -> str:
    """Write the run of tombstones that waits for a person; return its public identifier."""
    lease = opened(connection, source, sender, None, None)
    rows = [{"run_id": lease.run_id, "key": each.key, "outcome": "deleted"} for each in gone]
    insert_all(connection, RunSeen, rows)
    counts = {"received": len(gone), "deleted": len(gone)}
    renew(connection, lease, walk="ended", counts=counts, pages=1)
    close(connection, lease.run_id, HELD, verdicts=verdicts)
    run = connection.execute(select(Run.__table__).where(Run.id == lease.run_id)).one()
    if not sender.sandbox:
        tell(
            connection,
            connection.execute(select(Source.__table__).where(Source.id == source.id)).one(),
            run,
            run.closed_at,
        )
    return str(run.ref)
