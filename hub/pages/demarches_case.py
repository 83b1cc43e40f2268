"""A démarche with all that its page tells: its family, its steps, its figures, its papers, its commitments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hub.benchmark.stated import Gap, gaps
from hub.db import db
from hub.errors import UnknownThing
from hub.models import Facet
from hub.models.demarche import PARENT, called_by, deliberations_of, figures_of, parts_of
from hub.models.network import network
from hub.models.thing import Filter, Thing, called, citing, counts_by_state, counts_by_term, linked, names_of, read
from hub.pages.demarches_contributions import Contributions, contributions_of
from hub.pages.format import number, plural
from hub.pages.words import APART
from schemas.labels import codes

FIRST_COMPARED = ("engagements", "engagements_interpellations", "statuts", "parts")
"""The comparisons shown at once: totals and statuses; the others unfold."""
COMPARED = ("engagements", "deliberations")
"""The metrics of which what documents state is compared with what the hub counts."""


@dataclass(frozen=True)
class Case:
    """One démarche and what stands around it, read once; each list in the order of its document."""

    process: Thing
    parent: Thing | None
    components: list[Thing]
    steps: list[Thing]
    contributions: Contributions
    figures: list[Thing]
    meetings: list[Thing]
    papers: list[Thing]
    deliberations: list[Thing]
    passages: list[dict[str, Any]]
    statuses: Mapping[str, int]
    levels: Mapping[str, int]
    gaps: list[Gap]

    @property
    def data(self) -> dict[str, Any]:
        """Return what is said of the démarche."""
        return self.process.data

    @property
    def commitments(self) -> int:
        """Return how many commitments name this démarche as their origin."""
        return sum(self.statuses.values())

    @property
    def apart(self) -> list[str]:
        """Return what its commitments hold beside those of the metropole: « 2 interpellations d'autres… »."""
        apart = ((count, APART[level]) for level, count in self.levels.items() if level in APART)
        return [f"{number(count)} {plural(count, *words)}" for count, words in apart]

    @property
    def compared(self) -> tuple[list[Gap], list[Gap]]:
        """Return the comparisons shown at once, and the others, « une centaine d'actions » among them."""
        at_once = [
            gap for gap in self.gaps if gap.comparison.key in FIRST_COMPARED and (gap.exact or gap.comparison.about)
        ]
        return at_once, [gap for gap in self.gaps if gap not in at_once]

    @cached_property
    def documents(self) -> dict[str, Thing]:
        """Return every document that the démarche, its steps and its contributions name, by remote_id."""
        return {paper.remote_id: paper for paper in self.papers}

    @cached_property
    def shown_figures(self) -> list[Thing]:
        """Return the figures that stand in the table of figures: votes and compared statements stand elsewhere."""
        compared = {said.thing.id for gap in self.gaps for said in gap.statements}
        return [each for each in self.figures if each.id not in compared and not is_vote(each)]

    @cached_property
    def votes(self) -> dict[str, Thing]:
        """Return the votes stated of each contribution, by its remote_id."""
        return {each.data["subject"]["remote_id"]: each for each in self.figures if is_vote(each)}


def case_of(hub_id: str) -> Case:
    """Read a démarche and what stands around it. Raises UnknownThing."""
    found = read(called("process", hub_id))
    if not found:
        raise UnknownThing(f"Aucune démarche ne porte l'identifiant « {hub_id} ».")
    process = found[0]
    steps, contributions = read(parts_of(process, "stage")), contributions_of(process)
    mine = Filter(process=names_of(process))
    return Case(
        process=process,
        parent=next(iter(read(called_by([process]))), None) if process.data.get(PARENT) else None,
        components=read(citing(process, "process", PARENT).order_by(Facet.sort_key, Facet.hub_id)),
        steps=steps,
        contributions=contributions,
        figures=read(figures_of(process)),
        meetings=read(citing(process, "meeting", "process_ids").order_by(Facet.year_from, Facet.id)),
        papers=_papers(process, steps, contributions),
        deliberations=read(deliberations_of(process)),
        passages=_passages(process, contributions),
        statuses=_counts(counts_by_state("commitment", mine), codes("statut_engagement")),
        levels=_counts(counts_by_term("commitment", mine, "level"), codes("portee_engagement")),
        gaps=_gaps(process),
    )


def is_vote(figure: Thing) -> bool:
    """Tell whether a figure is the votes of one contribution."""
    return bool(figure.data["metric"] == "votes" and figure.data["subject"]["kind"] == "contribution")


def _papers(process: Thing, steps: Iterable[Thing], contributions: Contributions) -> list[Thing]:
    """Return the documents about the démarche, then those attached to its parts."""
    about = read(parts_of(process, "document"))
    named = {name for step in steps for name in step.data.get("document_ids", ())} | {*contributions.papers}
    attached = read(linked(process.source, "document", named)) if named else []
    return list({paper.id: paper for paper in [*about, *attached]}.values())


def _passages(process: Thing, contributions: Contributions) -> list[dict[str, Any]]:
    """Return the passages that speak of a démarche of the network: only the network's documents are cut in passages."""
    if process.source.siren is not None:
        return []
    mine = {("process", process.remote_id), *(("contribution", name) for name in contributions.titles)}
    return [one for one in network("passage") if (one["subject"]["kind"], one["subject"]["remote_id"]) in mine]


def _counts(query: Any, order: Sequence[str]) -> dict[str, int]:
    found = {row[0]: row[1] for row in db.session.execute(query) if row[0]}
    return {code: found[code] for code in order if code in found}


def _gaps(process: Thing) -> list[Gap]:
    where = (process.metropole.slug,) if process.metropole else ()
    return [gap for gap in gaps(where, COMPARED) if gap.process and gap.process.id == process.id]
