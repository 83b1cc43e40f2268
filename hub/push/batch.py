"""A batch that is sent: checked before any transaction, written and applied in one (`push-api.md` §5, §8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from hub.db import insert_all, writing
from hub.errors import Refused
from hub.harvest.apply import apply
from hub.harvest.closing import discard
from hub.harvest.commit import Page
from hub.harvest.feed import one_at_a_time
from hub.harvest.guards import Verdict
from hub.harvest.issues import settle
from hub.harvest.notices import tell
from hub.harvest.profile import Profile, merge, profile_of
from hub.harvest.runs import Lease, Opening, close, insert_run, lease_of, mine, renew
from hub.harvest.weighing import replaced
from hub.models import Facet, Issue, Run, RunSeen, Source
from hub.models.said import said
from hub.push.ahead import BLOCK, Prepared, blocks, prepare
from hub.push.compared import compare
from hub.push.held import too_many_gone, yield_to
from hub.push.order import remember, settled
from hub.push.payload import LINES, Payload, payload, stored
from hub.push.report import Report
from hub.push.senders import VERSION, Sender, door_of, sure_source
from hub.push.taken import Sent, Taken, Unread

HELD = "held"


Last = Callable[[Connection, Report], None]
"""What stands or falls with a batch, called in its transaction with its report."""

ANY = frozenset("*")
"""What is expected where any content in force will do."""


@dataclass(frozen=True)
class Asked:
    """How a batch is to be taken. `atomic`: all or nothing; `form`: that in which accepted records are kept.

    `claim`: what is done with the number of records once all is looked into, before the transaction; it may refuse.
    `expected`: the content hashes of which the one record of the batch must have one in force (`If-Match`). `first`
    and `last`: what is done before and after it, in its transaction.
    """

    dry_run: bool = False
    atomic: bool = False
    form: str = LINES
    filename: str | None = None
    expected: frozenset[str] | None = None
    claim: Callable[[int], None] | None = None
    first: Callable[[Connection], None] | None = None
    last: Last | None = None


class _Undone(Exception):
    """The end of a dry run, or of an atomic batch that is refused: its transaction is rolled back."""


def receive(sender: Sender, sendings: Iterable[Sent | Unread], asked: Asked) -> Report:
    """Take a batch; return what became of each record. What is not in it is left untouched.

    Raises Refused, nothing being written, for an empty batch, another metropole, a kind that is not the sender's.
    """
    batch = prepare(sender, sendings, door_of(sender))
    if not batch.taken:
        raise Refused(400, "envoi_vide")
    taken = settled(batch.taken)
    report = Report(sender.siren, asked.dry_run)
    whole = asked.atomic and any(each.checked.problems for each in taken)
    if batch.news and len(taken) > BLOCK and not asked.dry_run and not whole:
        batch.payload = stored(payload(taken, asked.form), asked.form)
    if asked.claim:
        asked.claim(len(batch.taken))

    def enter(connection: Connection) -> None:
        _enter(connection, sender, batch, asked, report, refused=whole)
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


def listed_of(taken: Sequence[Taken]) -> Sequence[Taken]:
    """Return the records that a report tells of: all of them, or of a large batch those that did not enter."""
    return taken if len(taken) <= BLOCK else [each for each in taken if each.problems]


def _enter(
    connection: Connection, sender: Sender, batch: Prepared, asked: Asked, report: Report, *, refused: bool
) -> None:
    """Write a batch as one closed run, and as one that waits for a person the tombstones that are too many."""
    source, taken = sure_source(connection, sender), batch.taken
    if asked.expected is not None:
        _must_be(connection, source, sender, taken[0], asked.expected)
    if not refused and remember(connection, source.id, taken):
        batch.payload = None
    lease = opened(connection, source, sender, asked.filename, door=batch.door)
    gone = [each for each in taken if each.enters and each.checked.deleted]
    verdicts = [] if refused else too_many_gone(connection, source, sender.writer, [each.checked.name for each in gone])
    for each in gone if verdicts else ():
        each.status = HELD
    counts, profile = report.counts, profile_of({})
    pages = _decided(Page(connection, lease, counts, profile, _troubled(connection, source)), taken, refused=refused)
    if asked.dry_run:
        updated = [each for each in listed_of(taken) if each.status == "updated"]
        compare(connection, source.id, sender.writer, updated)
    sha256 = kept(connection, lease, taken, asked, batch.payload) if counts["versions"] and not asked.dry_run else None
    for page, counted in zip(pages, batch.counted, strict=True):
        page.write(sha256, counted)
    report.run_id = lease.run_id
    report.run = connection.scalar(select(Run.ref).where(Run.id == lease.run_id))
    report.state = _close(connection, lease, source, taken, counts, profile, refused=refused)
    if verdicts:
        report.held = hold(connection, source, sender, [each for each in taken if each.status == HELD], verdicts)


def _must_be(connection: Connection, source: Source, sender: Sender, each: Taken, hashes: frozenset[str]) -> None:
    """Raise Refused unless one of these contents is in force, or, for `ANY`, whatever content."""
    found = {row.sha256 for row in said(connection, source.id, sender.writer, [each.checked.name], Facet.sha256)}
    if not (found if hashes == ANY else found & hashes):
        raise Refused(412, "version_differente", value=min(hashes))


def opened(
    connection: Connection,
    source: Source,
    sender: Sender,
    filename: str | None = None,
    *,
    mode: str = "deposit",
    door: str | None = None,
) -> Lease:
    """Return the lease of a run to be closed by the same transaction: another sending of the source waits here."""
    opening = Opening(
        trigger=sender.writer,
        writer=sender.writer,
        connector=source.connector,
        connector_version=VERSION,
        filename=filename,
        message=sender.author,
        mode=mode,
        door=door,
    )
    run_id = insert_run(connection, source, opening, state="running", attempt=1, **mine(connection))
    return lease_of(connection, run_id)


def take(
    connection: Connection, lease: Lease, taken: Sequence[Taken], counts: Counter[str], profile: Profile, asked: Asked
) -> None:
    """Write the records of which nothing was decided yet; count those of which something was."""
    pages = _decided(Page(connection, lease, counts, profile), taken, refused=False)
    sha256 = kept(connection, lease, taken, asked) if counts["versions"] and not asked.dry_run else None
    for page in pages:
        page.write(sha256)


def _troubled(connection: Connection, source: Source) -> frozenset[str | None]:
    """Return the keys of the records with an open problem: met again, they may be repaired."""
    troubled = (Issue.source_id == source.id, Issue.state == "open", Issue.key.is_not(None))
    return frozenset(connection.scalars(select(Issue.key).where(*troubled)))


def _decided(first: Page, taken: Sequence[Taken], *, refused: bool) -> list[Page]:
    """Decide what becomes of the records of which nothing was decided yet, block by block; count the others."""
    pages = []
    for each_block in blocks(taken):
        block = [each for each in each_block if not each.status]
        page = first.another()
        page.load([each.checked for each in block if each.enters])
        for each in block:
            if each.text and page.known.get(each.key) != each.checked.sha256:
                each.read()
            if not refused or each.checked.problems:
                each.status = page.take(each.checked)
        pages.append(page)
    for each in taken:
        if not each.status or each.status in ("skipped", "repeated", HELD):
            first.counts["received"] += 1
            first.counts[each.status or "left"] += 1
            each.status = each.status or "left"
    return pages


def kept(
    connection: Connection, lease: Lease, taken: Sequence[Taken], asked: Asked, ready: Payload | None = None
) -> str:
    """Name, as what the run read, the accepted records (`ready`: stored already); return the sha256 of that payload."""
    found = ready or stored(payload(taken, asked.form), asked.form)
    found.register(connection)
    connection.execute(update(Run).where(Run.id == lease.run_id).values(raw_sha256=found.sha256))
    return found.sha256


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
    after = merge(profile_of(before or {}), merge(profile, replaced(connection, lease, counts)))
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
    """Close a run of which nothing could be accepted, its problems alone being kept; return its state."""
    settle(connection, lease)
    discard(connection, lease.run_id)
    close(connection, lease.run_id, "failed", "Aucune fiche de cet envoi n'a été enregistrée.")
    return "failed"


def hold(connection: Connection, source: Source, sender: Sender, gone: Sequence[Taken], verdicts: list[Verdict]) -> str:
    """Write the run of tombstones that waits for a person; return its public identifier."""
    lease = opened(connection, source, sender)
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
