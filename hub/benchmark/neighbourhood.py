"""The metropoles that one may be compared with: its neighbours by what the register says of the territories (§7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.benchmark.neighbours import IN_FORCE, Neighbour, kept, ranked
from hub.db import db
from hub.models.metropole import Metropole, metropoles

DISTANCE, POPULATION, NUMBER = "distance", "population", "nombre"
"""Why a metropole is not among the neighbours: too far, of another size, or five are nearer."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What describes a territory: its label and unit, where it is read, whether its logarithm is compared."""

    key: str
    label: str
    unit: str
    read: Callable[[Metropole], float | None]
    logarithm: bool

    def compared(self, metropole: Metropole) -> float | None:
        """Return what enters the distance; None when the register does not say it."""
        value = self.read(metropole)
        return math.log(value) if value and self.logarithm else value


VARIABLES = (
    Variable("population", "population municipale", "habitants", lambda one: one.population, True),
    Variable("communes", "nombre de communes", "communes", lambda one: len(one.communes), True),
    Variable(
        "main_commune_share", "part de la commune la plus peuplée", "%", lambda one: one.main_commune_share, False
    ),
)
"""Never a result of participation. Sizes are compared as ratios: twice as many weighs the same at every size."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A territory, the metropoles by SIREN, all others from the nearest to the farthest, and those kept."""

    metropole: Metropole
    named: Mapping[str, Metropole]
    ranked: Sequence[Neighbour]
    kept: Sequence[Neighbour]

    @property
    def nearest(self) -> list[Metropole]:
        """Return the neighbours, the nearest first."""
        return [self.named[one.siren] for one in self.kept]

    def reason(self, other: Neighbour) -> str | None:
        """Return why another metropole is not a neighbour: DISTANCE, POPULATION or NUMBER; None when it is."""
        if other in self.kept:
            return None
        if other.distance > IN_FORCE.furthest:
            return DISTANCE
        return POPULATION if other.ratio > IN_FORCE.ratio else NUMBER


def neighbourhood(slug: str) -> Neighbourhood:
    """Return where the territory of this slug stands among the metropoles, in one query. Raises KeyError.

    One that lies inside another is placed on the scale of the metropoles; it is nobody's neighbour, and what contains
    it is not its own: their numbers never stand side by side.
    """
    every = db.session.scalars(metropoles()).all()
    mine = {one.slug: one for one in every}[slug]
    whole = [one.siren for one in every if one.within is None]
    territories = {one.siren: described(one) for one in every}
    populations = {one.siren: one.population for one in every}
    found = [one for one in ranked(mine.siren, territories, populations, whole) if one.siren != mine.within]
    return Neighbourhood(mine, {one.siren: one for one in every}, found, kept(found))


def described(metropole: Metropole) -> dict[str, float]:
    """Return what enters the distance, by variable; what the register does not say is left out."""
    found = {variable.key: variable.compared(metropole) for variable in VARIABLES}
    return {key: value for key, value in found.items() if value is not None}
