"""Cases: what one thing brings to an indicator for a period. Measures are folded from them and nothing else."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from hub.benchmark.dossiers import Read
from hub.clock import today

Row = dict[str, Any]
"""A row of `Case`."""
UNCOUNTED = ("ville", "commune", "departement", "reseau", "autre")
"""The perimeters that are not the metropole's: such things are listed, never counted (§12)."""
OWN = ("metropole", "communes")
"""The perimeters that are the metropole's, whole or in part; others that count are flagged."""


def case(
    indicator: str,
    period: int,
    of: Read,
    numerator: float | None = None,
    denominator: float | None = None,
    *,
    said: str | None = None,
    lacks: bool = False,
    approximate: bool = False,
    qualifier: str = "exact",
    resting: tuple[Read, ...] = (),
) -> Row:
    """Return the case of a thing, for a year; `resting`: the other things it rests on, hidden as soon as one is.

    Without a numerator, a case that lacks nothing is listed and not counted.
    """
    reads = (of, *resting)
    levels = {each.hidden for each in reads}
    return {
        "indicator": indicator,
        "siren": of.siren,
        "period": str(period),
        "hub_id": of.hub_id,
        "kind": of.kind,
        "numerator": numerator,
        "denominator": denominator,
        "said": said,
        "qualifier": qualifier,
        "approximate": approximate or qualifier != "exact",
        "lacks": lacks,
        "elsewhere": any(each.perimeter not in (None, *OWN) for each in reads),
        "hidden": next((level for level in ("pairs", "public") if level in levels), ""),
        "run_id": max(each.run_id for each in reads),
    }


def listed(row: Row) -> Row:
    """Return the same case, listed and not counted: another one counts what it tells of."""
    return row | {"numerator": None, "lacks": False}


def counts(of: Read) -> bool:
    """Tell whether a thing is the metropole's own matter, whole or in part."""
    return of.perimeter not in UNCOUNTED


def year_of(day: str | None) -> int | None:
    """Return the year of a date, however precisely it is known."""
    return int(day[:4]) if day else None


def end_of(period: int) -> date:
    """Return the day at which a year is looked at: its last, or today."""
    return min(date(period, 12, 31), today())


def first_day(day: str) -> date:
    """Return the first day that a date may mean: « 2021 » may be its 1 January."""
    return date.fromisoformat(day[:10] + "0000-01-01"[len(day) :])


def last_day(day: str) -> date:
    """Return the last day that a date may mean: « 2021 » may be its 31 December."""
    if len(day) >= 10:
        return date.fromisoformat(day[:10])
    year, month = int(day[:4]), int(day[5:7] or 12)
    return date(year, month, monthrange(year, month)[1])


def following(year: int, years: int = 3) -> range:
    """Return the years whose window of `years` years holds this one, up to the present one."""
    return range(year, min(year + years - 1, today().year) + 1)
