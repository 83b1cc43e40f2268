"""What the calendar says of a promise (`benchmark.md` §11): computed, beside what is declared and what is proved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.benchmark.precedence import precedes


def calendar(commitment: Mapping[str, Any], today: date) -> str | None:
    """Return the code of `echeance` of a commitment; None when it is realised at a date too vague to compare."""
    due = commitment.get("due_on")
    if not due:
        return "sans_echeance"
    if commitment["status"] != "realise":
        return "depassee" if precedes(due, today.isoformat()) else "a_venir"
    done = realised_on(commitment)
    late = precedes(due, done) if done else None
    if done and (late is False or done.startswith(due)):
        return "tenue"
    return "tenue_en_retard" if late else None


def realised_on(commitment: Mapping[str, Any]) -> str | None:
    """Return the first day at which its history says it realised."""
    events = commitment.get("history", ())
    return min((each["on"] for each in events if each.get("status") == "realise" and "on" in each), default=None)
