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
from hub.harvest.deposit import bare_copy
from hub.harvest.door import Context
from hub.harvest.follow import Following, Outcome, Progress
from hub.harvest.issues import settle
from hub.harvest.runs import Lease, Opening, close, open_run, renew
from hub.harvest.screening import CLEARABLE
from hub.models import Metropole, Run, Source
from hub.models.run import cleared_of
from schemas.personal import masked

HARVEST = "harvest"


def upload(source: Source, path: Path, *, progress: Progress | None = None, author: str | None = None) -> Run:
    """Read a file of records as a person's partial deposit: what it does not hold is left untouched.

    Returns the closed run. A deposit of the same file that was killed half-way is taken up where it stopped.
    Raises BusySource when the source is being read, OSError when the file cannot be.
    """
    context = replace(context_of(source, masks=False), words={})  # a deposit speaks the network's codes already
    with bare_copy(path, context) as copy:
        sha256 = raw.keep(copy, "application/x-ndjson")
    opening = Opening(
        trigger="upload",
        writer="upload",
        connector=records.NAME,
        connector_version=records.VERSION,
        filename=masked(path.name),
        raw_sha256=sha256,
        message=author,
    )
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
    context = context_of(source, masks=opening.writer == HARVEST)
    return _read(open_run(source, opening), context, iter(items), progress)


def context_of(source: Source, *, masks: bool = True) -> Context:
    """Return what the door must know to check records of `source`; `masks` what is harvested, refuse what is sent."""
    register = db.session.execute(select(Metropole.siren, Metropole.communes)).all()
    communes = next((frozenset(row.communes) for row in register if row.siren == source.siren), None)
    return Context(
        source.slug,
        source.siren,
        frozenset(row.siren for row in register),
        communes,
        today(),
        folded(source.options.get(OPTION, {})),
        masks,
        frozenset((row.key, row.pointer) for row in db.session.execute(cleared_of(source, CLEARABLE))),
        bodies=bodies_of(source),
    )


def bodies_of(source: Source) -> bool:
    """Tell whether the free texts of contributions may be read from a source (`compliance.md` §2)."""
    return source.options.get("bodies") in (True, "oui", "true")


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
