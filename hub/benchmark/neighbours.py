"""Which territories are alike: a distance over what describes them, never over their results (`benchmark.md` §7)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Variables = Mapping[str, Mapping[str, float]]
"""What describes each territory: by SIREN, then by variable; a variable that is not known is left out."""
CLOSE = 0.5
"""Up to half a standard deviation apart (a middling gap in Cohen's scale, 1988), a variable brings two closer."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """How far, how unequal, how many, and over how many variables at least."""

    furthest: float = 1.0
    ratio: float = 2.5
    most: int = 5
    shared: int = 3


IN_FORCE = Closeness()
"""What the hub applies (`benchmark.md` §7)."""


class Scale(NamedTuple):
    """The mean of a variable over the metropoles and its population standard deviation."""

    mean: float
    deviation: float


class Gap(NamedTuple):
    """One variable of two territories: what the other has more, in standard deviations."""

    variable: str
    deviations: float

    @property
    def close(self) -> bool:
        """Tell whether it brings the two closer."""
        return abs(self.deviations) <= CLOSE


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another territory seen from one: its distance, the larger population over the smaller, what separates them."""

    siren: str
    distance: float
    ratio: float
    gaps: tuple[Gap, ...]

    @property
    def closer(self) -> tuple[Gap, ...]:
        """Return the variables that bring closer, the closest first."""
        return tuple(gap for gap in self.gaps if gap.close)

    @property
    def apart(self) -> tuple[Gap, ...]:
        """Return the variables that separate, the widest gap first."""
        return tuple(gap for gap in reversed(self.gaps) if not gap.close)


def scales(territories: Variables, reference: Collection[str]) -> dict[str, Scale]:
    """Return the scale of each variable over `reference`: the metropoles, without the territories inside another.

    A variable that is the same everywhere tells nobody apart: it has no scale.
    """
    known: dict[str, list[float]] = {}
    for siren in reference:
        for variable, value in territories[siren].items():
            known.setdefault(variable, []).append(value)
    found = {variable: Scale(statistics.fmean(values), statistics.pstdev(values)) for variable, values in known.items()}
    return {variable: scale for variable, scale in found.items() if scale.deviation > 0}


def gaps(first: Mapping[str, float], second: Mapping[str, float], scaled: Mapping[str, Scale]) -> tuple[Gap, ...]:
    """Return what separates two territories, over the variables that both have, the narrowest gap first."""
    shared = (variable for variable in scaled if variable in first and variable in second)
    found = [Gap(variable, (second[variable] - first[variable]) / scaled[variable].deviation) for variable in shared]
    return tuple(sorted(found, key=lambda gap: (abs(gap.deviations), gap.variable)))


def distance(found: Collection[Gap]) -> float:
    """Return the root of the mean square of gaps, in standard deviations. Raises ValueError when nothing is shared."""
    if not found:
        raise ValueError("no shared variable, no distance")
    return math.sqrt(statistics.fmean(gap.deviations**2 for gap in found))


def ranked(
    siren: str,
    territories: Variables,
    populations: Mapping[str, int],
    reference: Collection[str],
    closeness: Closeness = IN_FORCE,
) -> list[Neighbour]:
    """Return every metropole of `reference` but `siren`, the nearest first.

    Those that share too few variables are left out. `siren` may be outside `reference`: it is then placed on the scale
    of the others.
    """
    scaled = scales(territories, reference)
    found = []
    for other in sorted(set(reference) - {siren}):
        separating = gaps(territories[siren], territories[other], scaled)
        if len(separating) >= max(closeness.shared, 1):
            few, many = sorted((populations[siren], populations[other]))
            found.append(Neighbour(other, distance(separating), many / few, separating))
    return sorted(found, key=lambda neighbour: (neighbour.distance, neighbour.siren))


def kept(found: Collection[Neighbour], closeness: Closeness = IN_FORCE) -> list[Neighbour]:
    """Return those of a ranked list that are near enough and of a comparable size; possibly none."""
    near = [one for one in found if one.distance <= closeness.furthest and one.ratio <= closeness.ratio]
    return near[: closeness.most]
