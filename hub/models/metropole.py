"""Metropoles: the 22 métropoles and Plaine Commune, known by SIREN."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, Base


class Metropole(Base):
    """A member territory. `within` names the metropole that contains it (Plaine Commune lies inside Grand Paris).

    `main_commune_share` is the part of the population, between 0 and 1, that lives in its largest commune; it has the
    source and the year of the population. None until the register was read again since they have columns.
    """

    __tablename__ = "metropole"

    siren: Mapped[str] = mapped_column(KEY, primary_key=True)
    slug: Mapped[str] = mapped_column(KEY, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(KEY)
    nature: Mapped[str] = mapped_column(KEY)
    population: Mapped[int] = mapped_column(Integer)
    population_year: Mapped[int] = mapped_column(Integer)
    population_source: Mapped[str] = mapped_column(String(500))
    communes: Mapped[list[str]] = mapped_column(JSON)
    main_commune: Mapped[str | None] = mapped_column(String(200))
    main_commune_share: Mapped[float | None] = mapped_column(Float)
    regions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    within: Mapped[str | None] = mapped_column(KEY, ForeignKey("metropole.siren"))


def metropoles() -> Select[Metropole]:
    """Every metropole, in French alphabetical order of short names."""
    return select(Metropole).order_by(Metropole.sort_key)


def metropole_called(name: str) -> Select[Metropole]:
    """The metropole whose slug or SIREN is `name`."""
    return select(Metropole).where((Metropole.slug == name) | (Metropole.siren == name))


def disjoint(chosen: Iterable[Metropole]) -> list[Metropole]:
    """Return `chosen` without the territories nested in another chosen one: only these may be summed (B6)."""
    every = list(chosen)
    sirens: Collection[str] = {metropole.siren for metropole in every}
    return [metropole for metropole in every if metropole.within not in sirens]
