"""What the list of metropoles shows of each: its places in the groups, its sources, what is known of it; as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from hub.db import db
from hub.models.demarche import is_component
from hub.models.metropole import Metropole, metropoles
from hub.models.run import Run, last_applied_runs
from hub.models.source import Source, sources
from hub.models.thing import EVERYTHING, counts_by_metropole
from hub.pages.format import number
from hub.pages.situation import AGENTS, ELUS, standings
from hub.pages.words import kind_label

KINDS = ("process", "commitment", "deliberation", "document", "observation", "contribution", "meeting", "stage")
REGISTER = ("name", "nature", "within", "population", "population_year", "population_source")
LISTS = {"process": "demarches.listing", "commitment": "engagements.listing", "document": "documents.listing"}
"""The kinds that have a list of their own, which a metropole narrows; the others are counted on the portrait."""
COLUMNS = (
    *("siren", "metropole", "name", "nature", "within", "population", "population_state", "population_year"),
    *("population_source", "agents", "agents_certainty", "elus", "elus_certainty", "membership_ids", "sources"),
    *("last_accepted_at", *(name for kind in KINDS for name in (kind, f"{kind}_state"))),
)


@dataclass(frozen=True)
class Line:
    """A metropole of the list: the one that contains it, its places in the groups, its sources and their last run."""

    metropole: Metropole
    container: Metropole | None
    places: list[dict[str, Any]]
    sources: list[tuple[Source, Run | None]]
    counts: Mapping[str, int]

    @property
    def agents(self) -> list[dict[str, Any]]:
        """Return its years in the agents' group, newest first."""
        return [one for one in self.places if one["group"] == AGENTS]

    @property
    def elus(self) -> list[dict[str, Any]]:
        """Return its presences at the meetings of elected officials."""
        return [one for one in self.places if one["group"] == ELUS]

    @property
    def last_accepted(self) -> str | None:
        """Return the instant of the last accepted data of its sources."""
        return max((run.closed_at for _, run in self.sources if run and run.closed_at), default=None)

    @property
    def known(self) -> list[dict[str, str]]:
        """Return how many things of each kind are known, in words, with the list that makes the number."""
        slug = self.metropole.slug
        return [
            {"words": count_words(kind, self.counts[kind]), "url": list_url(kind, slug)}
            for kind in KINDS
            if kind in self.counts
        ]

    @property
    def missing(self) -> list[str]:
        """Return the kinds of which nothing was transmitted, in words."""
        return [kind_label(kind, 2).lower() for kind in KINDS if kind not in self.counts]


def count_words(kind: str, count: int) -> str:
    """Return « 24 démarches »."""
    return f"{number(count)} {kind_label(kind, count).lower()}"


def list_url(kind: str, slug: str) -> str:
    """Return the list of these things of a metropole, or the place of its portrait that shows them."""
    if kind in LISTS:
        return url_for(LISTS[kind], metropole=slug)
    return url_for("metropoles.metropole", slug=slug, _anchor=kind)


def lines(chosen: Iterable[Metropole] | None = None) -> list[Line]:
    """Return the metropoles in alphabetical order (or `chosen` alone) with what is known of each."""
    every = db.session.scalars(metropoles()).all()
    named = {one.siren: one for one in every}
    places, fed, counts = standings(), _sources(), _counts()
    return [
        Line(
            one,
            named.get(one.within or ""),
            places.get(one.siren, []),
            fed.get(one.siren, []),
            counts.get(one.slug, {}),
        )
        for one in (every if chosen is None else chosen)
    ]


def rows(found: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """Yield the metropoles as rows of `COLUMNS`; a kind of which nothing was transmitted has a state and no number."""
    for line in found:
        one = line.metropole
        row: dict[str, Any] = {"siren": one.siren, "metropole": one.slug, "population_state": "observe"}
        row |= {name: getattr(one, name) for name in REGISTER if getattr(one, name) is not None}
        row |= {"agents": [place["year"] for place in line.agents], "elus": [place["status"] for place in line.elus]}
        row |= {"agents_certainty": _certainties(line.agents), "elus_certainty": _certainties(line.elus)}
        row |= {"membership_ids": [place["id"] for place in line.places]}
        row |= {"sources": [source.slug for source, _ in line.sources]}
        row |= {"last_accepted_at": line.last_accepted} if line.last_accepted else {}
        row |= {f"{kind}_state": "estime" if kind in line.counts else "non_transmis" for kind in KINDS}
        yield row | dict(line.counts)


def _certainties(places: Iterable[Mapping[str, Any]]) -> list[str]:
    return [place["certainty"] for place in places]


def _sources() -> dict[str, list[tuple[Source, Run | None]]]:
    runs = {run.source_id: run for run in db.session.scalars(last_applied_runs())}
    found: dict[str, list[tuple[Source, Run | None]]] = {}
    for source, _ in db.session.execute(sources()):
        if source.siren is not None:
            found.setdefault(source.siren, []).append((source, runs.get(source.id)))
    return found


def _counts() -> dict[str, dict[str, int]]:
    """How many things of each kind each metropole has; of none, no entry; a component of a démarche is not counted."""
    found: dict[str, dict[str, int]] = {}
    for kind in KINDS:
        for slug, count in db.session.execute(counts_by_metropole(kind, EVERYTHING)):
            found.setdefault(slug, {})[kind] = count
    for slug, count in db.session.execute(counts_by_metropole("process", EVERYTHING).where(is_component())):
        found[slug]["process"] -= count
    return found
