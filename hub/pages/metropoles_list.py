"""What the list of metropoles shows of each: its places in the groups, its sources, what is known of it; as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from hub.db import db
from hub.models.history import last_applied
from hub.models.metropole import Metropole, metropoles
from hub.models.run import Run
from hub.models.source import Source, published_sources
from hub.pages.format import listing, number
from hub.pages.situation import AGENTS, ELUS, standings
from hub.pages.tally import OWN_LEVEL, PARTS, Tally, part_words, tallies
from hub.pages.words import kind_label

KINDS = ("process", "commitment", "deliberation", "document", "observation", "contribution", "meeting", "stage")
REGISTER = ("name", "nature", "within", "population", "population_year", "population_source")
LISTS = {"process": "demarches.listing", "document": "documents.listing"}
"""The kinds that have a list of their own, which a metropole narrows."""
ONE_BY_ONE = ("observation", "contribution", "meeting", "stage")
"""The kinds that no page lists: the API does."""
BESIDE = tuple(f"{kind}_{part}" for kind in KINDS for part in PARTS.get(kind, ()))
"""The columns of what is counted apart from its kind."""
Known = dict[str, str]
COLUMNS = (
    *("siren", "metropole", "name", "nature", "within", "population", "population_state", "population_year"),
    *("population_source", "agents", "agents_certainty", "elus", "elus_certainty", "membership_ids", "sources"),
    *("last_accepted_at", *(name for count in (*KINDS, *BESIDE) for name in (count, f"{count}_state"))),
)


@dataclass(frozen=True)
class Line:
    """A metropole of the list: the one that contains it, its places in the groups, its sources and their last run."""

    metropole: Metropole
    container: Metropole | None
    places: list[dict[str, Any]]
    sources: list[tuple[Source, Run | None]]
    tallies: Mapping[str, Tally]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many things of each kind are known, then what stands apart; no entry for none."""
        found = {kind: tally.own for kind, tally in self.tallies.items() if tally.own}
        return found | {
            f"{kind}_{part}": count for kind, tally in self.tallies.items() for part, count in tally.apart.items()
        }

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
    def known(self) -> list[Known]:
        """Return how many things of each kind are known, in words, with the list that makes the number."""
        slug = self.metropole.slug
        return [one for kind in KINDS if kind in self.tallies for one in known_of(kind, self.tallies[kind], slug)]

    @property
    def missing(self) -> list[str]:
        """Return the kinds of which nothing was transmitted, in words."""
        return [kind_label(kind, 2).lower() for kind in KINDS if kind not in self.tallies]


def count_words(kind: str, count: int) -> str:
    """Return « 24 démarches »."""
    return f"{number(count)} {kind_label(kind, count).lower()}"


def known_of(kind: str, tally: Tally, slug: str) -> list[Known]:
    """Return what is known of a kind, in words, each count with the address that shows these things and no other."""
    if kind == "commitment":
        return _promises(tally, slug)
    own = [count_words(kind, tally.own)] if tally.own else []
    apart = [part_words(kind, part, count) for part, count in tally.apart.items()]
    if kind == "process" and own and apart:
        apart = [f"leurs {listing(apart)}"]
    return [{"words": listing([*own, *apart]), **_shown(kind, slug)}]


def _promises(tally: Tally, slug: str) -> list[Known]:
    """The commitments of the metropole, then each of the sets that stand apart: the list narrows to each."""
    counts = {OWN_LEVEL: f"{count_words('commitment', tally.own)} de la métropole"} if tally.own else {}
    counts |= {level: part_words("commitment", level, count) for level, count in tally.apart.items()}
    return [
        {"words": words, "url": url_for("engagements.listing", metropole=slug, portee=level)}
        for level, words in counts.items()
    ]


def _shown(kind: str, slug: str) -> Known:
    """Where these things of a metropole are shown, none other; `form` when that is no page."""
    if kind in LISTS:
        return {"url": url_for(LISTS[kind], metropole=slug)}
    if kind in ONE_BY_ONE:
        return {"url": url_for("api.things", plural=f"{kind}s", metropole=slug), "form": "JSON"}
    return {"url": url_for("metropoles.metropole", slug=slug, _anchor=kind)}


def lines(chosen: Iterable[Metropole] | None = None) -> list[Line]:
    """Return the metropoles in alphabetical order (or `chosen` alone) with what is known of each."""
    every = db.session.scalars(metropoles()).all()
    named = {one.siren: one for one in every}
    places, fed, counts = standings(), _sources(), _tallies()
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
        counts = line.counts
        row |= {f"{count}_state": "estime" if count in counts else "non_transmis" for count in (*KINDS, *BESIDE)}
        yield row | counts


def _certainties(places: Iterable[Mapping[str, Any]]) -> list[str]:
    return [place["certainty"] for place in places]


def _sources() -> dict[str, list[tuple[Source, Run | None]]]:
    runs = {run.source_id: run for run in db.session.scalars(last_applied())}
    found: dict[str, list[tuple[Source, Run | None]]] = {}
    for source, _ in db.session.execute(published_sources()):
        if source.siren is not None:
            found.setdefault(source.siren, []).append((source, runs.get(source.id)))
    return found


def _tallies() -> dict[str, dict[str, Tally]]:
    """How many things of each kind each metropole has, and what stands apart; of none, no entry."""
    found: dict[str, dict[str, Tally]] = {}
    for kind in KINDS:
        for slug, tally in tallies(kind).items():
            found.setdefault(slug, {})[kind] = tally
    return found
