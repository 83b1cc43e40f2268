"""Which counts of persons are hidden, written anew when what a family of territories publishes changes (§3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, or_, select

from hub.benchmark.person_figures import PERSONS, Stated, Subject, figures, subject_of
from hub.benchmark.person_tables import Tables
from hub.db import among, listed, writing
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion, HiddenCount, Link, Metropole, Run, Source
from hub.models.facet import written_by
from hub.models.hidden import COUNTED
from hub.models.run import APPLIED_STATES

SANDBOX = "sandbox"
"""The connector of sources that are tries: they publish nothing."""
THRESHOLDS = ("SMALL_COUNT_PUBLIC", "SMALL_COUNT_PEERS")
_BLOCK = 500
Family = Sequence[str | None]
"""The SIRENs of a metropole, of what contains it and of what it contains; null alone for the network's own."""


def hide(connection: Connection, lease: Lease) -> None:
    """Write anew what is hidden of the family of a source, when its run brought counts of persons."""
    brought = exists().where(written_by(lease.run_id), _is_count())
    if connection.scalar(select(brought)):
        siren = connection.scalar(select(Source.siren).where(Source.id == lease.source_id))
        _write(connection, next(each for each in families(connection) if siren in each), lease.run_id)


def hide_all() -> None:
    """Write anew what is hidden everywhere: thresholds may have changed since."""
    with writing() as connection:
        for family in families(connection):
            _write(connection, family)


def families(connection: Connection) -> list[Family]:
    """Return the territories whose figures are protected together, each in one family; the network's own at the end."""
    found: dict[str, list[str | None]] = {}
    for siren, within in connection.execute(select(Metropole.siren, Metropole.within)):
        found.setdefault(within or siren, []).append(siren)
    return [*found.values(), [None]]


def tables_of(connection: Connection, family: Family, run_id: int | None = None) -> tuple[Tables, list[Stated]]:
    """Return the tables that a family publishes, the versions of this run included, and the records they stand in."""
    stated = _stated(connection, family, run_id)
    return Tables(list(figures(stated)), _within(connection, stated), _outer(connection, family)), stated


def _write(connection: Connection, family: Family, run_id: int | None = None) -> None:
    tables, stated = tables_of(connection, family, run_id)
    owner = {each.hub_id: each.siren for each in stated}
    rows = [
        {"hub_id": hub_id, "field": field, "threshold": limit, "siren": owner[hub_id], "alone": alone}
        for limit in sorted({current_app.config[name] for name in THRESHOLDS})
        for (hub_id, field), alone in tables.pattern(limit).items()
    ]
    connection.execute(delete(HiddenCount).where(_of(HiddenCount.siren, family)))
    if rows:
        connection.execute(insert(HiddenCount), rows)


def _stated(connection: Connection, family: Family, run_id: int | None) -> list[Stated]:
    """Return every version published so far, or by this run, of the records that state counts of persons, in order."""
    facets: dict[str, list[Any]] = {}
    told = select(Facet.__table__, Source.slug).join(Source, Source.id == Facet.source_id)
    mine = (Facet.kind.in_(COUNTED), _of(Facet.siren, family), Source.connector != SANDBOX)
    for facet in connection.execute(told.where(*mine)):
        facets.setdefault(facet.key, []).append(facet)
    return [
        Stated(facet.hub_id, facet.kind, facet.remote_id, facet.slug, facet.siren, orjson.loads(version.data))
        for version in _versions(connection, sorted(facets), run_id)
        for facet in facets[version.key]
        if facet.source_id == version.source_id and _says(version, facet)
    ]


def _versions(connection: Connection, keys: Sequence[str], run_id: int | None) -> list[Any]:
    """Return the published versions under these keys that state counts, in their order: looked up, never sought."""
    published = or_(Run.state.in_(APPLIED_STATES), Run.id == run_id)
    told = select(FacetVersion.id, FacetVersion.key, FacetVersion.writer, FacetVersion.void, FacetVersion.data)
    told = told.add_columns(Run.source_id).join(Run, Run.id == FacetVersion.run_id)
    wanted = told.where(among(connection.dialect.name, FacetVersion.key), _is_count(), published)
    rows: list[Any] = []
    for start in range(0, len(keys), _BLOCK):
        rows += connection.execute(wanted, {"keys": listed(connection, keys[start : start + _BLOCK])})
    return sorted(rows, key=lambda row: row.id)


def _says(version: Any, facet: Any) -> bool:
    """Tell whether a version is a facet's own word, or its reading: a correction states one field of the whole."""
    return bool((version.writer == facet.writer and not version.void) or version.id == facet.reading_id)


def _is_count() -> ColumnElement[bool]:
    figure = and_(FacetVersion.kind == "observation", FacetVersion.state.in_(PERSONS))
    meeting = and_(
        FacetVersion.kind == "meeting",
        or_(FacetVersion.data.contains('"attendees"'), FacetVersion.data.contains('"registrations"')),
    )
    return or_(figure, meeting)


def _within(connection: Connection, stated: Iterable[Stated]) -> dict[Subject, tuple[Subject, ...]]:
    """Return what each subject of a figure is a part of: a meeting of its démarche, this one of its metropole."""
    found: dict[Subject, tuple[Subject, ...]] = {}
    owners: dict[str, str | None] = {}
    for each in stated:
        owners[each.source] = each.siren
        if each.kind == "meeting" and len(names := each.data.get("process_ids", ())) == 1:
            found[subject_of(each)] = (("process", f"{each.source}/{names[0]}"),)
    parts = (
        select(Facet.kind, Facet.remote_id, Facet.process_id, Source.slug, Link.target_id)
        .join(Source, Source.id == Facet.source_id)
        .outerjoin(Link, and_(Link.hub_id == Facet.hub_id, Link.field == "parent_id"))
        .where(Facet.lead, Facet.kind.in_(("process", "stage")), Source.slug.in_(owners))
    )
    for row in connection.execute(parts):
        above = row.target_id if row.kind == "process" else row.process_id
        whole: tuple[Subject, ...] = (("metropole", owners[row.slug] or ""), ("plateforme", row.slug))
        found[row.kind, f"{row.slug}/{row.remote_id}"] = (("process", f"{row.slug}/{above}"),) if above else whole
    return found


def _outer(connection: Connection, family: Family) -> dict[Subject, Subject]:
    nested = select(Metropole.siren, Metropole.within).where(
        Metropole.within.is_not(None), _of(Metropole.siren, family)
    )
    return {("metropole", row.siren): ("metropole", row.within) for row in connection.execute(nested)}


def _of(column: Any, family: Family) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.is_(None) if list(family) == [None] else column.in_(family)
    return found
