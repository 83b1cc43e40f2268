"""The trail of a thing: all that its layers ever said, in order, and the things that lead to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, select
from sqlalchemy.orm import join

from hub.db import db
from hub.models.audience import readable
from hub.models.derived import Link
from hub.models.facet import RANKS, VERSIONS_PER_RUN, Facet, FacetVersion, bearer_of, under
from hub.models.hidden import Fields, hidden_in, text_without
from hub.models.run import APPLIED_STATES, Run
from hub.models.source import Source
from hub.models.thing import Thing, leads_to, visible


@dataclass(frozen=True, slots=True)
class Version:
    """What a layer said from one run on; `hides`: counts of few persons.

    Neither `data` nor digests, which can be guessed, when this version is not public.
    """

    run: Run
    sha256: str | None
    data: dict[str, Any] | None
    raw: str | None
    pointer: str | None
    in_force: bool
    hides: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """What one writer said of a thing through one source: its versions in order, nothing ever overwritten."""

    facet: Facet
    source: Source
    versions: tuple[Version, ...]

    @property
    def in_force(self) -> Version | None:
        """Return the version read now; None when it is not public."""
        return next((version for version in self.versions if version.in_force and version.data is not None), None)


def layers_of(thing: Thing) -> list[Layer]:
    """Return the layers of a thing, in the order they came, each with the versions applied so far."""
    rows = db.session.execute(_versions().where(Facet.hub_id == thing.id).order_by(Facet.id, FacetVersion.id)).all()
    found: list[Layer] = []
    fields = hidden_in([thing.id]).get(thing.id)
    for _, group in groupby(rows, key=lambda row: row[0].id):
        said = list(group)
        facet, _, _, source, _ = said[0]
        found.append(Layer(facet, source, tuple(_version(facet, *row[1:3], row[4], fields) for row in said)))
    return found


def voice_of(layers: Iterable[Layer], field: str) -> Layer | None:
    """Return the layer whose word is read for a field: a figure goes with its state, what is gone speaks no more."""
    partner = field.removesuffix("_state") if field.endswith("_state") else f"{field}_state"
    layers = list(layers)
    lead = next((layer.facet.key for layer in layers if layer.facet.lead), "")
    for layer in sorted(layers, key=lambda one: (RANKS[one.facet.writer], one.facet.key != lead, one.facet.id)):
        version = layer.in_force if layer.facet.presence != "gone" else None
        said = version.data if version and version.data else {}
        if field in said or partner in said:
            return layer
    return None


def versions_of(run: Run) -> Select[Facet, FacetVersion]:
    """The public versions a run brought, in the order it read them."""
    return _brought().where(FacetVersion.run_id == run.id).order_by(FacetVersion.id)


def first_versions_of(run: Run, ranks: int) -> Select[Facet, FacetVersion]:
    """Those that are public of the first `ranks` versions a run wrote: the others are not looked at."""
    first = run.id * VERSIONS_PER_RUN
    return _brought().where(FacetVersion.id.between(first, first + ranks)).order_by(FacetVersion.id)


def number_of_versions(run: Run) -> Select[int]:
    """How many public versions a run brought."""
    return versions_of(run).order_by(None).with_only_columns(func.count(FacetVersion.id))


def reserved_in(run: Run) -> CompoundSelect[str, str]:
    """Kind and remote_id of what a run read, or its source holds, and no visitor may read."""
    read = select(FacetVersion.kind, FacetVersion.remote_id).join(Run, Run.id == FacetVersion.run_id)
    read = read.join(Source, Source.id == Run.source_id).where(FacetVersion.run_id == run.id, ~_public())
    known = select(Facet.kind, Facet.remote_id).where(Facet.source_id == run.source_id, ~visible())
    return read.union(known)


def leads_under(keys: Iterable[str]) -> Select[Facet]:
    """The public lead facets first seen under these keys: the records that issues speak of."""
    return select(Facet).where(Facet.lead, visible(), under(list(keys)))


def mentions_of(thing: Thing) -> Select[str, str]:
    """The identifiers of the public things that lead to `thing`, each once, with a field that does."""
    return (
        select(Link.hub_id, func.min(Link.field))
        .join(Facet, and_(Facet.hub_id == Link.hub_id, Facet.lead))
        .where(leads_to(thing), visible(), Facet.presence != "gone", Link.hub_id != thing.id)
        .group_by(Facet.kind, Facet.sort_key, Link.hub_id)
        .order_by(Facet.kind, Facet.sort_key, Link.hub_id)
    )


def _versions() -> Select[Facet, FacetVersion, Run, Source, bool]:
    """Through the runs of the source: the index of versions is by run, then key."""
    return (
        select(Facet, FacetVersion, Run, Source, _public())
        .join_from(Facet, Run, Run.source_id == Facet.source_id)
        .join(FacetVersion, and_(FacetVersion.run_id == Run.id, _same()))
        .join(Source, Source.id == Facet.source_id)
        .where(*_applied())
    )


def _brought() -> Select[Facet, FacetVersion]:
    read = join(FacetVersion, Run, Run.id == FacetVersion.run_id)
    said = join(read, Facet, Facet.id == bearer_of(FacetVersion, Run.source_id))
    of_source = join(said, Source, Source.id == Facet.source_id)
    return select(Facet, FacetVersion).select_from(of_source).where(*_applied(), visible(), _public())


def _same() -> ColumnElement[bool]:
    return and_(FacetVersion.key == Facet.key, FacetVersion.writer == Facet.writer)


def _applied() -> tuple[ColumnElement[bool], ...]:
    """What an open, held or failed run wrote is not what the hub says."""
    return FacetVersion.void.is_(False), Run.state.in_(APPLIED_STATES)


def _public() -> ColumnElement[bool]:
    """Whether the present reader may read a version: a thing that is public now may have been reserved before."""
    said = func.coalesce(FacetVersion.diffusion, Source.diffusion)
    return readable(said, FacetVersion.public_on, Source.siren)


def _version(facet: Facet, version: FacetVersion, run: Run, public: bool, fields: Fields | None) -> Version:
    """Without its hidden counts, and then without its payload, which states them."""
    in_force = facet.version_id == version.id
    if not public:
        return Version(run, None, None, None, None, in_force, bool(fields))
    text, sha256 = text_without(version.data, fields)
    raw = (None, None) if fields else (version.raw_sha256, version.raw_pointer)
    return Version(run, sha256 or version.sha256, orjson.loads(text), *raw, in_force, bool(fields))
