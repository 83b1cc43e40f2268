"""Places that intervals allow, bands against the median, and where the values of a network lie (`benchmark.md` §6)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.benchmark.intervals import Estimate

FEWEST = 5
"""Fewer comparable metropoles get values only: neither rank nor band (B10)."""
BANDS = ("net_au_dessus", "net_au_dessous", "a_confirmer", "pas_net")


class Spread(NamedTuple):
    """The range, the quarters and the median of some values, in their unit."""

    low: float
    q1: float
    median: float
    q3: float
    high: float


def rank_intervals(cells: Mapping[str, Estimate], polarity: str) -> dict[str, tuple[int, int]]:
    """Return the best and the worst place of each cell, 1 being the first; empty with fewer than 5 cells.

    The first is the highest for `plus`, the lowest for `moins`. A place is given up only to a cell whose interval lies
    wholly beyond: stricter than a test of each pair, since all are read at once (Goldstein & Spiegelhalter, « League
    tables and their limitations », JRSS A 159, 1996). The caller keeps comparable cells only (grades A and B). Raises
    ValueError for any other polarity: what has no better side has no place.
    """
    if polarity not in ("plus", "moins"):
        raise ValueError(f"polarity {polarity} has no order")
    if len(cells) < FEWEST:
        return {}
    sign = 1 if polarity == "plus" else -1
    ends = {name: sorted((sign * cell.low, sign * cell.high)) for name, cell in cells.items()}
    places = {}
    for name, (low, high) in ends.items():
        better = sum(other_low > high for other_low, _ in ends.values())
        worse = sum(other_high < low for _, other_high in ends.values())
        places[name] = (1 + better, len(cells) - worse)
    return places


def band(low998: float, high998: float, low95: float, high95: float, median: float) -> str:
    """Return which of BANDS a cell is in, from its two intervals and the median of comparable cells.

    A gap is clear when the interval at 99.8 % excludes the median: the limits of control charts and funnel plots
    (Spiegelhalter, « Funnel plots for comparing institutional performance », Statistics in Medicine 24, 2005).
    """
    if low998 > median:
        return "net_au_dessus"
    if high998 < median:
        return "net_au_dessous"
    return "a_confirmer" if low95 > median or high95 < median else "pas_net"


def spread(values: Iterable[float]) -> Spread:
    """Return where values lie. Raises ValueError when there are none.

    Quantiles are linear between neighbours, the lowest and the highest value being the 0 and 100 % ones: definition 7
    of Hyndman & Fan, « Sample quantiles in statistical packages », The American Statistician 50 (1996), for values
    that are all there are, not a sample of them.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no value, no spread")
    low, q1, median, q3, high = (_quantile(ordered, quarter / 4) for quarter in range(5))
    return Spread(low, q1, median, q3, high)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below if below == above else below + (above - below) * (place - math.floor(place))
