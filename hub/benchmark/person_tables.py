"""The tables that counts of persons make together, and the pattern of what is hidden in them (`compliance.md` §3).

All that is published counts: a total stated elsewhere, the channels of a figure, the démarches of a metropole, a
territory inside another, earlier versions, other periods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.benchmark.linear import Key, Line
from hub.benchmark.person_figures import METRICS, Cell, Figure, Subject
from hub.benchmark.small_counts import Counts, hidden, is_small

PRESENCE = "presentiel"


@dataclass
class Tables:
    """The cells of figures. `within`: what a subject is a part of; `outer`: the territory that contains another."""

    figures: list[Figure]
    within: Mapping[Subject, tuple[Subject, ...]] = field(default_factory=dict)
    outer: Mapping[Subject, Subject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gather what is stated of each cell, and the equations between cells."""
        self.values: dict[Key, int] = {}
        self.exact: dict[Cell, int] = {}
        for each in self.figures:
            if each.value is not None and (each.rate is None or each.cell not in self.exact):
                self.values[each.cell] = round(each.value)
                if each.exact:
                    self.exact[each.cell] = round(each.value)
        self.stays: set[Key] = {each.cell for each in self.figures if each.stays}
        self.rests: set[Key] = set()
        self.quiet: set[Key] = set()
        self.lines = list(self._lines())

    def pattern(self, threshold: int) -> dict[tuple[str, str], bool]:
        """Return the (hub_id, field) hidden at that threshold; True where the count is small and stands alone."""
        small: set[Key] = {each.cell for each in self.figures if _small(each, threshold) and not each.stays}
        small -= self.stays
        while True:
            fixed = self.stays | self.quiet
            secret = hidden(Counts(self.values, self.lines, fixed, self.rests, small), threshold)
            carried = {key for key in self._carried(secret) if key not in fixed}
            if carried <= secret | small:
                break
            small |= carried
        tied = {key for line in self.lines for key in line}
        alone = {key for key in secret - tied if is_small(self.values[key], threshold)}
        secret |= small & {each.cell for each in self.figures}
        return {(each.hub_id, each.field): each.cell in alone for each in self.figures if each.cell in secret}

    def _carried(self, secret: Iterable[Key]) -> Iterator[Key]:
        """Yield the cells of other periods that a hidden one takes with it: all of a table, or those that overlap."""
        places = defaultdict[Cell, list[Cell]](list)
        for each in self.figures:
            places[each.cell._replace(period=("", ""))].append(each.cell)
        crossed = {place._replace(dims=()) for place in places if place.dims}
        for key in secret:
            assert isinstance(key, Cell)
            place = key._replace(period=("", ""))
            whole = place._replace(dims=()) in crossed
            yield from (other for other in places[place] if whole or _overlap(other.period, key.period))

    def _lines(self) -> Iterator[Line]:
        yield from self._groups()
        for total, parts in self._wholes().items():
            if line := self._line(total, parts, quiet=not total.dims):
                yield line

    def _groups(self) -> Iterator[Line]:
        """Yield each total and its sub-groups, dimension by dimension."""
        tables = defaultdict[Cell, list[Cell]](list)
        for cell in self.exact:
            tables[cell._replace(dims=())].append(cell)
        for cells in tables.values():
            for total in cells:
                for parts in _splits(total, cells):
                    if line := self._line(total, parts, quiet=False):
                        yield line

    def _wholes(self) -> dict[Cell, list[Cell]]:
        """Return the totals made of other channels, other subjects or inner territories, with their parts."""
        found = defaultdict[Cell, list[Cell]](list)
        known = defaultdict[tuple[object, ...], list[Cell]](list)
        for cell in self.exact:
            known[cell.subject, cell.metric, cell.where, cell.dims].append(cell)
        for cell in self.exact:
            if METRICS[cell.metric]["additif"]:
                if cell.channel and (total := cell._replace(channel="")) in self.exact:
                    found[total].append(cell)
                for above in self.within.get(cell.subject, ()):
                    for total in known[above, cell.metric, cell.where, cell.dims]:
                        if _contains(total.period, cell.period) and total.channel in _channels(cell):
                            found[total].append(cell)
            if cell.dims and (outer := self.outer.get(cell.subject)):
                total = cell._replace(subject=outer)
                if total in self.exact:
                    found[total].append(cell)
        return found

    def _line(self, total: Cell, parts: list[Cell], *, quiet: bool) -> Line | None:
        """Return total = parts + what nobody publishes; None when they do not add up. `quiet`: no group is left."""
        rest = self.exact[total] - sum(self.exact[part] for part in parts)
        if rest < 0:
            return None
        line: dict[Key, int] = {total: -1, **dict.fromkeys(parts, 1)}
        if rest:
            key = ("reste", total, tuple(sorted(parts)))
            self.values[key] = rest
            self.rests.add(key)
            line[key] = 1
            if quiet:
                self.quiet.add(key)
        return line


def _small(figure: Figure, threshold: int) -> bool:
    """Tell whether a figure is hidden for itself; a share is, with few persons in it, outside it or in all."""
    if figure.value is None:
        return False
    others = () if figure.whole is None else (figure.whole - figure.value, figure.whole)
    return any(is_small(each, threshold) for each in (figure.value, *others))


def _splits(total: Cell, cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Yield the parts of a total by each dimension; by two at once where neither has totals of its own."""
    by_dimension = defaultdict[tuple[str, ...], list[Cell]](list)
    for cell in cells:
        if set(total.dims) < set(cell.dims):
            added = tuple(sorted(dimension for dimension, _ in set(cell.dims) - set(total.dims)))
            by_dimension[added].append(cell)
    for added, parts in by_dimension.items():
        if len(added) == 1 or not any((each,) in by_dimension for each in added):
            yield parts


def _channels(cell: Cell) -> tuple[str, ...]:
    """Return the channels of a total that a figure may be a part of: attendance is counted in a room."""
    return ("", PRESENCE) if cell.subject[0] == "meeting" else (cell.channel,)


def _contains(outer: tuple[str, str], inner: tuple[str, str]) -> bool:
    start, end = outer
    return start <= (inner[0] or start) and (not end or (inner[1] or end) <= _last(end))


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[0] <= _last(other[1]) and other[0] <= _last(one[1])


def _last(end: str) -> str:
    """Return the end of a period as a bound: « 2024 » ends after « 2024-03 », an open period never."""
    return f"{end}~" if end else "~"
