"""What a reader can work out of counts that are not shown: exact bounds of non-negative unknowns tied by equations."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction

Key = Hashable
Line = Mapping[Key, int]
"""An equation between counts: the sum of coefficient × count is 0 (a total has −1, its parts 1)."""
Number = int | Fraction


def narrow(lines: Iterable[Line], values: Mapping[Key, int], unknown: Iterable[Key], width: int) -> list[Key]:
    """Return the unknowns that the equations confine to an interval narrower than `width`, in their order.

    `values` are the true counts: those that are not unknown are what a reader sees. A simplex over exact numbers;
    each vertex it meets widens what is known to be possible, so that few unknowns need a search of their own.
    """
    rank = {key: place for place, key in enumerate(unknown)}
    rows = []
    for line in lines:
        row: dict[int, Number] = {rank[key]: factor for key, factor in line.items() if key in rank}
        if row:
            rows.append((row, -sum(factor * values[key] for key, factor in line.items() if key not in rank)))
    tied = {place for row, _ in rows for place in row}
    simplex = _Simplex(rows, len(rank))
    return [key for key, place in rank.items() if place in tied and simplex.spread(place, width) < width]


class _Simplex:
    """A feasible basis of `rows`, kept from one search to the next; `low` and `high` are what was met so far."""

    def __init__(self, rows: Sequence[tuple[dict[int, Number], int]], size: int) -> None:
        self.size = size
        self.rows: list[dict[int, Number]] = []
        self.right: list[Number] = []
        self.basis: list[int] = []
        for number, (row, right) in enumerate(rows):
            sign = -1 if right < 0 else 1
            self.rows.append({place: sign * factor for place, factor in row.items()} | {size + number: 1})
            self.right.append(sign * right)
            self.basis.append(size + number)
        self._expel()
        self.low: list[Number] = [0] * size
        self.high: list[Number] = [0] * size
        for place, value in self._point().items():
            self.low[place] = self.high[place] = value

    def spread(self, place: int, width: int) -> Number:
        """Return how wide the interval of an unknown is, or the first width found that reaches `width`."""
        for sign in (1, -1):
            if self.high[place] - self.low[place] >= width:
                break
            if self._climb(place, sign, width):
                return width
        return self.high[place] - self.low[place]

    def _climb(self, place: int, sign: int, width: int) -> bool:
        """Push an unknown up or down as far as it goes; True when nothing stops it or `width` is reached."""
        gain = self._gain(place, sign)
        while (entering := min((each for each, rate in gain.items() if rate > 0), default=None)) is not None:
            leaving = self._leaving(entering)
            if leaving is None:
                return True
            self._pivot(leaving, entering, gain)
            self._meet()
            if self.high[place] - self.low[place] >= width:
                return True
        return False

    def _gain(self, place: int, sign: int) -> dict[int, Number]:
        if place not in self.basis:
            return {place: sign}
        row = self.rows[self.basis.index(place)]
        return {each: -sign * factor for each, factor in row.items() if each != place}

    def _leaving(self, entering: int) -> int | None:
        """Return the row that stops `entering` first; the lowest unknown among equals, so that no search circles."""
        ratios = [
            (_ratio(self.right[number], row[entering]), self.basis[number], number)
            for number, row in enumerate(self.rows)
            if row.get(entering, 0) > 0
        ]
        return min(ratios)[2] if ratios else None

    def _pivot(self, number: int, entering: int, gain: dict[int, Number] | None = None) -> None:
        row = self.rows[number]
        divisor = row[entering]
        if divisor != 1:
            row = {place: _ratio(factor, divisor) for place, factor in row.items()}
            self.rows[number], self.right[number] = row, _ratio(self.right[number], divisor)
        for other, each in enumerate(self.rows):
            if other != number and (factor := each.get(entering)):
                self.right[other] -= factor * self.right[number]
                _subtract(each, row, factor)
        if gain and (rate := gain.get(entering)):
            _subtract(gain, row, rate)
        self.basis[number] = entering

    def _expel(self) -> None:
        """Drive the artificial unknowns out of the basis: what remains is a point the equations allow."""
        gain: dict[int, Number] = {}
        for row in self.rows:
            _subtract(gain, {place: factor for place, factor in row.items() if place < self.size}, -1)
        while (entering := min((place for place, rate in gain.items() if rate > 0), default=None)) is not None:
            leaving = self._leaving(entering)
            assert leaving is not None
            self._pivot(leaving, entering, gain)
        for number in reversed(range(len(self.rows))):
            if self.basis[number] >= self.size:
                inside = next((place for place in self.rows[number] if place < self.size), None)
                if inside is None:
                    del self.rows[number], self.right[number], self.basis[number]
                else:
                    self._pivot(number, inside)
        self.rows = [{place: factor for place, factor in row.items() if place < self.size} for row in self.rows]

    def _point(self) -> dict[int, Number]:
        return dict(zip(self.basis, self.right, strict=True))

    def _meet(self) -> None:
        here = self._point()
        for place in range(self.size):
            value = here.get(place, 0)
            self.low[place], self.high[place] = min(self.low[place], value), max(self.high[place], value)


def _ratio(number: Number, divisor: Number) -> Number:
    exact = Fraction(number) / divisor
    return exact.numerator if exact.denominator == 1 else exact


def _subtract(row: dict[int, Number], other: Mapping[int, Number], factor: Number) -> None:
    for place, each in other.items():
        left = row.get(place, 0) - factor * each
        if left:
            row[place] = left
        else:
            row.pop(place, None)
