"""Queries of a démarche: its family, its steps, the figures said of it, what its commitments cite."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from hub.models.derived import Link, Term
from hub.models.facet import Facet, FacetVersion
from hub.models.thing import EVERYTHING, Filter, Names, Reading, Thing, conditions, is_one, names_of, things_of

PARENT = "parent_id"
"""The link of a component to the démarche it is a part of: a component is not counted (`schema.md` §5)."""


def by_family(query: Reading) -> Reading:
    """Order démarches by title, each followed by its components."""
    parent = aliased(Facet)
    upwards = and_(Link.hub_id == Facet.hub_id, Link.field == PARENT)
    above = and_(
        parent.lead,
        parent.kind == Facet.kind,
        parent.source_id == Link.source_id,
        parent.remote_id == Link.target_id,
    )
    return (
        query.outerjoin(Link, upwards)
        .outerjoin(parent, above)
        .order_by(
            func.coalesce(parent.sort_key, Facet.sort_key),
            func.coalesce(parent.hub_id, Facet.hub_id),
            parent.hub_id.is_not(None),
            Facet.sort_key,
            Facet.hub_id,
        )
    )


def is_component() -> ColumnElement[bool]:
    """What a démarche is when it is a part of another one; one that names itself is not."""
    other = Link.target_id != Facet.remote_id
    return exists().where(Link.hub_id == Facet.hub_id, Link.field == PARENT, other).correlate(Facet)


def years_of(narrowed: Filter) -> Select[str, str | None, str | None]:
    """The first and the last year that each démarche and its steps are known to touch, newest first, undated last."""
    newest = func.max(Term.value)
    return (
        select(Facet.hub_id, func.min(Term.value), newest)
        .outerjoin(Term, and_(Term.hub_id == Facet.hub_id, Term.field == "year"))
        .where(*conditions("process", narrowed))
        .group_by(Facet.hub_id, Facet.sort_key)
        .order_by(newest.is_(None), newest.desc(), Facet.sort_key, Facet.hub_id)
    )


def number_of_components(narrowed: Filter) -> Select[int]:
    """How many of the démarches that pass the filter are components of another one."""
    return select(func.count()).select_from(Facet).where(*conditions("process", narrowed), is_component())


def parts_of(process: Thing, kind: str) -> Reading:
    """The things of a kind that name this démarche as theirs, in the order of their document."""
    return things_of(kind, _of(process)).order_by(Facet.id)


def contributions_to(process: Thing) -> Select[str, str, str]:
    """The identifier, the remote_id and the canonical JSON of each contribution, in the order of their document."""
    said = select(Facet.hub_id, Facet.remote_id, FacetVersion.data)
    of_process = said.join(FacetVersion, FacetVersion.id == Facet.reading_id)
    return of_process.where(*conditions("contribution", _of(process))).order_by(Facet.id)


def steps_of(processes: Iterable[Thing]) -> Select[int, str | None, str]:
    """The source, the démarche and the canonical JSON of the steps of several, in the order of their documents."""
    found: dict[int, list[str]] = {}
    for process in processes:
        found.setdefault(process.source.id, []).append(process.remote_id)
    theirs = [and_(Facet.source_id == source, Facet.process_id.in_(names)) for source, names in found.items()]
    said = select(Facet.source_id, Facet.process_id, FacetVersion.data)
    steps = said.join(FacetVersion, FacetVersion.id == Facet.reading_id).where(*conditions("stage", EVERYTHING))
    return steps.where(or_(False, *theirs)).order_by(Facet.id)


def stages_of(codes: Iterable[str], narrowed: Filter = EVERYTHING) -> Reading:
    """The steps of these codes (list « etape »), in the order of their documents."""
    return things_of("stage", narrowed).where(_bears("stage", codes)).order_by(Facet.id)


def suggestions_of(processes: Names) -> Reading:
    """The recommendations that avis of these démarches make, in the order of their documents."""
    mine = things_of("contribution", Filter(process=processes))
    return mine.where(_bears("type", ["recommandation"])).order_by(Facet.id)


def called_by(processes: Collection[Thing]) -> Reading:
    """The démarches these ones are components of."""
    named = [and_(Facet.source_id == one.source.id, Facet.remote_id == one.data[PARENT]) for one in processes]
    return things_of("process").where(or_(False, *named))


def components_of(processes: Iterable[Thing]) -> Reading:
    """The components of several démarches, in the order of their titles."""
    found: dict[int, list[str]] = {}
    for process in processes:
        found.setdefault(process.source.id, []).append(process.remote_id)
    above = (Link.field == PARENT, Link.target_kind == "process")
    theirs = [and_(Link.source_id == source, *above, Link.target_id.in_(names)) for source, names in found.items()]
    inside = Facet.hub_id.in_(select(Link.hub_id).where(or_(False, *theirs)))
    return things_of("process").where(inside).order_by(Facet.sort_key, Facet.hub_id)


def figures_of(process: Thing) -> Reading:
    """The figures said of a démarche, of its steps and of its contributions, in the order of their documents."""
    part, names = aliased(Facet), names_of(process)
    of_a_part = (
        select(Link.hub_id)
        .join(part, and_(part.kind == Link.target_kind, part.remote_id == Link.target_id))
        .where(Link.field == "subject", Link.source_id == part.source_id)
        .where(is_one(names, part.source_id, part.process_id))
    )
    mine = or_(is_one(names, Facet.source_id, Facet.process_id), Facet.hub_id.in_(of_a_part))
    return things_of("observation").where(Facet.source_id.in_(_sources(names)), mine).order_by(Facet.id)


def deliberations_of(process: Thing) -> Reading:
    """The deliberations that the commitments of a démarche cite, in the order of their documents."""
    commitment, names = aliased(Facet), names_of(process)
    of_process = is_one(names, commitment.source_id, commitment.process_id)
    cited = (
        select(Link.target_id)
        .join(commitment, commitment.hub_id == Link.hub_id)
        .where(Link.field == "deliberation_ids", of_process, commitment.presence != "gone")
    )
    theirs = (
        and_(Facet.source_id == source, Facet.remote_id.in_(cited.where(Link.source_id == source)))
        for source in _sources(names)
    )
    return things_of("deliberation").where(or_(*theirs)).order_by(Facet.id)


def _bears(field: str, codes: Iterable[str]) -> ColumnElement[bool]:
    """Whether a record says one of these codes: its canonical JSON holds the words, which no text in it can."""
    said = (FacetVersion.data.contains(f'"{field}":"{code}"', autoescape=True) for code in codes)
    return or_(False, *said)


def _of(process: Thing) -> Filter:
    return Filter(process=names_of(process))


def _sources(names: Names) -> list[int]:
    return list(dict.fromkeys(source for source, _ in names))
