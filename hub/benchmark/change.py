"""A metropole over time: where its line breaks, and what changed between its first and its last value (§5, B5, B34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.benchmark.comparison import estimated
from hub.benchmark.intervals import Estimate, difference
from hub.benchmark.measures import Cell

RUPTURE = "rupture_serie"
ALONE, GROUPED, CAREFUL = "seule", "groupes", "prudence"
"""Why nothing is said: a single date since the last break, no interval, a date that compares to nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed from `first` to `last`: the difference in the unit of the value with its interval, or why none."""

    first: Cell | None = None
    last: Cell | None = None
    estimate: Estimate | None = None
    why: str = ""


def breaks(before: Cell | None, cell: Cell) -> str:
    """Return why a series breaks at `cell`: « definition », « rupture », or "" when it goes on."""
    if before is not None and before.version != cell.version:
        return "definition"
    return "rupture" if RUPTURE in cell.flags else ""


def segments(series: Sequence[Cell]) -> list[list[Cell]]:
    """Return the runs of a series in which a line may be drawn: neither a gap nor a break is crossed.

    An isolated value is a run of one.
    """
    runs: list[list[Cell]] = []
    before: Cell | None = None
    joined = False
    for cell in series:
        if not cell.present:
            joined = False
            continue
        if joined and not breaks(before, cell):
            runs[-1].append(cell)
        else:
            runs.append([cell])
        before, joined = cell, True
    return runs


def since_break(series: Sequence[Cell]) -> list[Cell]:
    """Return the values that follow the last break: only these compare to each other."""
    kept: list[Cell] = []
    for cell in series:
        if cell.present:
            kept = [cell] if breaks(kept[-1] if kept else None, cell) else [*kept, cell]
    return kept


def change(series: Sequence[Cell]) -> Change:
    """Return what changed between the first and the last value of a metropole: one planned comparison, in time order.

    Never across a break, never without an interval, never from a value that is not comparable.
    """
    kept = since_break(series)
    if len(kept) < 2:
        return Change(last=kept[0] if kept else None, why=ALONE)
    first, last = kept[0], kept[-1]
    if not first.indicator.interval:
        return Change(first, last, why=GROUPED)
    before, after = estimated(first), estimated(last)
    if before is None or after is None or not (first.comparable and last.comparable):
        return Change(first, last, why=CAREFUL)
    return Change(first, last, difference(before, after))
