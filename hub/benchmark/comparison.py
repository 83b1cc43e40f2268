"""What may be said of the cells of one indicator side by side: median, places, bands; of comparable ones only (§6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.benchmark.indicators import PER_INHABITANTS, Indicator
from hub.benchmark.intervals import Z998, Estimate, poisson, wilson
from hub.benchmark.measures import PER, Cell
from hub.benchmark.ranks import FEWEST, band, rank_intervals, spread

NEUTRAL = "aucune"
"""The polarity of what has no better side."""
NO_INTERVAL, NO_SIDE, TOO_FEW = "intervalle", "sens", "effectif"
"""Why no place is given: what is counted comes in clusters, it has no better side, too few are comparable."""
PRUDENT = "C"


@dataclass(frozen=True)
class Field:
    """The cells of one indicator for one period, in the order shown; those of `nested` territories never count."""

    indicator: Indicator
    period: str
    cells: Sequence[Cell]
    nested: Collection[str] = ()

    @cached_property
    def drawn(self) -> list[Cell]:
        """Return the cells that stand on the axis: those with a value, but for what is read with care."""
        return [cell for cell in self.cells if cell.present and cell.grade != PRUDENT]

    @cached_property
    def prudent(self) -> list[Cell]:
        """Return the cells of grade C: listed apart, never on the axis (B10)."""
        return [cell for cell in self.cells if cell.present and cell.grade == PRUDENT]

    @cached_property
    def absent(self) -> list[Cell]:
        """Return the cells without a value."""
        return [cell for cell in self.cells if not cell.present]

    @cached_property
    def counted(self) -> list[Cell]:
        """Return the cells that a median or a place may rest on: comparable, of no territory inside another (B10)."""
        return [cell for cell in self.cells if cell.present and cell.comparable and cell.siren not in self.nested]

    @cached_property
    def counted_sirens(self) -> frozenset[str]:
        """Return whose cells these are."""
        return frozenset(cell.siren for cell in self.counted)

    @cached_property
    def median(self) -> float | None:
        """Return the median of the counted cells, in the unit of the value; None with fewer than 5 (B25)."""
        if len(self.counted) < FEWEST:
            return None
        return spread(cell.value for cell in self.counted if cell.value is not None).median

    @property
    def unplaced(self) -> str:
        """Return why nothing is placed, the weightiest reason first; empty when places are given."""
        return self.silent or ("" if len(self._estimates) >= FEWEST else TOO_FEW)

    @property
    def silent(self) -> str:
        """Return why this indicator has neither places nor bands, whoever is compared; empty when it may have them."""
        if not self.indicator.interval:
            return NO_INTERVAL
        return NO_SIDE if self.indicator.polarity == NEUTRAL else ""

    @cached_property
    def places(self) -> Mapping[str, tuple[int, int]]:
        """Return, by SIREN, the best and the worst place that its interval allows; empty when none may be given."""
        if self.unplaced:
            return {}
        found = {siren: estimate for siren, (estimate, _) in self._estimates.items()}
        return rank_intervals(found, self.indicator.polarity)

    def bands(self, median: float | None) -> Mapping[str, str]:
        """Return, by SIREN, the band of each counted cell against the median of the network; empty without one."""
        if self.silent or median is None:
            return {}
        return {
            siren: band(*wide, estimate.low, estimate.high, median)
            for siren, (estimate, wide) in self._estimates.items()
        }

    @cached_property
    def _estimates(self) -> dict[str, tuple[Estimate, tuple[float, float]]]:
        """The counted cells whose interval is known, each with its interval at 99.8 %."""
        found = {}
        for cell in self.counted:
            estimate, wide = estimated(cell), limits(cell, Z998)
            if estimate is not None and wide is not None:
                found[cell.siren] = estimate, wide
        return found


def estimated(cell: Cell) -> Estimate | None:
    """Return a cell with its interval at 95 %, in the unit of its value; None when it has none."""
    if cell.value is None or cell.low is None or cell.high is None or not cell.indicator.interval:
        return None
    return Estimate(cell.value, cell.low, cell.high)


def limits(cell: Cell, z: float) -> tuple[float, float] | None:
    """Return the limits of a cell for another `z`, in the unit of its value; None when its counts do not give them."""
    k, n = cell.numerator, cell.denominator
    if k is None or not float(k).is_integer():
        return None
    if cell.indicator.interval == "poisson":
        scale = PER / n if cell.form == PER_INHABITANTS and n else 1
        low, high = poisson(int(k), z)
        return low * scale, high * scale
    if cell.indicator.interval != "wilson" or not n or not float(n).is_integer() or not 0 <= k <= n:
        return None
    return wilson(int(k), int(n), z)
