"""Delays of which some still run: the share left without an answer day after day, the median (`benchmark.md` §10)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

HALF = 0.5


class Step(NamedTuple):
    """One day on which answers came: cases followed until then, answers of that day, share left without one."""

    days: float
    at_risk: int
    events: int
    share_left: float


def curve(answered: Sequence[float], running: Sequence[float]) -> list[Step]:
    """Return the steps of the Kaplan–Meier curve, in the order of days; without an answer, none.

    `answered` are the delays of the answers, `running` the time since what still waits, in days. What waits is followed
    until its last day, that day included. Kaplan & Meier, « Nonparametric estimation from incomplete observations »,
    JASA 53 (1958). Raises ValueError for a negative delay.
    """
    followed = [*answered, *running]
    if min(followed, default=0) < 0:
        raise ValueError("a delay is never negative")
    left = Fraction(1)  # exact: a share of one half must not miss the median by a rounding
    steps = []
    for days in sorted(set(answered)):
        at_risk = sum(delay >= days for delay in followed)
        events = sum(delay == days for delay in answered)
        left *= Fraction(at_risk - events, at_risk)
        steps.append(Step(days, at_risk, events, float(left)))
    return steps


def median(steps: Sequence[Step], longest: float) -> tuple[float, bool]:
    """Return the median delay in days and True; or the longest follow-up and False, when half never had an answer.

    The median is the first day on which one half or less is left; a delay that is not reached is said « plus de ».
    """
    reached = (step.days for step in steps if step.share_left <= HALF)
    found = next(reached, None)
    return (longest, False) if found is None else (found, True)
