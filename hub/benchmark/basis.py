"""What measures of a metropole rest on beside their cases, as the fold reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.benchmark.coverage import Coverage


@dataclass(frozen=True)
class Ground:
    """What measures of a metropole rest on beside cases: people, communes, statements, validated years, problems.

    `last_run` is the last that was applied, even one that brought nothing new: data are as old as it is. `perimeters`
    are those its sources declare: all that they say is read anew when one changes. `broken`: the years whose figures
    break a rule of importance « forte ». `held`: the kinds of pieces of which something was received.
    """

    siren: str
    population: int
    communes: frozenset[str]
    statements: Sequence[Coverage] = ()
    validated: frozenset[str] = frozenset()
    troubled: frozenset[str] = frozenset()
    last_run: int = 0
    perimeters: str = ""
    broken: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
