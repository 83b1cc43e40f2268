"""What dates say of a promise (`benchmark.md` §10, §11): computed, beside what is declared and what is proved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.benchmark.cases import last_day
from hub.benchmark.delays import Clock, clock, counted
from hub.benchmark.precedence import precedes
from schemas.labels import codes, entry

DONE = "realise"
OPEN = tuple(code for code in codes("statut_engagement") if entry("statut_engagement", code)["ouvert"])
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


def status_at(commitment: Mapping[str, Any], as_of: date, today: date) -> str:
    """Return the status declared by a day: the one in force today, the last one its history dates for a past day."""
    if as_of >= today:
        return str(commitment["status"])
    events = [each for each in commitment.get("history", ()) if {"on", "status"} <= {*each}]
    known = [(last_day(each["on"]), rank, str(each["status"])) for rank, each in enumerate(events)]
    return max((each for each in known if each[0] <= as_of), default=(as_of, 0, "inconnu"))[2]


def promise_clock(commitment: Mapping[str, Any], status: str, hub_id: str, siren: str | None) -> Clock | None:
    """Return the clock from a promise to its keeping; None when the promise is not dated to the month.

    It stops when `status`, that of the day asked, is « réalisé »: what is abandoned or replaced is not kept.
    """
    if counted(commitment.get("promised_on")) is None:
        return None
    done = status == DONE
    return clock(hub_id, siren, commitment["promised_on"], realised_on(commitment) if done else None, done)


def last_news(commitment: Mapping[str, Any], as_of: date) -> str | None:
    """Return the newest date, as it is written, of what is said of a commitment by a day; None when nothing is dated.

    The promise is an event too. What is dated after that day was not said yet.
    """
    events = (commitment.get("promised_on"), *(each.get("on") for each in commitment.get("history", ())))
    told = [on for on in events if on and not precedes(as_of.isoformat(), on)]
    return max(told, key=lambda on: -days_since(on, as_of), default=None)


def days_since(on: str, as_of: date) -> int:
    """Return how many days ago a date was, at least: a vague one counts as the last day it may mean.

    Nobody is called silent on a date known to the year.
    """
    return max((as_of - last_day(on)).days, 0)


def silent(commitment: Mapping[str, Any], status: str, as_of: date) -> bool:
    """Tell whether a commitment of this status is « sans nouvelle »: open, and no dated event for 365 days."""
    news = last_news(commitment, as_of)
    return status in OPEN and (news is None or days_since(news, as_of) >= SILENCE)
