"""Intervals: what chance alone could move a proportion or a count; the difference of two (`benchmark.md` §5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Z95 = 1.959964
"""For display: an interval at 95 %."""
Z998 = 3.090232
"""For bands: an interval at 99.8 %."""
EXACT_BELOW = 10
"""Under this count Byar's approximation is too rough: the limits are exact."""
HALVINGS = 100
"""More than the digits of a float, so that a bisection ends on the nearest one."""


class Estimate(NamedTuple):
    """A value and its interval, in the unit of the value."""

    value: float
    low: float
    high: float


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Return the limits, between 0 and 1, of the proportion `k` out of `n`.

    Wilson, « Probable inference, the law of succession, and statistical inference », JASA 22 (1927): it holds for few
    cases and for 0 and 100 %. Raises ValueError unless 0 ≤ k ≤ n and n > 0.
    """
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} of {n} is no proportion")
    share, spread = k / n, z * z / n
    centre = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if k == 0 else (centre - half) / (1 + spread)
    high = 1.0 if k == n else (centre + half) / (1 + spread)
    return low, high


def poisson(k: int, z: float = Z95) -> tuple[float, float]:
    """Return the limits of the count `k`, in events; divided by a population, they are those of the rate.

    Exact under 10 (Garwood 1936), Byar's approximation from there on (Breslow & Day, « Statistical methods in cancer
    research », II, 1987, p. 69). Raises ValueError when `k` is negative.
    """
    if k < 0:
        raise ValueError(f"{k} is no count")
    return _exact(k, z) if k < EXACT_BELOW else (_byar(k, -z), _byar(k + 1, z))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return `second` less `first` with its interval, in their unit; without a clear change, it contains 0.

    The limits of both are combined, each on its own side: Newcombe, « Interval estimation for the difference between
    independent proportions », Statistics in Medicine 17 (1998), method 10; for rates, the same rule is called MOVER
    (Zou & Donner 2008). For one comparison planned beforehand, of two independent periods.
    """
    gap = second.value - first.value
    return Estimate(
        gap,
        gap - math.hypot(second.value - second.low, first.high - first.value),
        gap + math.hypot(second.high - second.value, first.value - first.low),
    )


def _byar(k: int, z: float) -> float:
    return k * (1 - 1 / (9 * k) + z / (3 * math.sqrt(k))) ** 3


def _exact(k: int, z: float) -> tuple[float, float]:
    """The means that would give `k` or more, and `k` or fewer, as rarely as one tail of the normal law beyond `z`."""
    tail = math.erfc(z / math.sqrt(2)) / 2
    low = 0.0 if k == 0 else _crossing(lambda mean: _at_most(k - 1, mean) - (1 - tail), 0, k)
    top = 2.0 * k + z * z + 10  # far above any upper limit: Byar's grows as k + z√k + z²/3
    return low, _crossing(lambda mean: _at_most(k, mean) - tail, k, top)


def _at_most(k: int, mean: float) -> float:
    """The Poisson distribution function: how often a count of this mean is `k` or fewer."""
    term = total = math.exp(-mean)
    for i in range(1, k + 1):
        term *= mean / i
        total += term
    return total


def _crossing(above: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0 between `low` and `high`."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > 0 else (low, middle)
    return (low + high) / 2
