"""What a complete walk did not meet: `not_seen` first, `gone` after a second such walk and a grace (§9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from hub.clock import iso, now, today
from hub.harvest.census import Census
from hub.harvest.feed import Turn
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion, Run
from hub.models.run import APPLIED_STATES

ABSENT = "absent_de_la_source"
FALSE_DAYS = 30
"""What comes back within this time was wrongly said to be gone (H35)."""
PRESENT: dict[str, Any] = {
    "presence": "present",
    "not_seen_since": None,
    "last_seen_at": None,
    "gone_on": None,
    "gone_reason": None,
}
_BLOCK = 500


def come_back(connection: Connection, lease: Lease, census: Census) -> Turn:
    """Make present what was met again; tell what had been gone, and what had been so for less than a month.

    What comes back with a new version turns when the facet moves to it (`apply`).
    """
    turn = Turn()
    lately = (today() - timedelta(days=FALSE_DAYS)).isoformat()
    rewritten = select(FacetVersion.key).where(FacetVersion.run_id == lease.run_id, FacetVersion.void.is_(False))
    for ids in _blocks(census.back):
        gone = select(Facet.hub_id, Facet.gone_reason, Facet.gone_on)
        for row in connection.execute(gone.where(Facet.id.in_(ids), Facet.presence == "gone")):
            turn.restored.append(row.hub_id)
            turn.mistaken += row.gone_reason == ABSENT and row.gone_on >= lately
        same = (Facet.id.in_(ids), Facet.key.not_in(rewritten))
        connection.execute(update(Facet).where(*same).values(**PRESENT))
    return turn


def miss(connection: Connection, lease: Lease, census: Census) -> list[str]:
    """Date what a complete full walk did not meet; return the hub_ids of what is gone now."""
    ids = missed(census)
    gone: list[str] = []
    for block in _blocks(ids):
        gone += _leave(connection, block)
        _first_miss(connection, lease, block)
    return gone


def missed(census: Census) -> list[int]:
    """Return the facets of which a whole walk may conclude that they are missing, by their ids.

    Of a kind of which a record had no readable identity, nothing is concluded: the missing may be that one.
    """
    if None in census.unnamed:
        return []
    return [id_ for kind, missing in census.missing.items() if kind not in census.unnamed for id_ in missing]


def due() -> ColumnElement[bool]:
    """Return the condition under which what is missed once more is gone."""
    limit = iso(now() - timedelta(days=current_app.config["ABSENCE_DAYS"]))
    return and_(Facet.presence == "not_seen", Facet.last_seen_at <= limit)


def _leave(connection: Connection, ids: list[int]) -> list[str]:
    """Missed again, and unseen for longer than the grace."""
    leaving = (Facet.id.in_(ids), due())
    gone = list(connection.scalars(select(Facet.hub_id).where(*leaving)))
    values = {"presence": "gone", "gone_on": today().isoformat(), "gone_reason": ABSENT}
    connection.execute(update(Facet).where(*leaving).values(**values))
    return gone


def _first_miss(connection: Connection, lease: Lease, ids: list[int]) -> None:
    """The last sight is the last walk over the whole list, or the run that wrote the version in force if it is later.

    A walk that broke off may have met the thing: it counts as a sight, so that nothing is said gone too early.
    """
    walks = (Run.source_id == lease.source_id, Run.id != lease.run_id, Run.state.in_(APPLIED_STATES))
    walked = select(func.max(Run.closed_at)).where(
        *walks, Run.writer == lease.writer, Run.mode.in_(("full", "extract"))
    )
    walked_at = connection.scalar(walked) or ""
    written = (
        select(func.coalesce(Run.closed_at, Run.started_at))
        .join(FacetVersion, FacetVersion.run_id == Run.id)
        .where(FacetVersion.id == Facet.version_id)
        .scalar_subquery()
    )
    missed = (Facet.id.in_(ids), Facet.presence == "present")
    for row in connection.execute(select(Facet.id, written.label("at")).where(*missed)).all():
        values = {"presence": "not_seen", "not_seen_since": iso(now()), "last_seen_at": max(walked_at, str(row.at))}
        connection.execute(update(Facet).where(Facet.id == row.id).values(**values))


def _blocks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + _BLOCK] for start in range(0, len(ids), _BLOCK)]
