"""When a series of events takes place: RRULE, RDATE, EXDATE within a window (RFC 5545 §3.8.5; `files.md` §8).

Rules come from strangers: each one is read in bounded time, or refused. Rules within a day (every hour, every second)
are no meetings' and are refused.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule

MAX_OCCURRENCES = 20_000
"""Occurrences of one rule, from its start to the end of the window: a daily one for 54 years."""

_FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
_DAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}")
_ONCE = {"INTERVAL": (1, 1_000), "COUNT": (1, 999_999), "BYHOUR": (0, 23), "BYMINUTE": (0, 59), "BYSECOND": (0, 59)}
_LISTS = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}


def occurrences(rule: str, start: datetime, until: datetime, last: date | datetime | None) -> Iterator[datetime]:
    """Yield the local times at which a rule falls, from `start` to `until`; all are naive, `last` is its UNTIL.

    A rule that never falls is followed to the year 9999, where dateutil stops: the walk is made in the last years that
    are like these, so that the way is short. Raises ValueError for a rule that cannot be read.
    """
    words = _read(rule)
    if isinstance(last, datetime):
        until = min(until, last)
    elif last is not None:
        until = min(until, datetime.combine(last, time.max))
    if start > until:
        return
    years = _to_last_like(start.year, until.year)
    far, end = rrule(dtstart=_moved(start, years), **words), _moved(until, years)
    for rank, found in enumerate(takewhile(lambda each: each <= end, far)):
        if rank == MAX_OCCURRENCES:
            raise ValueError(rule)
        yield _moved(found, -years)


def _to_last_like(first: int, last: int) -> int:
    """Return how many years ahead the same calendar is last used before 9999: same leap years, same days of the week.

    The Gregorian calendar repeats itself every 400 years, and every 28 where no century breaks it.
    """
    years, weekday = range(first - 1, last + 2), date(first, 1, 1).weekday()
    return next(
        ahead
        for ahead in range(9_998 - last, -1, -1)
        if date(first + ahead, 1, 1).weekday() == weekday and all(isleap(y) == isleap(y + ahead) for y in years)
    )


def _moved(instant: datetime, years: int) -> datetime:
    return instant.replace(year=instant.year + years)


def until_of(rule: str) -> str | None:
    """Return the UNTIL of a rule as written."""
    return next((part[6:] for part in rule.upper().split(";") if part.startswith("UNTIL=")), None)


def _read(rule: str) -> dict[str, Any]:
    """Return the rule in the words of dateutil. Raises ValueError for what is not read, or written twice."""
    parts = [part.partition("=") for part in rule.strip().upper().split(";") if part]
    names = [name for name, _, _ in parts]
    if len(set(names)) < len(names) or "FREQ" not in names:
        raise ValueError(rule)
    words: dict[str, Any] = {}
    for name, _, value in parts:
        if name == "FREQ" and value in _FREQUENCIES:
            words["freq"] = _FREQUENCIES[value]
        elif name == "WKST" and value in _DAYS:
            words["wkst"] = _DAYS[value]
        elif name == "BYDAY":
            words["byweekday"] = [_weekday(one) for one in value.split(",")]
        elif name in _ONCE:
            words[name.lower()] = _within(value, *_ONCE[name])
        elif name in _LISTS:
            words[name.lower()] = [_within(one, *_LISTS[name]) for one in value.split(",")]
        elif name != "UNTIL":
            raise ValueError(rule)
    return words


def _within(text: str, least: int, most: int) -> int:
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most or (least < 0 and int(text) == 0):
        raise ValueError(text)
    return int(text)


def _weekday(text: str) -> Any:
    found = _DAY.fullmatch(text)
    if found is None or (found.group(1) and not 1 <= abs(int(found.group(1))) <= 53):
        raise ValueError(text)
    day = _DAYS[found.group(2)]
    return day(int(found.group(1))) if found.group(1) else day


def window(reference: date) -> tuple[date, date]:
    """Return the first day shown and the first no longer shown: whole months, a year back and two years ahead.

    It moves once a month: within a month, the same calendar gives the same records.
    """
    month = reference.replace(day=1)
    after = (month + timedelta(days=31)).replace(day=1)
    return month.replace(year=month.year - 1), after.replace(year=after.year + 2)
