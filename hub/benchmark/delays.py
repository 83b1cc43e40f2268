"""Clocks that run from an avis to its answer, from a promise to its keeping, and what they tell (`benchmark.md` §10).

Pure: no request, no database. A clock that nothing has stopped still runs at `as_of`: it is never dropped, hence no
mean of what was answered, but Kaplan–Meier's median.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hub.benchmark.precedence import precedes
from hub.benchmark.survival import Step, curve, median

MONTHS = 36
"""The window of the avis: those handed over in the 36 months before `as_of`."""
SIX_MONTHS, TWELVE_MONTHS = 183, 365
ENOUGH = 5
"""Under how many cases a share or a median is not said, and the cases are listed (B25)."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The wait of one thing: the day it began, the day it ended or None.

    `approximate`: one of the two days is known to the month only and counts as the 15th. `undated`: it ended, on a day
    that is not known to the month: it has an end and no length.
    """

    hub_id: str
    siren: str | None
    since: date
    until: date | None = None
    approximate: bool = False
    undated: bool = False

    def ended(self, as_of: date) -> bool:
        """Tell whether it had ended by that day, that day included."""
        return self.undated or (self.until is not None and self.until <= as_of)

    def days(self, as_of: date) -> int:
        """Return how many days it took or, when it still runs, for how many it has run on that day."""
        until = self.until if self.until and self.until <= as_of else as_of
        return (until - self.since).days


@dataclass(frozen=True, slots=True)
class Share:
    """So many cases out of those that could be; `estimated` when one of them rests on a date known to the month."""

    numerator: int
    denominator: int
    estimated: bool

    @property
    def enough(self) -> bool:
        """Tell whether the share may be said (B25)."""
        return self.denominator >= ENOUGH


@dataclass(frozen=True)
class Delay:
    """The lengths of the clocks that ended and of those that run, in days; `undated` is how many have no length."""

    answered: tuple[int, ...]
    running: tuple[int, ...]
    undated: int
    estimated: bool

    @property
    def followed(self) -> int:
        """Return how many clocks are measured: those that ended at a known date and those that run."""
        return len(self.answered) + len(self.running)

    @property
    def enough(self) -> bool:
        """Tell whether the median may be said (B25)."""
        return self.followed >= ENOUGH

    @property
    def longest(self) -> int:
        """Return the longest time a clock was followed."""
        return max((*self.answered, *self.running), default=0)

    @cached_property
    def steps(self) -> list[Step]:
        """Return the steps of the Kaplan–Meier curve."""
        return curve(self.answered, self.running)

    @property
    def median(self) -> tuple[float, bool]:
        """Return the median in days and True; the longest follow-up and False when half never ended (« plus de »)."""
        return median(self.steps, self.longest)


@dataclass(frozen=True)
class Answers:
    """What the avis of the window say at a date: how many were answered, in six and in twelve months, how fast."""

    part: Share
    six_months: Share
    twelve_months: Share
    delay: Delay


def counted(known: str | None) -> date | None:
    """Return the day a date counts as: a month counts as its 15th, a year alone counts as nothing."""
    if not known or len(known) < 7:
        return None
    return date.fromisoformat(known if len(known) >= 10 else f"{known}-15")


def clock(hub_id: str, siren: str | None, since: str | None, until: str | None = None, ended: bool = False) -> Clock:
    """Return the clock between two dates as they are written. Raises ValueError when `since` is not known to the month.

    `ended` tells that it has, whatever is known of the date. An end that the document sets before the beginning is an
    end without a date; one of the same month, known to the month only, is not before it.
    """
    first, last = counted(since), counted(until)
    if first is None or since is None:
        raise ValueError("a clock begins on a day known to the month at least")
    if last is None or until is None or precedes(until, since):
        return Clock(hub_id, siren, first, undated=ended or until is not None, approximate=len(since) < 10)
    return Clock(hub_id, siren, first, max(first, last), min(len(since), len(until)) < 10)


def window_start(as_of: date, months: int = MONTHS) -> date:
    """Return the day before the window: 36 months before `as_of`, the last of a shorter month."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    return date(year, month + 1, min(as_of.day, monthrange(year, month + 1)[1]))


def in_window(clocks: Iterable[Clock], as_of: date, months: int = MONTHS) -> list[Clock]:
    """Return the clocks that began in the months before `as_of`, that day included."""
    start = window_start(as_of, months)
    return [each for each in clocks if start < each.since <= as_of]


def ended_within(each: Clock, as_of: date, limit: int) -> bool | None:
    """Tell whether a clock ended in `limit` days, that day included; None when it cannot be asked.

    It is asked of those that began at least `limit` days before `as_of`, and that have a length.
    """
    if each.undated or (as_of - each.since).days < limit:
        return None
    return each.ended(as_of) and each.days(as_of) <= limit


def share_within(clocks: Iterable[Clock], as_of: date, limit: int) -> Share:
    """Return how many clocks ended in `limit` days, of those of which it can be asked."""
    asked = [(each, ended_within(each, as_of, limit)) for each in clocks]
    known = [(each, said) for each, said in asked if said is not None]
    return Share(sum(said for _, said in known), len(known), any(each.approximate for each, _ in known))


def delay(clocks: Iterable[Clock], as_of: date) -> Delay:
    """Return the lengths of clocks at `as_of`, each that nothing had stopped by then still running."""
    begun = [each for each in clocks if each.since <= as_of]
    known = [each for each in begun if not each.undated]
    return Delay(
        tuple(each.days(as_of) for each in known if each.ended(as_of)),
        tuple(each.days(as_of) for each in known if not each.ended(as_of)),
        len(begun) - len(known),
        any(each.approximate for each in known),
    )


def answers(avis: Sequence[Clock], as_of: date) -> Answers:
    """Return what the avis handed over in the 36 months before `as_of` say of their answers on that day (§10)."""
    mine = in_window(avis, as_of)
    published = sum(each.ended(as_of) for each in mine)
    return Answers(
        Share(published, len(mine), any(each.approximate for each in mine)),
        share_within(mine, as_of, SIX_MONTHS),
        share_within(mine, as_of, TWELVE_MONTHS),
        delay(mine, as_of),
    )
