"""What became of the runs of sources: the last of each sort, the days a platform was reached, what waits, what left."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, defer

from hub.models.exchange import Exchange
from hub.models.facet import Facet, FacetVersion
from hub.models.journal import Decision
from hub.models.run import APPLIED_STATES, OPEN_STATES, Issue, Run, issues
from hub.models.source import Source
from hub.models.thing import visible

CHANGING = ("created", "updated", "deleted", "gone", "restored")
"""The counts that say that a run changed what the hub shows."""
_Mine = aliased(Run)


def last_closed() -> Select[Run]:
    """The last closed run of each source: what an open run reads is not visible yet."""
    return _newest(_Mine.closed_at.is_not(None))


def last_complete() -> Select[Run]:
    """The last run of each source that read it well."""
    return _newest(_Mine.state == "complete")


def last_applied() -> Select[Run]:
    """The last run of each source whose data were accepted: the date of what is shown."""
    return _newest(_Mine.state.in_(APPLIED_STATES))


def last_changing() -> Select[Run]:
    """The last run of each source that changed what the hub shows."""
    changed = or_(*(_Mine.counts[name].as_integer() > 0 for name in CHANGING))
    return _newest(_Mine.state.in_(APPLIED_STATES), changed)


def open_run_of(source: Source) -> Select[Run]:
    """The run of a source that waits or works now."""
    return select(Run).where(Run.source_id == source.id, Run.state.in_(OPEN_STATES))


def last_held() -> Select[Run]:
    """The run of each source that waits for a decision."""
    return _newest(_Mine.state == "held")


def readings_since(instant: str) -> Select[int, str, str | None, str | None]:
    """Source, state, cause and end of the harvests closed since `instant`; those that asked no platform left out."""
    asked = (Run.writer == "harvest", Run.trigger != "replay", Run.closed_at >= instant)
    return select(Run.source_id, Run.state, Run.cause, Run.closed_at).where(*asked)


def last_steps(actions: Collection[str]) -> Select[int, str, str]:
    """Source, action and last instant of these decisions."""
    columns = (Decision.source_id, Decision.action)
    return select(*columns, func.max(Decision.at)).where(Decision.action.in_(actions)).group_by(*columns)


def absences_of(source: Source) -> Select[str, str | None, int, str | None, str | None]:
    """Presence, reason, number, first and last day of the public things that a source no longer shows."""
    since = func.coalesce(Facet.gone_on, Facet.not_seen_since)
    columns = (Facet.presence, Facet.gone_reason)
    query = select(*columns, func.count(), func.min(since), func.max(since)).group_by(*columns).order_by(*columns)
    return query.where(Facet.source_id == source.id, Facet.lead, visible(), Facet.presence != "present")


def pending_issues_of(run: Run) -> Select[Issue]:
    """The issues that a held run met: they become those of the source if it is approved."""
    return issues(Issue.run_id == run.id, Issue.state == "pending")


def samples_of(run: Run) -> Select[FacetVersion]:
    """The versions a run wrote, in the order it read them."""
    mine = (FacetVersion.run_id == run.id, FacetVersion.void.is_(False))
    return select(FacetVersion).where(*mine).order_by(FacetVersion.id)


def asked_for(source_id: int, sha256: str) -> Select[Exchange]:
    """The newest request of a source that brought this payload."""
    brought = (Exchange.sha256 == sha256, Exchange.source_id == source_id, Exchange.masked.is_(False))
    return select(Exchange).where(*brought).order_by(Exchange.id.desc()).limit(1)


def _newest(*conditions: ColumnElement[bool]) -> Select[Run]:
    """The newest run of each source under these conditions: one look at the index of runs for each source."""
    newest = select(func.max(_Mine.id)).where(_Mine.source_id == Source.id, *conditions)
    found = select(Run).join(Source, Run.id == newest.correlate(Source).scalar_subquery())
    return found.options(defer(Run.profile))
