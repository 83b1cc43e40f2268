"""The cases of a metropole, written where they differ from those that stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from hub.benchmark.cases import Row
from hub.benchmark.cases_answers import of_answers
from hub.benchmark.cases_commitments import of_commitment, of_totals
from hub.benchmark.cases_figures import of_figures, of_meetings, of_metropole
from hub.benchmark.cases_process import of_process
from hub.benchmark.dossiers import BLOCK, Dossier, Read, dossiers, things
from hub.benchmark.folding import Ground
from hub.benchmark.ground import of_itself
from hub.benchmark.touched import Touched
from hub.db import insert_all
from hub.models import Case, Facet, Link
from hub.models.thing import is_one

Cells = set[tuple[str, str]]
"""(Indicator, period) of cells of one metropole."""
_COLUMNS = tuple(column.name for column in Case.__table__.columns)
_NAMES = ("indicator", "siren", "period", "hub_id")
_DELETED = 200
"""How many cases one statement deletes."""


def record(connection: Connection, ground: Ground, work: Touched) -> Cells:
    """Write the cases of the things to look at again, and return the cells whose cases changed."""
    seen: set[str] = {*work.processes, *work.commitments, *work.meetings, *work.changed}
    rows = list(_of_processes(connection, sorted(work.processes), seen))
    rows += of_meetings(_loose(connection, work.meetings, seen))
    rows += _of_commitments(connection, sorted(work.commitments))
    if work.figures:
        own = things(connection, *_own_figures(ground.siren))
        seen.update(each.hub_id for each in own)
        rows += of_metropole(own)
    rows += of_itself(connection, ground)
    found = {_name(row): row for row in rows if row["siren"] == ground.siren}
    seen.update(row["hub_id"] for row in found.values())
    return _replace(connection, ground.siren, found, seen)


def _of_processes(connection: Connection, hub_ids: Sequence[str], seen: set[str]) -> Iterator[Row]:
    for dossier in dossiers(connection, hub_ids):
        seen.update(each.hub_id for each in _members(dossier))
        yield from of_process(dossier)
        yield from of_figures(dossier)
        yield from of_answers(dossier)
        yield from of_totals(dossier)


def _members(dossier: Dossier) -> Iterator[Read]:
    for part in (dossier.stages, dossier.figures, dossier.meetings, dossier.documents):
        yield from part


def _loose(connection: Connection, meetings: Iterable[str], seen: set[str]) -> Iterator[Read]:
    """Yield the meetings among these that belong to no démarche: those that belong to one were read with it."""
    left = sorted(meetings)
    for start in range(0, len(left), BLOCK):
        block = left[start : start + BLOCK]
        owned = set(connection.scalars(select(Link.hub_id).where(Link.hub_id.in_(block), Link.field == "process_ids")))
        for each in things(connection, Facet.kind == "meeting", Facet.hub_id.in_(block)):
            if each.hub_id not in owned:
                seen.add(each.hub_id)
                yield each


def _of_commitments(connection: Connection, hub_ids: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(hub_ids), BLOCK):
        block = things(connection, Facet.kind == "commitment", Facet.hub_id.in_(hub_ids[start : start + BLOCK]))
        cited = _led(connection, block, "deliberation", ("deliberation_ids",))
        editions = _led(connection, block, "process", ("process_id",))
        for each in block:
            won = each.data.get("from_contribution_ids")
            voted = [one for one in editions.get(each.hub_id, ()) if one.data.get("type") == "budget_participatif"]
            yield from of_commitment(each, cited.get(each.hub_id, ()), voted[0] if won and voted else None)


def _led(connection: Connection, of: Sequence[Read], kind: str, fields: Sequence[str]) -> dict[str, list[Read]]:
    """Return the things of a kind that the links of each of these lead to."""
    wanted = (Link.hub_id.in_([each.hub_id for each in of]), Link.field.in_(fields), Link.target_kind == kind)
    links = connection.execute(select(Link.hub_id, Link.source_id, Link.target_id).where(*wanted)).all()
    names = {(row.source_id, row.target_id) for row in links}
    borne = select(Facet.source_id, Facet.remote_id, Facet.hub_id).where(Facet.kind == kind)
    rows = connection.execute(borne.where(is_one(names, Facet.source_id, Facet.remote_id))) if names else ()
    called = {(row.source_id, row.remote_id): row.hub_id for row in rows}
    read = {each.hub_id: each for each in _among(connection, kind, sorted(set(called.values())))}
    found: dict[str, list[Read]] = {}
    for row in links:
        target = read.get(called.get((row.source_id, row.target_id), ""))
        if target is not None:
            found.setdefault(row.hub_id, []).append(target)
    return found


def _among(connection: Connection, kind: str, hub_ids: Sequence[str]) -> Iterator[Read]:
    for start in range(0, len(hub_ids), BLOCK):
        yield from things(connection, Facet.kind == kind, Facet.hub_id.in_(hub_ids[start : start + BLOCK]))


def _own_figures(siren: str) -> tuple[Any, ...]:
    return Facet.siren == siren, Facet.kind == "observation", Facet.process_id.is_(None)


def _replace(connection: Connection, siren: str, found: dict[tuple[str, ...], Row], seen: set[str]) -> Cells:
    """Delete the cases that no longer stand, insert the new ones; what is the same is left as it is."""
    old: dict[tuple[str, ...], Row] = {}
    listed = sorted(seen)
    for start in range(0, len(listed), BLOCK):
        mine = (Case.siren == siren, Case.hub_id.in_(listed[start : start + BLOCK]))
        for each in connection.execute(select(Case.__table__).where(*mine)).mappings():
            old[_name(each)] = dict(each)
    gone = [name for name, row in old.items() if found.get(name) != row]
    for start in range(0, len(gone), _DELETED):
        names = tuple_(*(getattr(Case, name) for name in _NAMES)).in_(gone[start : start + _DELETED])
        connection.execute(delete(Case).where(names))
    fresh = [{name: row[name] for name in _COLUMNS} for key, row in found.items() if old.get(key) != row]
    insert_all(connection, Case, fresh)
    return {(name[0], name[2]) for name in (*gone, *(_name(row) for row in fresh))}


def _name(row: Any) -> tuple[str, ...]:
    return tuple(row[name] for name in _NAMES)
