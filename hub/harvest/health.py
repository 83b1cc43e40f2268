"""How a source fares after a run: when it is asked again, whether the hub stops asking, who is told (§13, §16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hub.clock import iso, now
from hub.harvest.follow import Outcome
from hub.harvest.notices import tell
from hub.harvest.runs import Lease
from hub.harvest.schedule import PERIODS, due_after
from hub.models import Host, Run, Source

RETRIES = {
    "transient": (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)),
    "system": (timedelta(hours=1),),
}
"""When a source is read again before its next slot: a platform that did not answer, a fault of the hub."""
MAX_HOST_FAILURES = 3
PROBE_EVERY = timedelta(hours=6)
STOPPING = ("access", "contract")
"""The causes that no later try cures: the hub stops asking until a person acts."""


def fared(connection: Connection, lease: Lease, state: str, outcome: Outcome) -> str:
    """Bring a source's health up to date after a closed run, and tell whom it concerns; return the state."""
    source = connection.execute(select(Source.__table__).where(Source.id == lease.source_id)).one()
    run = connection.execute(select(Run.__table__).where(Run.id == lease.run_id)).one()
    since = source.ailing_since or run.closed_at
    if outcome.cause is None:
        values: dict[str, Any] = {"ailing_since": None, "cause": None}
        if source.cause and not source.next_due:
            values["next_due"] = due_after(source, now())
    else:
        values = {"ailing_since": since, "next_due": _next(connection, source, outcome, since)}
        values["cause"] = outcome.cause if outcome.cause in STOPPING else None
    connection.execute(update(Source).where(Source.id == source.id).values(**values))
    if outcome.cause != "system":
        _host(connection, run.host, failed=state == "failed" and outcome.cause == "transient")
    if state == "held" or outcome.cause or source.ailing_since:
        tell(connection, source, run, since)
    return state


def _next(connection: Connection, source: Any, outcome: Outcome, since: str) -> str | None:
    """When the source is asked again: never by itself after a refusal, else soon, then at its slot."""
    if source.frequency == "manual" or source.state != "accepted" or outcome.cause in STOPPING:
        return None
    slot = due_after(source, now())
    if outcome.after is not None:
        return iso(now() + min(timedelta(seconds=outcome.after), PERIODS[source.frequency]))
    failed = select(func.count()).where(Run.source_id == source.id, Run.closed_at >= since, Run.cause.is_not(None))
    tries, pauses = connection.execute(failed).scalar_one(), RETRIES[outcome.cause or "transient"]
    if tries > len(pauses):
        return slot
    return min(filter(None, (slot, iso(now() + pauses[max(tries, 1) - 1]))))


def _host(connection: Connection, name: str | None, *, failed: bool) -> None:
    """Open the circuit of a host after three failed runs: one probe every six hours, until one succeeds."""
    if name is None:
        return
    known = connection.scalar(select(Host.failures).where(Host.name == name))
    failures = (known or 0) + 1 if failed else 0
    closed = iso(now() + PROBE_EVERY) if failures >= MAX_HOST_FAILURES else None
    if known is None:
        connection.execute(insert(Host).values(name=name, failures=failures, closed_until=closed))
    else:
        changed = update(Host).where(Host.name == name)
        connection.execute(changed.values(failures=failures, closed_until=closed))
