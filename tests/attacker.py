"""A reader who wants a hidden count: linear programming over all that is published (C7)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog

from hub.benchmark.linear import Key, Line


def recovered(
    lines: Sequence[Line], values: Mapping[Key, int], hidden: Collection[Key], unknown: Collection[Key], threshold: int
) -> list[tuple[Key, float, float]]:
    """The hidden counts that the attacker confines to less than `threshold`, each with its bounds."""
    order = {key: rank for rank, key in enumerate(sorted(unknown, key=repr))}
    tied = [line for line in lines if not order.keys().isdisjoint(line)]
    rows, rights = np.zeros((len(tied), len(order))), np.zeros(len(tied))
    for row, line in enumerate(tied):
        for key, factor in line.items():
            if key in order:
                rows[row, order[key]] = factor
            else:
                rights[row] -= factor * values[key]
    known: dict[str, Any] = {"A_eq": rows, "b_eq": rights} if tied else {}
    found = []
    for key in sorted(hidden, key=repr):
        low, high = (_furthest(order[key], sign, len(order), known) for sign in (1, -1))
        assert low - 1e-6 <= values[key] <= high + 1e-6
        if high - low < threshold - 1e-6:
            found.append((key, low, high))
    return found


def _furthest(rank: int, sign: int, size: int, known: Mapping[str, Any]) -> float:
    """The least value of an unknown, or the greatest for a negative sign."""
    aim = np.zeros(size)
    aim[rank] = sign
    found = linprog(aim, bounds=(0, None), method="highs", **known)
    assert found.status in (0, 3), found.message
    return float(sign * found.fun) if found.status == 0 else sign * -np.inf


def table(rng: random.Random) -> tuple[dict[Key, int], list[Line]]:
    """A table of one to three dimensions with all its totals: many zeros, many small counts, some large ones."""
    shape = [rng.randint(2, 6) for _ in range(rng.randint(1, 3))]
    shape = [min(size, 4) for size in shape] if len(shape) == 3 else shape
    drawn = {
        cell: rng.choice((0, rng.randint(1, 10), rng.randint(1, 10), rng.randint(11, 30), rng.randint(11, 900)))
        for cell in itertools.product(*map(range, shape))
    }
    values: dict[Key, int] = {}
    for place in itertools.product(*[[*range(size), "ensemble"] for size in shape]):
        inside = (cell for cell in drawn if all(at in ("ensemble", own) for at, own in zip(place, cell, strict=True)))
        values[place] = sum(drawn[cell] for cell in inside)
    lines = []
    for place, dimension in itertools.product(list(values), range(len(shape))):
        if place[dimension] == "ensemble":  # type: ignore[index]
            parts = ((*place[:dimension], value, *place[dimension + 1 :]) for value in range(shape[dimension]))  # type: ignore[index]
            lines.append({place: -1, **dict.fromkeys(parts, 1)})
    return values, lines
