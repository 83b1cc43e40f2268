"""Small counts of persons: which cells of tables are hidden, so that none can be worked out (`compliance.md` §3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.benchmark.linear import Key, Line, narrow


@dataclass(frozen=True)
class Counts:
    """Published counts of persons and the equations that hold between them.

    `fixed` are shown whatever their size (a total of a metropole, a figure quoted from a document). `unpublished`
    complete a total whose parts are not all published. `small` are to be hidden whatever their present value: a small
    count of an earlier version, of another period. `code` orders equal counts, so that the choice is always the same.
    """

    values: Mapping[Key, int]
    lines: Sequence[Line] = ()
    fixed: Collection[Key] = ()
    unpublished: Collection[Key] = ()
    small: Collection[Key] = field(default_factory=set)


def is_small(value: float, threshold: int) -> bool:
    """Tell whether a count of persons is hidden for itself: zero is no person's and is shown as such."""
    return 0 < value < threshold


def hidden(counts: Counts, threshold: int) -> set[Key]:
    """Return the published cells that are hidden: the small ones, then those that would give them away.

    In each equation that holds a cell to protect, at least two cells are unknown and make `threshold` persons
    together; and the equations leave each hidden cell an interval at least `threshold` wide. The next cell hidden is
    the smallest of its neighbours, then the first in the order of codes.
    """
    secret = {
        key
        for key, value in counts.values.items()
        if (is_small(value, threshold) or key in counts.small) and key not in counts.fixed
    }
    while further := _further(counts, secret, threshold):
        secret |= further
    return {key for key in secret if key not in counts.unpublished}


def _further(counts: Counts, secret: set[Key], threshold: int) -> set[Key]:
    """Return the cells to hide besides, found by the plain rules first, by the bounds when these are content."""
    unknown = secret | set(counts.unpublished)
    for line in counts.lines:
        if secret.isdisjoint(line):
            continue
        concealed = [key for key in line if key in unknown]
        alone = len(concealed) < 2 or sum(counts.values[key] for key in concealed) < threshold
        if alone and (chosen := _smallest(counts, [line], unknown)) is not None:
            return {chosen}
    near = _reached(counts.lines, secret, unknown)
    order = sorted({key for line in near for key in line if key in unknown}, key=_code)
    for key in narrow(near, counts.values, order, threshold):
        if key in secret:
            own = [line for line in counts.lines if key in line]
            chosen = _smallest(counts, own, unknown)
            chosen = chosen if chosen is not None else _smallest(counts, near, unknown)
            if chosen is not None:
                return {chosen}
    return set()


def _reached(lines: Iterable[Line], secret: Collection[Key], unknown: Collection[Key]) -> list[Line]:
    """Return the equations that say something of what is secret, through other unknowns too."""
    waiting, near, reached = list(lines), list[Line](), set(secret)
    while touched := [line for line in waiting if not reached.isdisjoint(line)]:
        near += touched
        waiting = [line for line in waiting if reached.isdisjoint(line)]
        reached |= {key for line in touched for key in line if key in unknown}
    return near


def _smallest(counts: Counts, lines: Iterable[Line], unknown: Collection[Key]) -> Key | None:
    free = {key for line in lines for key in _open(line, counts, unknown)}
    return min(free, key=lambda key: (counts.values[key], _code(key)), default=None)


def _open(line: Line, counts: Counts, unknown: Collection[Key]) -> Iterator[Key]:
    """Yield the cells of a line that may be hidden: a zero hides nothing."""
    for key in line:
        if key not in unknown and key not in counts.fixed and counts.values[key] > 0:
            yield key


def _code(key: Key) -> str:
    return repr(key)
