"""What was kept of a source, read again by the connector of today: no socket opens (`harvest.md` §11)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import select

from connectors.answer import Answer, Forgetful
from connectors.base import Checkpoint, Item, Record, SourceDown, Walk
from connectors.base import Read as Readable
from connectors.fetch import Fetch
from hub.db import db
from hub.errors import BadQuery
from hub.harvest import raw
from hub.harvest.options import connector_called, endpoint_of, manners, secrets_of
from hub.harvest.purge import purged_on
from hub.models import Exchange, Run, Source
from hub.models.run import APPLIED_STATES

NO_RECORD = "[]"
"""The keys of a page that led elsewhere and brought no record: what was noted of it is all there is to read."""


class Purged(SourceDown):
    """A payload was removed when its time was over: no value in force rested on it."""


class Stored(Forgetful):
    """A memory that answers everything from the payloads kept up to a run, and never lets a request go out."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def recall(self, request: str) -> Answer:
        """Return what this request had brought at that run. Raises SourceDown when nothing was kept of it."""
        mine = (Exchange.source_id == self.run.source_id, Exchange.request == request, Exchange.run_id <= self.run.id)
        query = select(Exchange.__table__).join(Run, Run.id == Exchange.run_id)
        query = query.where(*mine, (Run.state.in_(APPLIED_STATES)) | (Run.id == self.run.id))
        with db.engine.connect() as connection:
            kept = connection.execute(query.order_by(Exchange.id.desc()).limit(1)).one_or_none()
        if kept is not None and kept.sha256 is None and kept.keys == NO_RECORD:
            return Answer(kept.url, kept.status, kept.headers, b"", "", request, unchanged=True, note=kept.note)
        if kept is None or kept.sha256 is None:
            raise SourceDown("La pièce de cette requête n'a pas été gardée.")
        if not raw.holds(kept.sha256) and (day := purged_on(kept.sha256)):
            raise Purged(f"La pièce brute {kept.sha256[:12]}… a été effacée le {day}, son temps de garde étant passé.")
        if not raw.holds(kept.sha256):
            raise SourceDown(f"La pièce brute {kept.sha256[:12]}… n'est plus dans le dossier d'instance.")
        content = raw.read(kept.sha256)
        return Answer(kept.url, kept.status, kept.headers, content, kept.sha256, request, proof=kept.sha256)


def reread(source: Source, run: Run | None = None) -> Iterator[Item]:
    """Return what the connector of today reads in the payloads of a run (the last full one) and of those after it.

    The newest run comes first and each thing once: what a later run brought is never undone. Raises BadQuery.
    """
    first = run or _last_full(source)
    if first.state not in APPLIED_STATES:
        raise BadQuery(f"La moisson « {first.ref} » n'a pas été appliquée : il n'y a rien à en relire.")
    mine = (Run.source_id == source.id, Run.id >= first.id, Run.writer == "harvest", Run.mode != "replay")
    applied = select(Run).where(*mine, Run.state.in_(APPLIED_STATES)).order_by(Run.id.desc())
    return _newest_first(source, list(db.session.scalars(applied)), asked=run is not None)


def _newest_first(source: Source, runs: list[Run], *, asked: bool) -> Iterator[Item]:
    """Yield what the runs still give; of a source without full walk, the oldest may have been purged."""
    newer: set[tuple[str | None, str | None]] = set()
    for run in runs:
        here: set[tuple[str | None, str | None]] = set()
        for item in _kept(source, run) if asked else _left(source, run):
            if isinstance(item, Checkpoint):
                yield Checkpoint("")
            elif isinstance(item, Readable) and not _is_over(item, newer):
                here.add((item.kind, item.remote_id))
                yield item
        newer |= {name for name in here if name[1]}
    yield Checkpoint("", end=True)


def _left(source: Source, run: Run) -> Walk:
    """Yield what is left of a run, up to what was purged."""
    with suppress(Purged):
        yield from _kept(source, run)


def _is_over(item: Readable, newer: set[tuple[str | None, str | None]]) -> bool:
    """Tell whether a newer run says more of this thing, or this one only that it is no more."""
    return (item.kind, item.remote_id) in newer or (isinstance(item, Record) and item.deleted)


def _kept(source: Source, run: Run) -> Walk:
    """Yield what is read in the payloads of one run, as far as it went itself."""
    module = connector_called(source.connector)
    endpoint = endpoint_of(source, _since(source, run) if run.mode == "incremental" else None)
    pages = run.pages if run.walk != "ended" else None
    for item in module.harvest(endpoint, Fetch(manners(module, secrets=secrets_of(source)), Stored(run))):
        yield item
        if pages is not None and isinstance(item, Checkpoint):
            pages -= 1
            if pages == 0:
                return


def _last_full(source: Source) -> Run:
    """The last walk over the whole; for a source that never shows the whole, its first one: all count."""
    run = db.session.get(Run, source.good_run_id) if source.good_run_id else None
    mine = (Run.source_id == source.id, Run.state.in_(APPLIED_STATES), Run.mode == "extract")
    run = run or db.session.scalars(select(Run).where(*mine).order_by(Run.id).limit(1)).first()
    if run is None:
        raise BadQuery(f"La source « {source.slug} » n'a pas encore de moisson entière à relire.")
    return run


def _since(source: Source, run: Run) -> str | None:
    """The cursor an incremental run started from: that of the last run applied before it."""
    moved = (Run.mode == "incremental") | ((Run.mode == "full") & (Run.state == "complete"))
    mine = (Run.source_id == source.id, Run.id < run.id, Run.state.in_(APPLIED_STATES), Run.cursor != "", moved)
    return db.session.scalar(select(Run.cursor).where(*mine, Run.writer == "harvest").order_by(Run.id.desc()).limit(1))
