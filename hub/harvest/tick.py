"""The clock: whoever calls it, as often as one likes, the same work is done once (`harvest.md` §4, §5)."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from hub.access import client_letters
from hub.access.upkeep import tidy
from hub.benchmark.compute import refresh
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery, BusySource
from hub.harvest.closing import discard
from hub.harvest.correct import end_due
from hub.harvest.feed import one_at_a_time, write_revealed
from hub.harvest.feed_ends import purge_feed
from hub.harvest.follow import Outcome
from hub.harvest.health import PROBE_EVERY, fared
from hub.harvest.mail import deliver
from hub.harvest.notices import remind
from hub.harvest.options import host_of
from hub.harvest.perform import start
from hub.harvest.proposals import forget
from hub.harvest.queue import EXHAUSTED, exhausted
from hub.harvest.runs import close, lease_of
from hub.harvest.schedule import due_after
from hub.models import Host, Pulse, Run, Source
from hub.push.upkeep import keep_house
from hub.push.waiting import sweep

log = logging.getLogger(__name__)
CATCH_UP = timedelta(minutes=60)
"""After a stop of the hub, the sources that are late start again within this time, not all at once."""
OVERDUE = timedelta(minutes=15)
CLOCK, DAY = "tick", "day"


def tick() -> None:
    """Queue the sources that are due, close the runs that died too often, remind, measure, send what waits."""
    with writing() as connection:
        one_at_a_time(connection)
        _pulse(connection)
    for source in due():
        _start(source)
    close_exhausted()
    with writing() as connection:
        one_at_a_time(connection)
        remind(connection)
        last = _new_day_after(connection)
        if last:
            tidy(connection)
            forget(connection)
            write_revealed(connection, last)
            purge_feed(connection)
    if last:
        client_letters.remind()
        keep_house()
        end_due()
    sweep()
    refresh()
    deliver()


def _new_day_after(connection: Connection) -> str | None:
    """Return the day of the last daily work, itself for the very first; None where that of today is done.

    It is done once, whatever the number of clocks: they tick one at a time.
    """
    day = iso(now())[:10]
    last = connection.scalar(select(Pulse.at).where(Pulse.name == DAY))
    if last is None:
        connection.execute(insert(Pulse).values(name=DAY, at=day))
        return day
    connection.execute(update(Pulse).where(Pulse.name == DAY).values(at=max(day, last)))
    return last if last < day else None


def due() -> list[Source]:
    """Return the accepted sources whose time has come and whose host may be asked."""
    closed = set(db.session.scalars(select(Host.name).where(Host.closed_until > iso(now()))))
    waiting = select(Source).where(Source.state == "accepted", Source.next_due <= iso(now())).order_by(Source.next_due)
    return [source for source in db.session.scalars(waiting) if host_of(source.url) not in closed]


def _start(source: Source) -> None:
    """Queue a due source once, whatever the number of ticks: the next due instant is moved by compare-and-set."""
    due_at, host = source.next_due, host_of(source.url)
    closed = db.session.scalar(select(Host.closed_until).where(Host.name == host))
    if due_at is None or due_at > iso(now()) or (closed and not _is_probe(host, closed)):
        return
    if _missed_its_slot(source, due_at) and not closed:
        _postpone(source, due_at, iso(now() + _share(source.slug)))
        return
    slot = due_after(source, now())
    try:
        start(source, "schedule", turn=lambda connection: _moved(connection, source, due_at, slot))
    except BusySource:
        _postpone(source, due_at, slot)  # read at this moment already: its next slot will do
    except BadQuery as error:  # its connector is gone, its state has just changed: the other sources go on
        _postpone(source, due_at, slot)
        log.error("%s : %s", source.slug, error)


def _missed_its_slot(source: Source, due_at: str) -> bool:
    """Tell whether the hub was stopped at the slot of a source. A moved time is kept, however rare the ticks."""
    instant = datetime.fromisoformat(due_at)
    at_slot = due_after(source, instant - timedelta(seconds=1)) == due_at
    return at_slot and now() - instant > CATCH_UP + OVERDUE


def _is_probe(host: str | None, closed: str) -> bool:
    """Take for this run the one probe of a host that did not answer; the next one is hours later."""
    if closed > iso(now()):
        return False
    same = (Host.name == host, Host.closed_until == closed)
    with writing() as connection:
        later = update(Host).where(*same).values(closed_until=iso(now() + PROBE_EVERY))
        return connection.execute(later).rowcount == 1


def _postpone(source: Source, due_at: str, instant: str | None) -> bool:
    with writing() as connection:
        return _moved(connection, source, due_at, instant)


def _moved(connection: Connection, source: Source, due_at: str, instant: str | None) -> bool:
    """Move the due instant of a source, if it still is the one that was read."""
    same = (Source.id == source.id, Source.state == "accepted", Source.next_due == due_at)
    return connection.execute(update(Source).where(*same).values(next_due=instant)).rowcount == 1


def _exhaust(run_id: int) -> None:
    with writing() as connection:
        ours = (Run.id == run_id, Run.state == "running")
        if connection.execute(update(Run).where(*ours).values(cause="system", walk="truncated")).rowcount == 1:
            one_at_a_time(connection)
            lease = lease_of(connection, run_id)
            discard(connection, run_id)
            close(connection, run_id, "failed", EXHAUSTED)
            fared(connection, lease, "failed", Outcome(cause="system", message=EXHAUSTED))


def _pulse(connection: Connection) -> None:
    if connection.execute(update(Pulse).where(Pulse.name == CLOCK).values(at=iso(now()))).rowcount == 0:
        connection.execute(insert(Pulse).values(name=CLOCK, at=iso(now())))


def _share(slug: str) -> timedelta:
    drawn = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4], "big")
    return timedelta(seconds=drawn % int(CATCH_UP.total_seconds()))


def take_turn(source: Source) -> bool:
    """Move a due source to its next slot, for who reads it now; False when another had taken this turn."""
    due_at = source.next_due
    return due_at is not None and _postpone(source, due_at, due_after(source, now()))


def close_exhausted() -> None:
    """Close the runs that died as often as allowed, and tell the operator, once."""
    for run_id in exhausted():
        _exhaust(run_id)
