"""The end of raw payloads: kept as long as a value in force rests on them, else for a time (`harvest.md` §11)."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union, update
from sqlalchemy.orm import aliased

from hub.clock import iso, now, today
from hub.db import db, writing
from hub.harvest.raw import place
from hub.models import Exchange, Facet, FacetVersion, RawPayload, Run, Source
from hub.models.facet import bearer_of
from hub.models.run import APPLIED_STATES, OPEN_STATES

WAITING = (*OPEN_STATES, "held")
"""What such a run read may still enter."""
_BLOCK = 500
_MONTH = timedelta(days=30.44)


def purge() -> tuple[int, int]:
    """Remove the payloads whose time is over; return how many, and their bytes on disk. Their rows stay, dated.

    Kept for ever: what a version in force names, what the run that wrote one read, the newest answer of each request,
    what waits for a decision. The rows say so before the files go: a crash between leaves files that `sweep` removes.
    """
    over = list(db.session.scalars(_over()))
    removed = size = 0
    for start in range(0, len(over), _BLOCK):
        block = over[start : start + _BLOCK]
        with writing() as connection:
            marked = update(RawPayload).where(RawPayload.sha256.in_(block)).values(purged_on=today().isoformat())
            connection.execute(marked)
        for path in filter(lambda path: path.exists(), map(place, block)):
            removed, size = removed + 1, size + path.stat().st_size
            path.unlink()
    return removed, size


def purged_on(sha256: str) -> str | None:
    """Return the day a payload was removed, None when it was not."""
    with db.engine.connect() as connection:
        return connection.scalar(select(RawPayload.purged_on).where(RawPayload.sha256 == sha256))


def _over() -> Select[str]:
    limit = iso(now() - _MONTH * current_app.config["RAW_MONTHS"])
    named = select(FacetVersion.raw_sha256).where(FacetVersion.raw_sha256.is_not(None))
    cited = union(*(named.join(Facet, column == FacetVersion.id) for column in (Facet.version_id, Facet.reading_id)))
    asked = exists().where(Exchange.sha256 == RawPayload.sha256, Exchange.run_id == Run.id, _needed())
    sent = exists().where(Run.raw_sha256 == RawPayload.sha256, Run.state.in_(WAITING))
    old = (RawPayload.stored_at < limit, RawPayload.purged_on.is_(None))
    return (
        select(RawPayload.sha256)
        .where(*old, RawPayload.sha256.not_in(cited), ~asked, ~sent)
        .order_by(RawPayload.sha256)
    )


def _needed() -> ColumnElement[bool]:
    """Whether an exchange may be read again: a replay begins at the last full walk, with the newest answer it knew."""
    later, applied = aliased(Exchange), aliased(Run)
    wrote = (
        exists()
        .where(FacetVersion.run_id == Run.id, Facet.id == bearer_of(FacetVersion, Run.source_id))
        .where(Facet.version_id == FacetVersion.id)
        .correlate(Run)
    )
    replaced = (
        exists()
        .where(later.source_id == Exchange.source_id, later.request == Exchange.request, later.id > Exchange.id)
        .where(applied.id == later.run_id, applied.state.in_(APPLIED_STATES))
        .where(Source.id == Exchange.source_id, later.run_id <= func.coalesce(Source.good_run_id, later.run_id))
        .correlate(Exchange)
    )
    return or_(Run.state.in_(WAITING), wrote, and_(Run.state.in_(APPLIED_STATES), ~replaced))
