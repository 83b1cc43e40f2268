"""Reading things: the lead facet of each, its reading in force, and where that comes from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, defer

from hub.db import db
from hub.models.audience import readable
from hub.models.derived import Link, Term
from hub.models.facet import Facet, FacetVersion
from hub.models.hidden import COUNTED, Fields, hidden_in, text_of, without
from hub.models.metropole import Metropole
from hub.models.run import Run
from hub.models.source import Source

RESEAU = "reseau"
"""The name under which the network itself stands among metropoles."""


Names = tuple[tuple[int, str], ...]
"""What a thing is called: the id of a source, and its remote_id there."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing as the hub reads it now. `text` is the canonical JSON of `data`; no `metropole`: the network's."""

    data: dict[str, Any]
    text: str
    id: str
    kind: str
    remote_id: str
    presence: str
    not_seen_since: str | None
    gone_on: str | None
    gone_reason: str | None
    metropole: Metropole | None
    source: Source
    run: Run
    writer: str
    raw: str | None
    pointer: str | None

    @property
    def title(self) -> str:
        """Return the thing's title, or what names a figure."""
        return str(self.data.get("title") or self.data.get("metric") or self.remote_id)


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to: any of the values of each field; an empty field narrows nothing.

    `metropoles` are slugs, SIRENs, or RESEAU for the network's own things; `process` are the names of a
    démarche (`names_of`); `terms` are (field, values) pairs.
    """

    metropoles: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    year: int | None = None
    presence: str | None = None
    process: Names = ()
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()


EVERYTHING = Filter()
Reading = Select[*tuple[Any, ...]]
"""A query of things: the columns of `_joined`, which are the fields of a `Thing` after its `data`, in their order."""
UNREAD = tuple(
    defer(column)
    for column in (
        *(Run.counts, Run.profile, Run.verdicts),
        *(Source.options, Source.contacts, Source.thresholds, Source.profile, Source.bypass),
        *(Metropole.communes, Metropole.regions),
    )
)
"""What few pages look at, long to decode: read only when looked at, not again for each thing of a list."""


def visible() -> ColumnElement[bool]:
    """What the present reader may see: what is public, or was to be by now; beside it, what is theirs to read.

    « pairs » is seen by members, and by all from its date; « public » with a date to come, and drafts, by the
    metropole that they come from (`benchmark.md` §2, `compliance.md` C44).
    """
    return readable(Facet.diffusion, Facet.public_on, Facet.siren)


def things_of(kind: str, narrowed: Filter = EVERYTHING) -> Reading:
    """The public things of a kind that pass the filter, with all that `read` needs; not ordered."""
    return _joined().where(*conditions(kind, narrowed))


def _joined(name: type[Facet] = Facet) -> Reading:
    """Columns rather than facets: a list is read to be shown, and keeping watch over its objects costs more."""
    return (
        select(
            *(FacetVersion.data, Facet.hub_id, Facet.kind, name.remote_id),
            *(Facet.presence, Facet.not_seen_since, Facet.gone_on, Facet.gone_reason),
            *(Metropole, Source, Run, Facet.writer, FacetVersion.raw_sha256, FacetVersion.raw_pointer),
        )
        .select_from(Facet)
        .join(FacetVersion, FacetVersion.id == Facet.reading_id)
        .join(Run, Run.id == FacetVersion.run_id)
        .join(Source, Source.id == Facet.source_id)
        .outerjoin(Metropole, Metropole.siren == Facet.siren)
    )


def number_of(kind: str, narrowed: Filter = EVERYTHING) -> Select[int]:
    """How many public things of a kind pass the filter."""
    return select(func.count()).select_from(Facet).where(*conditions(kind, narrowed))


def conditions(kind: str, narrowed: Filter) -> list[SQLColumnExpression[bool]]:
    """The conditions a filter puts on facets, on its columns or through EXISTS: a count needs no join."""
    of_kind = Facet.kind == kind
    found: list[SQLColumnExpression[bool]] = [Facet.lead, visible()]
    if narrowed.process:
        found.append(is_one(narrowed.process, Facet.source_id, Facet.process_id, of_kind))
    else:
        found.append(of_kind)
    if narrowed.metropoles:
        found.append(_of_metropoles(narrowed.metropoles))
    if narrowed.sources:
        chosen = select(Source.id).where(Source.slug.in_(narrowed.sources))
        # SQLite takes an index by source for an equality, and reads all that is of the kind for a list of one
        one = Facet.source_id == chosen.scalar_subquery()
        found.append(one if len(narrowed.sources) == 1 else Facet.source_id.in_(chosen))
    if narrowed.states:
        found.append(Facet.state.in_(narrowed.states))
    if narrowed.year is not None:
        found += [Facet.year_from <= narrowed.year, Facet.year_to >= narrowed.year]
    found.append(Facet.presence != "gone" if narrowed.presence is None else Facet.presence == narrowed.presence)
    for field, values in narrowed.terms:
        # its own Term: a count by another term reads that table too
        its = exists().where(Term.hub_id == Facet.hub_id, Term.field == field, Term.value.in_(values))
        found.append(its.correlate(Facet))
    return found


def _of_metropoles(names: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that things are of these metropoles: for one, an equality, which an index is read by.

    So is what is the network's alone: beside a list of metropoles, even an empty one, all of the kind would be read.
    """
    if names == (RESEAU,):
        return Facet.siren.is_(None)
    chosen = select(Metropole.siren).where(Metropole.slug.in_(names) | Metropole.siren.in_(names))
    if RESEAU in names:
        return or_(Facet.siren.in_(chosen), Facet.siren.is_(None))
    return Facet.siren == chosen.scalar_subquery() if len(names) == 1 else Facet.siren.in_(chosen)


def read(query: Reading) -> list[Thing]:
    """Run a query made by `things_of` and return its things in its order."""
    rows: Sequence[Sequence[Any]] = db.session.execute(query.options(*UNREAD)).all()
    secret = hidden_in(row[1] for row in rows if row[2] in COUNTED)
    return [_thing(row, secret.get(row[1])) for row in rows]


def _thing(row: Sequence[Any], fields: Fields | None) -> Thing:
    """Return a thing as the present reader sees it: without its hidden counts, nor the payload they stand in."""
    thing = Thing(orjson.loads(row[0]), *row)
    if not fields:
        return thing
    data = without(thing.data, fields)
    return replace(thing, data=data, text=text_of(data), raw=None)


def called(kind: str, hub_id: str) -> Reading:
    """The thing of this identifier, gone or not: an address never dies, that of a thing joined to another included."""
    borne = aliased(Facet)
    moved = select(borne.hub_id).where(borne.key == hub_id, borne.hub_id != borne.key).limit(1).scalar_subquery()
    standing = Facet.hub_id == func.coalesce(moved, hub_id)
    return _joined().where(Facet.kind == kind, Facet.lead, visible(), standing)


def names_of(thing: Thing) -> Names:
    """Return the names of a thing: its own, then those it had in the source that its own replaces (§8)."""
    own = (thing.source.id, thing.remote_id)
    if thing.source.replaces_id is None:
        return (own,)
    borne = select(Facet.source_id, Facet.remote_id).where(Facet.hub_id == thing.id).order_by(Facet.id.desc())
    return tuple(dict.fromkeys((own, *((row.source_id, row.remote_id) for row in db.session.execute(borne)))))


def is_one(
    names: Iterable[tuple[int, str]],
    source: SQLColumnExpression[int],
    remote_id: SQLColumnExpression[str | None],
    *also: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Whether these columns hold one of these names, and what else holds; one test a source, whatever their number.

    The rest stands in each test: beside them, « of this kind » would have SQLite walk all contributions there are.
    """
    owned: dict[int, list[str]] = {}
    for owner, name in names:
        owned.setdefault(owner, []).append(name)
    return or_(False, *(and_(source == owner, *also, remote_id.in_(mine)) for owner, mine in owned.items()))


def named(source: Source, kind: str, remote_ids: Iterable[str]) -> Reading:
    """The things of a source with these remote_ids: what its links lead to."""
    name = aliased(Facet)
    return _bearing(name, kind, remote_ids).where(name.source_id == source.id, Facet.presence != "gone")


def citing(thing: Thing, kind: str, field: str | None = None) -> Reading:
    """The things of `kind` whose links (of `field`, or any) lead to `thing`; all may cite the network's documents."""
    narrowed = [Link.field == field] if field else []
    return things_of(kind).where(Facet.hub_id.in_(select(Link.hub_id).where(leads_to(thing), *narrowed)))


def leads_to(thing: Thing) -> ColumnElement[bool]:
    """Whether a link leads to `thing`: from its own source, or from a trace when the thing is the network's."""
    own = is_one(names_of(thing), Link.source_id, Link.target_id)
    everywhere = and_(Link.field == "trace", Link.target_id == thing.remote_id)
    return and_(Link.target_kind == thing.kind, or_(own, everywhere) if thing.source.siren is None else own)


def identified(*hub_ids: str) -> Reading:
    """The things of these identifiers, of whatever kind, gone or not."""
    return _joined().where(Facet.lead, visible(), Facet.hub_id.in_(hub_ids))


def linked(source: Source | None, kind: str, remote_ids: Iterable[str]) -> Reading:
    """What links lead to, gone or not: things of their source, else the network's documents; of any source for None.

    The source's own things come last, so that they win in a mapping by remote_id.
    """
    name = aliased(Facet)
    chosen = _bearing(name, kind, remote_ids)
    if source is None:
        return chosen.order_by(name.siren.is_(None), name.id)
    own = name.source_id == source.id
    return chosen.where(or_(own, name.siren.is_(None)) if kind == "document" else own).order_by(own)


def bearers(kind: str, names: Mapping[int, Collection[str]]) -> Select[int, str, str, str | None]:
    """The identifier of what bears, or bore, each of these names, by source; for documents, the network's too.

    Each row is (source, remote_id, identifier, SIREN of that source's facet): one query, however many the sources.
    """
    told = select(Facet.source_id, Facet.remote_id, Facet.hub_id, Facet.siren).where(Facet.kind == kind)
    own = [and_(Facet.source_id == source, Facet.remote_id.in_(list(inside))) for source, inside in names.items()]
    shared = [and_(Facet.siren.is_(None), Facet.remote_id.in_([each for inside in names.values() for each in inside]))]
    return told.where(or_(False, *own, *(shared if kind == "document" else ())))


def _bearing(name: type[Facet], kind: str, remote_ids: Iterable[str]) -> Reading:
    """The things that bear, or bore, one of these names; their `remote_id` is the name they are asked by."""
    other = aliased(Facet)
    same = (other.source_id == name.source_id, other.kind == name.kind, other.remote_id == name.remote_id)
    first = ~exists().where(*same, other.id < name.id)
    asked = (name.kind == kind, name.remote_id.in_(list(remote_ids)), first)
    return _joined(name).join(name, name.hub_id == Facet.hub_id).where(*asked, Facet.lead, visible())


def counts_by_term(kind: str, narrowed: Filter, field: str) -> Select[str, int]:
    """How many things bear each value of a term, among those that pass the filter."""
    return (
        select(Term.value, func.count())
        .join(Facet, Facet.hub_id == Term.hub_id)
        .where(Term.field == field, *conditions(kind, narrowed))
        .group_by(Term.value)
    )


def counts_by_state(kind: str, narrowed: Filter) -> Select[str | None, int]:
    """How many things are in each state, among those that pass the filter."""
    return select(Facet.state, func.count()).where(*conditions(kind, narrowed)).group_by(Facet.state)


def counts_by_metropole(kind: str, narrowed: Filter, *more: ColumnElement[bool]) -> Select[str, int]:
    """How many things each metropole has, among those that pass the filter; RESEAU stands for the network."""
    sorted_out = select(Facet.siren, func.count().label("number")).where(*conditions(kind, narrowed), *more)
    counted = sorted_out.group_by(Facet.siren).subquery()
    slug = func.coalesce(Metropole.slug, RESEAU)
    return select(slug, counted.c.number).outerjoin_from(counted, Metropole, Metropole.siren == counted.c.siren)


def counts_by_source() -> Select[int, str, int]:
    """How many public things of each kind each source has, those gone left out."""
    return (
        select(Facet.source_id, Facet.kind, func.count())
        .where(Facet.lead, visible(), Facet.presence != "gone")
        .group_by(Facet.source_id, Facet.kind)
    )
