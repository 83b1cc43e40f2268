"""What measures read of démarches: each with its stages, figures, meetings, documents and numbers of contributions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from hub.clock import today
from hub.models import Facet, FacetVersion, HiddenCount, Link, Source
from hub.models.audience import PUBLIC, Audience, read_by
from hub.models.facet import VERSIONS_PER_RUN
from hub.models.measure import PEERS_MEASURE, PUBLIC_MEASURE
from hub.models.thing import Reading, is_one

BLOCK = 500
LEVELS = 3
"""How far up a component looks for the démarche it is part of."""
PROJECT = '"type":"projet"'
"""What the canonical text of a project holds."""
COUNTED_FIELDS = ("quantity", "attendees")
"""The counts of persons that measures are made of."""


@dataclass(frozen=True, slots=True)
class Read:
    """One thing as it reads now. `hidden`: who may not read it, or its count; `run_id`: the run that brought it."""

    hub_id: str
    kind: str
    remote_id: str
    source_id: int
    siren: str
    perimeter: str | None
    hidden: str
    run_id: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many contributions a démarche had in a year; `reserved`: how many of them members alone may read."""

    number: int
    reserved: int
    run_id: int


@dataclass(slots=True)
class Dossier:
    """A démarche and what belongs to it; `projects`: the contributions that are put to a vote that decides."""

    process: Read
    stages: list[Read] = field(default_factory=list)
    figures: list[Read] = field(default_factory=list)
    meetings: list[Read] = field(default_factory=list)
    documents: list[Read] = field(default_factory=list)
    projects: list[Read] = field(default_factory=list)
    contributions: dict[int, Tally] = field(default_factory=dict)
    parent: Dossier | None = None
    """The démarche it is a component of, with its figures alone: they hold what its components had."""

    def above(self) -> Iterator[Dossier]:
        """Yield the démarche it is a component of, that which this one is a component of, and so on."""
        seen, one = {self.process.hub_id}, self.parent
        while one is not None and one.process.hub_id not in seen:
            yield one
            seen.add(one.process.hub_id)
            one = one.parent


def dossiers(connection: Connection, hub_ids: Sequence[str]) -> Iterator[Dossier]:
    """Yield the dossier of each démarche among these that still stands: nine queries for each block of 500."""
    for start in range(0, len(hub_ids), BLOCK):
        yield from _block(connection, hub_ids[start : start + BLOCK])


def things(connection: Connection, *conditions: ColumnElement[bool]) -> list[Read]:
    """Return the things under these conditions that members may read, in the order of their identifiers."""
    rows = _owned(connection.execute(_told().where(*conditions).order_by(Facet.hub_id)))
    secret = _secret(connection, [row.hub_id for row in rows if row.kind in ("observation", "meeting")])
    return [_read(row, secret) for row in rows]


def named(connection: Connection, kind: str, hub_ids: Collection[str]) -> dict[tuple[int, str], str]:
    """Return, by each name (source, remote_id) that these things of a kind bear, gone or not, which thing it is."""
    borne = select(Facet.source_id, Facet.remote_id, Facet.hub_id).where(Facet.kind == kind, _among(hub_ids))
    return {(row.source_id, row.remote_id): row.hub_id for row in connection.execute(borne)}


def _block(connection: Connection, hub_ids: Sequence[str]) -> Iterable[Dossier]:
    found = {each.hub_id: Dossier(each) for each in things(connection, Facet.kind == "process", _among(hub_ids))}
    if not found:
        return ()
    names = {name: found[hub_id] for name, hub_id in named(connection, "process", found).items()}
    for each, process_id in _within(connection, names, "stage", "observation"):
        dossier = names[each.source_id, process_id]
        (dossier.stages if each.kind == "stage" else dossier.figures).append(each)
    _attach_linked(connection, names)
    _attach_contributions(connection, names)
    _attach_parents(connection, list(found.values()))
    return found.values()


def _within(connection: Connection, names: Iterable[tuple[int, str]], *kinds: str) -> Iterator[tuple[Read, str]]:
    for row, read in _rows(connection, _parts(names, *kinds)):
        yield read, row.process_id


def _parts(names: Iterable[tuple[int, str]], *kinds: str) -> ColumnElement[bool]:
    return is_one(names, Facet.source_id, Facet.process_id, Facet.kind.in_(kinds))


def _attach_parents(connection: Connection, components: Sequence[Dossier], levels: int = LEVELS) -> None:
    """Give each component the démarche it is part of, and this one its own."""
    wanted: dict[tuple[int, str], list[Dossier]] = {}
    for each in components:
        if parent_id := each.process.data.get("parent_id"):
            wanted.setdefault((each.process.source_id, parent_id), []).append(each)
    if not wanted or not levels:
        return
    above = things(connection, is_one(wanted, Facet.source_id, Facet.remote_id, Facet.kind == "process"))
    parents = {(each.source_id, each.remote_id): Dossier(each) for each in above}
    for name, parent in parents.items():
        for each in wanted[name]:
            each.parent = parent
    for figure, process_id in _within(connection, parents, "observation"):
        parents[figure.source_id, process_id].figures.append(figure)
    _attach_parents(connection, list(parents.values()), levels - 1)


def _attach_linked(connection: Connection, names: Mapping[tuple[int, str], Dossier]) -> None:
    """Give each démarche the meetings and documents that lead to it."""
    led = select(Link.hub_id, Link.source_id, Link.target_id).where(
        Link.target_kind == "process",
        Link.field.in_(("process_ids", "subject")),
        is_one(names, Link.source_id, Link.target_id),
    )
    owners: dict[str, list[Dossier]] = {}
    for hub_id, source_id, target in connection.execute(led):
        owners.setdefault(hub_id, []).append(names[source_id, target])
    linked = list(owners)
    for start in range(0, len(linked), BLOCK):
        wanted = (Facet.kind.in_(("meeting", "document")), _among(linked[start : start + BLOCK]))
        for each in things(connection, *wanted):
            for dossier in owners[each.hub_id]:
                (dossier.meetings if each.kind == "meeting" else dossier.documents).append(each)


def _attach_contributions(connection: Connection, names: Mapping[tuple[int, str], Dossier]) -> None:
    """Count contributions by year without reading them, but for projects, which are put to a vote."""
    mine = _parts(names, "contribution")
    public = read_by(PUBLIC, Facet.diffusion, Facet.public_on, Facet.siren)
    keys = (Facet.source_id, Facet.process_id, Facet.year_from)
    counted: Reading = select(*keys, func.count(), func.sum(case((public, 0), else_=1)), func.max(Facet.reading_id))
    wanted = (Facet.lead, Facet.presence != "gone", _known(), mine)
    rows: Iterable[Any] = connection.execute(counted.where(*wanted, Facet.year_from.is_not(None)).group_by(*keys))
    for source_id, process_id, year, number, reserved, last in rows:
        tallies = names[source_id, process_id].contributions
        old = tallies.get(year, Tally(0, 0, 0))
        run_id = max(old.run_id, last // VERSIONS_PER_RUN)
        tallies[year] = Tally(old.number + number, old.reserved + reserved, run_id)
    for row, read in _rows(connection, mine, FacetVersion.data.contains(PROJECT)):
        if read.data["type"] == "projet":
            names[row.source_id, row.process_id].projects.append(read)


def _rows(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[tuple[Any, Read]]:
    # sorted here: for an order, SQLite walks the index of lists, where all contributions stand
    rows = sorted(_owned(connection.execute(_told().where(*conditions))), key=lambda row: str(row.hub_id))
    secret = _secret(connection, [row.hub_id for row in rows if row.kind == "observation"])
    for row in rows:
        yield row, _read(row, secret)


def _owned(rows: Iterable[Any]) -> list[Any]:
    """Return those of a metropole. Asked of SQLite, it would walk the index of owners: all contributions there are."""
    return [row for row in rows if row.siren is not None]


def _told() -> Reading:
    columns = (Facet.hub_id, Facet.kind, Facet.remote_id, Facet.source_id, Facet.siren, Facet.process_id)
    more = (Facet.diffusion, Facet.public_on, Facet.reading_id, Source.perimeter, FacetVersion.data)
    told = select(*columns, *more).select_from(Facet).join(FacetVersion, FacetVersion.id == Facet.reading_id)
    standing = (Facet.lead, Facet.presence != "gone", _known())
    return told.join(Source, Source.id == Facet.source_id).where(*standing)


def _known() -> ColumnElement[bool]:
    """What is public or between members: drafts enter no measure."""
    return read_by(Audience(peers=True), Facet.diffusion, Facet.public_on, Facet.siren)


def _among(hub_ids: Collection[str]) -> ColumnElement[bool]:
    return Facet.hub_id.in_(list(hub_ids))


def _read(row: Any, secret: Mapping[str, str]) -> Read:
    reserved = row.diffusion != "public" and not (row.public_on and row.public_on <= today().isoformat())
    hidden = secret.get(row.hub_id) or (PUBLIC_MEASURE if reserved else "")
    data = orjson.loads(row.data)
    perimeter = data.get("perimeter") or row.perimeter
    run_id = row.reading_id // VERSIONS_PER_RUN
    return Read(row.hub_id, row.kind, row.remote_id, row.source_id, row.siren, perimeter, hidden, run_id, data)


def _secret(connection: Connection, hub_ids: Sequence[str]) -> dict[str, str]:
    """Return from whom the count of each of these things is hidden: what members may not see, nobody may."""
    limits = {current_app.config["SMALL_COUNT_PUBLIC"]: PUBLIC_MEASURE}
    limits |= {current_app.config["SMALL_COUNT_PEERS"]: PEERS_MEASURE}
    found: dict[str, str] = {}
    for start in range(0, len(hub_ids), BLOCK):
        chosen = and_(HiddenCount.hub_id.in_(hub_ids[start : start + BLOCK]), HiddenCount.field.in_(COUNTED_FIELDS))
        for row in connection.execute(select(HiddenCount.hub_id, HiddenCount.threshold).where(chosen)):
            level = limits.get(row.threshold, PEERS_MEASURE)
            if found.get(row.hub_id) != PEERS_MEASURE:
                found[row.hub_id] = level
    return found
