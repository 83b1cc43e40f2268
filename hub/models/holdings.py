"""What the hub holds of one metropole, counted: by year, by writer, by audience; its open issues, its last runs."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, SQLColumnExpression, and_, func, select
from sqlalchemy.orm import aliased, defer

from hub.models.audience import PUBLIC, read_by, readable
from hub.models.facet import Facet, FacetVersion
from hub.models.metropole import Metropole
from hub.models.run import APPLIED_STATES, Issue, Run, issues
from hub.models.source import Source
from hub.models.thing import visible
from schemas.registry import KINDS


def sources_of(siren: str, *, drafts: bool) -> Select[Source, Metropole]:
    """The sources of a metropole, by slug; its drafts are known to itself alone."""
    query = select(Source, Metropole).join(Metropole, Metropole.siren == Source.siren).order_by(Source.slug)
    theirs = query.where(Source.siren == siren)
    return theirs if drafts else theirs.where(Source.state != "draft")


def counts_by_years(siren: str) -> Select[int, str, str, int | None, int | None, int]:
    """Source, writer, kind, first and last year touched, and number of the things that the reader may read."""
    columns = (Facet.source_id, Facet.writer, Facet.kind, Facet.year_from, Facet.year_to)
    return select(*columns, func.count()).where(*_held(siren)).group_by(*columns)


def layers_above(siren: str) -> Select[int, str, str, int]:
    """Source, writer, kind and number of what other writers say of these things: a correction, a deposit beneath."""
    layer = aliased(Facet)
    columns = (layer.source_id, layer.writer, layer.kind)
    said = select(*columns, func.count()).select_from(layer).join(Facet, layer.hub_id == Facet.hub_id)
    theirs = (layer.kind.in_(KINDS), layer.siren == siren, ~layer.lead, layer.presence != "gone")
    public = readable(layer.diffusion, layer.public_on, layer.siren)
    return said.where(*theirs, public, *_held(siren)).group_by(*columns)


def reserved(siren: str) -> Select[str, str | None, int]:
    """Diffusion, day from which it is public, and number of what the reader may read and a visitor may not yet."""
    public = read_by(PUBLIC, Facet.diffusion, Facet.public_on, Facet.siren)
    columns = (Facet.diffusion, Facet.public_on)
    query = select(*columns, func.count()).where(*_held(siren), ~public).group_by(*columns)
    return query.order_by(*columns)


def said_by(siren: str, kinds: Collection[str]) -> Select[str, str, str]:
    """Kind, identifier and canonical JSON of what is said in these kinds, in the order of titles."""
    said = select(Facet.kind, Facet.hub_id, FacetVersion.data)
    read = said.join(FacetVersion, FacetVersion.id == Facet.reading_id)
    return read.where(*_held(siren), Facet.kind.in_(list(kinds))).order_by(Facet.sort_key, Facet.hub_id)


def undated(siren: str, kind: str) -> Select[str, str, str]:
    """The same for what no date puts in a year."""
    return said_by(siren, (kind,)).where(Facet.year_from.is_(None))


def issues_by_rule(siren: str) -> Select[str, str, str | None, int, int]:
    """Severity, rule, kind and source of the open issues, and their number."""
    columns = (Issue.severity, Issue.rule, Issue.kind, Issue.source_id)
    query = _open(siren).with_only_columns(*columns, func.count(), maintain_column_froms=True)
    return query.group_by(*columns).order_by(*columns)


def issue_samples(siren: str, most: int) -> Select[Issue]:
    """The first `most` open issues of each severity and rule, oldest first."""
    rank = func.row_number().over(partition_by=(Issue.severity, Issue.rule), order_by=Issue.id).label("rank")
    ranked = _open(siren).with_only_columns(Issue.id, rank, maintain_column_froms=True).subquery()
    chosen = select(ranked.c.id).where(ranked.c.rank <= most)
    return select(Issue).where(Issue.id.in_(chosen)).order_by(Issue.id)


def set_aside(siren: str) -> Select[int]:
    """How many records are set aside by an error still open; a row that no identifier names is one of its own."""
    record = func.coalesce(Issue.key, Issue.fingerprint)
    query = _open(siren).where(Issue.severity == "error")
    return query.with_only_columns(func.count(func.distinct(record)), maintain_column_froms=True)


def arrivals(source_ids: Collection[int]) -> Select[Run]:
    """The last run of each source and writer whose data entered."""
    mine = aliased(Run)
    applied = (mine.source_id.in_(list(source_ids)), mine.state.in_(APPLIED_STATES))
    newest = select(func.max(mine.id)).where(*applied).group_by(mine.source_id, mine.writer)
    return select(Run).where(Run.id.in_(newest)).order_by(Run.id).options(defer(Run.profile))


def closed_runs(source_ids: Collection[int], most: int) -> Select[Run]:
    """The last closed runs of these sources, newest first."""
    closed = (Run.source_id.in_(list(source_ids)), Run.closed_at.is_not(None))
    return select(Run).where(*closed).order_by(Run.id.desc()).limit(most).options(defer(Run.profile))


def _held(siren: str) -> tuple[SQLColumnExpression[bool], ...]:
    """The kinds are named because the index begins by them."""
    return Facet.kind.in_(KINDS), Facet.siren == siren, Facet.lead, visible(), Facet.presence != "gone"


def _open(siren: str) -> Select[Issue]:
    return issues(and_(Issue.state == "open", Source.siren == siren)).order_by(None)
