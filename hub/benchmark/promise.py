"""What dates say of a promise (`benchmark.md` §10, §11): computed, beside what is declared and what is proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hub.benchmark.delays import Clock, clock, counted
from hub.benchmark.precedence import precedes

OPEN = ("a_ouvrir", "en_cours", "inconnu")
DONE = "realise"
SILENCE = 365
"""After how many days without a dated event an open commitment is « sans nouvelle »."""


def calendar(commitment: Mapping[str, Any], today: date) -> str | None:
    """Return the code of `echeance` of a commitment; None when it is realised at a date too vague to compare."""
    due = commitment.get("due_on")
    if not due:
        return "sans_echeance"
    if commitment["status"] != DONE:
        return "depassee" if precedes(due, today.isoformat()) else "a_venir"
    done = realised_on(commitment)
    late = precedes(due, done) if done else None
    if done and (late is False or done.startswith(due)):
        return "tenue"
    return "tenue_en_retard" if late else None


def realised_on(commitment: Mapping[str, Any]) -> str | None:
    """Return the first day at which its history says it realised."""
    events = commitment.get("history", ())
    return min((each["on"] for each in events if each.get("status") == DONE and "on" in each), default=None)


def status_at(commitment: Mapping[str, Any], as_of: date) -> str:
    """Return the status declared at a date: the one in force, unless its history dates a change after that day."""
    day = as_of.isoformat()
    dated = sorted(
        (each["on"], each["status"]) for each in commitment.get("history", ()) if {"on", "status"} <= {*each}
    )
    if not any(precedes(day, on) for on, _ in dated):
        return str(commitment["status"])
    before = [status for on, status in dated if not precedes(day, on)]
    return str(before[-1]) if before else "inconnu"


def promise_clock(commitment: Mapping[str, Any], hub_id: str, siren: str | None, as_of: date) -> Clock | None:
    """Return the clock from a promise to its keeping; None when the promise is not dated to the month.

    It stops for what is declared « réalisé » only: what is abandoned or replaced stays unkept until `as_of`.
    """
    if counted(commitment.get("promised_on")) is None:
        return None
    done = status_at(commitment, as_of) == DONE
    return clock(hub_id, siren, commitment["promised_on"], realised_on(commitment) if done else None, done)


def last_news(commitment: Mapping[str, Any], as_of: date) -> date | None:
    """Return the last day, up to `as_of`, of which a dated event speaks, the promise included; None without one.

    A month counts as its 15th; a year alone as its last day, so that nobody is called silent on a vague date.
    """
    return max((min(day, as_of) for day in _told(commitment, as_of)), default=None)


def silent(commitment: Mapping[str, Any], as_of: date) -> bool:
    """Tell whether a commitment is « sans nouvelle »: open, and no dated event for 365 days."""
    if status_at(commitment, as_of) not in OPEN:
        return False
    news = last_news(commitment, as_of)
    return news is None or (as_of - news).days >= SILENCE


def _told(commitment: Mapping[str, Any], as_of: date) -> Iterator[date]:
    day = as_of.isoformat()
    for on in (commitment.get("promised_on"), *(each.get("on") for each in commitment.get("history", ()))):
        if on and not precedes(day, on):
            yield counted(on) or date(int(on), 12, 31)
