"""The two ends of the change feed: its newest change, and how far back it goes (`push-api.md` §11)."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import Connection, delete, func, select

from hub.clock import months_ago
from hub.db import insertion_of
from hub.harvest.secrecy import SANDBOX
from hub.models import Change, Mark, Run, Source
from hub.models.measure import FEED, PURGED


def newest(connection: Connection) -> int:
    """Return the number of the last change that stays, 0 when there is none.

    A sandbox is emptied and SQLite then gives its numbers again: what stands on one of them would miss what follows.
    """
    read = select(Source.connector).join(Run, Run.source_id == Source.id).where(Run.id == Change.run_id)
    stays = select(Change.id).where(read.scalar_subquery() != SANDBOX)
    return connection.scalar(stays.order_by(Change.id.desc()).limit(1)) or 0


def purge_feed(connection: Connection) -> None:
    """Remove the changes whose time is over, the oldest first, and remember the last of them.

    The newest stays, however old: SQLite gives the numbers of an emptied table again. What measures have not read yet
    stays too. Only what goes is read, and the first change that does not: the run of each is looked for by its number,
    whatever the planner of the database thinks of a join.
    """
    limit = months_ago(current_app.config["KEEP_CHANGES_MONTHS"])
    closed_at = select(Run.closed_at).where(Run.id == Change.run_id).scalar_subquery()
    first = connection.scalar(select(Change.id).where(closed_at >= limit).order_by(Change.id).limit(1))
    known = connection.scalar(select(Mark.said).where(Mark.name == FEED))
    ends = [newest(connection), *([first] if first else []), *([int(known) + 1] if known else [])]
    last = connection.scalar(select(func.max(Change.id)).where(Change.id < min(ends)))
    if last:
        connection.execute(delete(Change).where(Change.id <= last))
        mark = insertion_of(connection, Mark).values(name=PURGED, said=str(last))
        connection.execute(mark.on_conflict_do_update(index_elements=[Mark.name], set_={"said": str(last)}))


def purged(connection: Connection) -> int:
    """Return the number of the last change that was removed, 0 when none was."""
    return int(connection.scalar(select(Mark.said).where(Mark.name == PURGED)) or 0)
