"""One door in: `ingest(source, items)` for whoever reads a source, `upload(source, path)` for a file a person sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, select

from connectors import records
from connectors.base import Item, Walk
from hub.clock import today
from hub.db import db, writing
from hub.harvest import raw
from hub.harvest.apply import apply
from hub.harvest.correspondences import OPTION, folded
from hub.harvest.door import Context
from hub.harvest.follow import Following, Outcome, Progress
from hub.harvest.issues import settle
from hub.harvest.runs import Lease, Opening, close, open_run, renew
from hub.models import Metropole, Run, Source


def upload(source: Source, path: Path, *, progress: Progress | None = None, author: str | None = None) -> Run:
    """Read a file of records as a person's partial deposit: what it does not hold is left untouched.

    Returns the closed run. A deposit of the same file that was killed half-way is taken up where it stopped.
    Raises BusySource when the source is being read, OSError when the file cannot be.
    """
    opening = Opening(
        trigger="upload",
        writer="upload",
        connector=records.NAME,
        connector_version=records.VERSION,
        filename=path.name,
        raw_sha256=raw.keep(path, "application/x-ndjson"),
        message=author,
    )
    context = replace(context_of(source), words={})  # a deposit speaks the network's codes already
    lease = open_run(source, opening)
    config = current_app.config
    walk = records.walk(
        path, after=int(lease.cursor or 0), page=config["COMMIT_EVERY"], max_line=config["MAX_LINE_BYTES"]
    )
    return _read(lease, context, walk, progress)


def ingest(source: Source, items: Iterable[Item], opening: Opening, *, progress: Progress | None = None) -> Run:
    """Check, store and apply `items` as one run of `source`; return the closed run.

    Nothing is visible before the close. Raises BusySource when the source is being read.
    """
    context = context_of(source)
    return _read(open_run(source, opening), context, iter(items), progress)


def context_of(source: Source) -> Context:
    """Return what the door must know to check records of `source`."""
    register = db.session.execute(select(Metropole.siren, Metropole.communes)).all()
    communes = next((frozenset(row.communes) for row in register if row.siren == source.siren), None)
    sirens = frozenset(row.siren for row in register)
    return Context(source.slug, source.siren, sirens, communes, today(), folded(source.options.get(OPTION, {})))


def _read(lease: Lease, context: Context, walk: Walk, progress: Progress | None) -> Run:
    """Follow the walk page by page, then close: `complete` if it ended, `partial` or `failed` if it broke off."""
    following = Following(lease, context)
    if progress:
        following.progress = progress
    outcome = following.follow(walk)
    with writing() as connection:
        _close(connection, lease, outcome)
    return db.session.get_one(Run, lease.run_id)


def _close(connection: Connection, lease: Lease, outcome: Outcome) -> None:
    counts = Counter(connection.execute(select(Run.counts).where(Run.id == lease.run_id)).scalar_one())
    renew(connection, lease, walk="ended" if outcome.ended else "truncated", cause=outcome.cause)
    if outcome.cause == "contract" or counts["received"] == counts["problems"]:
        settle(connection, lease)
        close(connection, lease.run_id, "failed", outcome.message or "Aucune fiche acceptable n'a été lue.")
    else:
        apply(connection, lease, "complete" if outcome.ended else "partial", outcome.message)
