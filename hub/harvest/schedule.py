"""When sources are read: a minute of the night for each, so that no minute holds many (`harvest.md` §5)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import current_app

from hub.clock import PARIS, iso

DAY = 24 * 60
PERIODS = {
    "hourly": timedelta(hours=1),
    "six_hours": timedelta(hours=6),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
}
SHORT = ("hourly", "six_hours")
"""The frequencies of the connectors that declare themselves light."""


def slot_for(slug: str, taken: Collection[int]) -> int:
    """Return the minute of the day, Paris time, of a source: drawn from its name, moved to the next free one."""
    first, length = window()
    drawn = _drawn(slug) % length
    places = [(first + (drawn + step) % length) % DAY for step in range(length)]
    free = [place for place in places if place not in taken and place != 0]
    return free[0] if free else places[0]


def window() -> tuple[int, int]:
    """Return the first minute of the night window and its length in minutes (setting WINDOW)."""
    first, last = (time.fromisoformat(text) for text in current_app.config["WINDOW"].split("-"))
    begin, end = first.hour * 60 + first.minute, last.hour * 60 + last.minute
    return begin, (end - begin) % DAY or DAY


def due_after(source: Any, instant: datetime) -> str | None:
    """Return the next slot of a source after `instant`, in UTC; None when it is read on demand only.

    Days are those of Paris: on the two nights of a clock change a daily source still has one slot.
    """
    period = PERIODS.get(source.frequency)
    if period is None or source.slot is None:
        return None
    if source.frequency in SHORT:
        hours = period.total_seconds() // 3600
        at = instant.astimezone(UTC).replace(minute=source.slot % 60, second=0, microsecond=0)
        while at <= instant or at.hour % hours != _drawn(source.slug) % hours:
            at += timedelta(hours=1)
        return iso(at)
    day = instant.astimezone(PARIS).date()
    while True:
        at = datetime.combine(day, time(source.slot // 60, source.slot % 60), PARIS)
        if at.astimezone(UTC) > instant and _is_day(source, day.weekday(), day.day):
            return iso(at)
        day += timedelta(days=1)


def is_late(source: Any, last_good: str | None, instant: datetime) -> bool:
    """Tell whether a scheduled source has had no good run for two of its periods (H16)."""
    period = PERIODS.get(source.frequency)
    if period is None or source.state != "accepted" or last_good is None:
        return False
    return datetime.fromisoformat(last_good) + 2 * period < instant


def _is_day(source: Any, weekday: int, day: int) -> bool:
    drawn = _drawn(source.slug)
    if source.frequency == "weekly":
        return weekday == drawn % 7
    return source.frequency == "daily" or day == drawn % 28 + 1


def _drawn(slug: str) -> int:
    return int.from_bytes(hashlib.sha256(slug.encode()).digest()[:8], "big")
