"""The close of a harvest: applied, held for a person, or failed with nothing changed (`harvest.md` §4, §10, §13)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.clock import iso, now
from hub.harvest.absence import come_back, miss
from hub.harvest.apply import apply
from hub.harvest.feed import Turn, one_at_a_time
from hub.harvest.follow import Outcome
from hub.harvest.guards import Verdict
from hub.harvest.health import fared
from hub.harvest.issues import tell_future_cursor
from hub.harvest.runs import Lease, close, renew
from hub.harvest.weighing import Weighed, judge, weigh
from hub.models import Issue, Run, RunSeen, Source

NOTHING = "La plateforme n'a donné aucune page à lire."
TRUNCATED = "La lecture s'est arrêtée avant la fin de la liste : rien n'est conclu de ce qui n'a pas été lu."


def conclude(connection: Connection, lease: Lease, outcome: Outcome) -> str:
    """Close a harvest as its walk ended; return the run's state. Raises LostLease, changing nothing."""
    one_at_a_time(connection)
    pages = connection.scalar(select(Run.pages).where(Run.id == lease.run_id))
    if not pages and not outcome.cause:
        outcome.cause, outcome.message = "contract", NOTHING
    renew(connection, lease, walk="ended" if outcome.ended else "truncated", cause=outcome.cause)
    if outcome.cause and (outcome.cause != "transient" or not pages):
        discard(connection, lease.run_id)
        close(connection, lease.run_id, "failed", outcome.message)
        return _told(connection, lease, "failed", outcome)
    weighed = weigh(connection, lease)
    if verdicts := standing(weighed.source, judge(weighed)):
        close(connection, lease.run_id, "held", outcome.message, verdicts=verdicts)
        connection.execute(update(Source).where(Source.id == lease.source_id).values(bypass=None))
        if lease.mode != "replay":
            supersede(connection, lease)
        return _told(connection, lease, "held", outcome)
    if lease.mode == "incremental" and _is_future(weighed.source.cursor):
        tell_future_cursor(connection, lease, weighed.source.cursor)
    message = outcome.message or (None if outcome.ended else TRUNCATED)
    state = "complete" if outcome.ended else "partial"
    enter(connection, lease, weighed, state, message)
    return _told(connection, lease, state, outcome)


def enter(connection: Connection, lease: Lease, weighed: Weighed, state: str, message: str | None) -> None:
    """Apply a run, absence included where its walk allows it, and bring its source up to date."""
    values: dict[str, Any] = {"profile": weighed.after}
    if lease.mode != "replay":
        values["bypass"] = None
    turn = Turn() if lease.mode == "replay" else come_back(connection, lease, weighed.census)
    if weighed.whole:
        turn.gone = miss(connection, lease, weighed.census)
        turn.missed = sum(len(missing) for missing in weighed.census.missing.values())
        values |= {"full_at": weighed.run.closed_at or iso(now()), "good_run_id": lease.run_id}
    if weighed.run.cursor and (weighed.whole or lease.mode == "incremental"):
        values["cursor"] = weighed.run.cursor
    apply(connection, lease, state, message, turn)
    connection.execute(update(Source).where(Source.id == lease.source_id).values(**values))
    if lease.mode != "replay" and lease.writer == "harvest":
        supersede(connection, lease)


def discard(connection: Connection, run_id: int) -> None:
    """Forget what a run met and found wrong: its versions stay, unreachable, and nothing else of it counts."""
    connection.execute(delete(RunSeen).where(RunSeen.run_id == run_id))
    connection.execute(delete(Issue).where(Issue.run_id == run_id, Issue.state == "pending"))


def _is_future(cursor: str | None) -> bool:
    """Tell whether a cursor is an instant to come; one that is no instant is the platform's own affair."""
    try:
        return datetime.fromisoformat(cursor or "").astimezone(UTC) > now()
    except ValueError:
        return False


def standing(source: Any, verdicts: list[Verdict]) -> list[Verdict]:
    """Return the verdicts that a person has not switched off for this run (« Autoriser une fois »)."""
    bypass = source.bypass or {}
    off = bypass.get("guards", ()) if bypass.get("until", "") > iso(now()) else ()
    return [verdict for verdict in verdicts if verdict["guard"] not in off]


def _told(connection: Connection, lease: Lease, state: str, outcome: Outcome) -> str:
    """Draw the consequences of a closed run for its source; a replay asked no platform and tells nothing of one."""
    return state if lease.mode == "replay" else fared(connection, lease, state, outcome)


def supersede(connection: Connection, lease: Lease) -> None:
    """A run that waited for a decision is replaced by a later one that closed; it waited since its own close."""
    held = (Run.source_id == lease.source_id, Run.state == "held", Run.id != lease.run_id)
    for run_id in connection.scalars(select(Run.id).where(*held)).all():
        discard(connection, run_id)
        connection.execute(update(Run).where(Run.id == run_id).values(state="superseded"))
