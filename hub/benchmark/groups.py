"""Whom a metropole is compared with: those like it, of its platform, of its region, of its choice, or all (B21)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from hub.benchmark.neighbourhood import neighbourhood
from hub.db import db
from hub.models.metropole import Metropole
from hub.models.source import Source

NEAR, PLATFORM, REGION, ALL, CHOSEN = "proches", "plateforme", "region", "toutes", "groupe"
GROUPS = (NEAR, PLATFORM, REGION, ALL, CHOSEN)
OF_ONE = (NEAR, PLATFORM, REGION)
"""The groups that are those of a metropole, which has to be named."""
PLATFORMS = ("cap_collectif", "consul", "decidim", "go_vocal")
"""The connectors that read a participation platform; the others read files, feeds and catalogues."""
TOLD = ("accepted", "paused", "pending")
"""The states of a source from which the platform of a metropole is known."""


def group_of(code: str, mine: Metropole, every: Sequence[Metropole]) -> list[Metropole]:
    """Return the metropoles of one of `OF_ONE`, in the order of `every`, `mine` among them, possibly alone.

    Raises KeyError for another code.
    """
    sirens = {NEAR: _near, PLATFORM: _platform, REGION: _region}[code](mine, every)
    return [one for one in every if one.siren in sirens or one is mine]


def by_nearness(mine: Metropole, chosen: Sequence[Metropole]) -> list[Metropole]:
    """Return `chosen`, `mine` first, then from the nearest to the farthest; those without a distance come last."""
    places = {one.siren: place for place, one in enumerate(neighbourhood(mine.slug).ranked)}
    return sorted(chosen, key=lambda one: -1 if one.siren == mine.siren else places.get(one.siren, len(places)))


def _near(mine: Metropole, _every: Sequence[Metropole]) -> Collection[str]:
    return {one.siren for one in neighbourhood(mine.slug).nearest}


def _platform(mine: Metropole, _every: Sequence[Metropole]) -> Collection[str]:
    query = select(Source.siren, Source.connector).where(Source.connector.in_(PLATFORMS), Source.state.in_(TOLD))
    rows = db.session.execute(query).all()
    own = {row[1] for row in rows if row[0] == mine.siren}
    return {row[0] for row in rows if row[0] and row[1] in own}


def _region(mine: Metropole, every: Sequence[Metropole]) -> Collection[str]:
    own = {region["code"] for region in mine.regions}
    return {one.siren for one in every if own & {region["code"] for region in one.regions}}
