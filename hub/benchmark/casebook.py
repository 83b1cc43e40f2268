"""The cases of a metropole, written where they differ from those that stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from hub.benchmark.basis import Ground
from hub.benchmark.cases import Row, listed
from hub.benchmark.cases_answers import of_answers
from hub.benchmark.cases_commitments import of_commitment, of_edition, of_totals
from hub.benchmark.cases_figures import of_figures, of_meetings
from hub.benchmark.cases_own import of_metropole
from hub.benchmark.cases_process import of_process
from hub.benchmark.dossiers import BLOCK, Read, dossiers, things
from hub.benchmark.ground import OF_ITSELF, of_themselves
from hub.benchmark.repeats import repeated
from hub.benchmark.subtotals import Cells, move
from hub.benchmark.touched import Touched, blocks, together
from hub.db import delete_all, insert_all
from hub.models import Case, Facet, Link
from hub.models.thing import is_one

Works = Mapping[str, Touched]
"""What to look at again of each metropole, by its SIREN."""
_COLUMNS = tuple(column.name for column in Case.__table__.columns)
_NAMES = ("indicator", "siren", "period", "hub_id")


def record(connection: Connection, grounds: Mapping[str, Ground], works: Works) -> Cells:
    """Write the cases of the things to look at again, and return the cells whose cases changed."""
    work, whole = _united(works.values()), {siren for siren, mine in works.items() if mine.whole}
    processes, belonging = together(connection, work.processes)
    commitments, twice = repeated(connection, work.commitments)
    seen: set[str] = {*processes, *belonging, *commitments, *work.meetings, *work.changed}
    owned: set[str] = set()
    rows = list(_of_processes(connection, sorted(processes), owned))
    rows += of_meetings(_loose(connection, {*work.meetings, *belonging} - owned))
    for row in _of_commitments(connection, sorted(commitments)):
        rows.append(listed(row) if row["hub_id"] in twice else row)
    for own in _own_figures(connection, [siren for siren, mine in works.items() if mine.figures]):
        seen.update(each.hub_id for each in own)
        rows += of_metropole(own)
    rows += of_themselves(connection, grounds.values())
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:  # what one démarche counts and another only lists (its own figure covers it) is not counted
        if row["siren"] in works and (_name(row) not in found or row["numerator"] is None):
            found[_name(row)] = row
    seen.update(row["hub_id"] for row in found.values())
    return _replace(connection, found, _standing(connection, works, seen, whole), whole)


def _united(works: Iterable[Touched]) -> Touched:
    """Return what is to be looked at again of all: things are read together, whosever they are."""
    all_of = Touched()
    for mine in works:
        for name in ("processes", "commitments", "meetings", "changed"):
            getattr(all_of, name).update(getattr(mine, name))
    return all_of


def _of_processes(connection: Connection, hub_ids: Sequence[str], owned: set[str]) -> Iterator[Row]:
    """Yield the cases of démarches; `owned` receives the meetings that they have."""
    for dossier in dossiers(connection, hub_ids):
        owned.update(each.hub_id for each in dossier.meetings)
        yield from of_process(dossier)
        yield from of_edition(dossier.process)
        yield from of_figures(dossier)
        yield from of_answers(dossier)
        yield from of_totals(dossier)


def _loose(connection: Connection, left: Iterable[str]) -> Iterator[Read]:
    """Yield the meetings among these, which no démarche that stands has."""
    yield from _among(connection, "meeting", sorted(left))


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
    borne = select(Facet.source_id, Facet.remote_id, Facet.hub_id)
    theirs = is_one(names, Facet.source_id, Facet.remote_id, Facet.kind == kind)
    rows = connection.execute(borne.where(theirs)) if names else ()
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


def _own_figures(connection: Connection, sirens: Collection[str]) -> Iterable[list[Read]]:
    """Return the figures of these metropoles that belong to no démarche, metropole by metropole."""
    found: dict[str, list[Read]] = {}
    own = (Facet.siren.in_(sirens), Facet.kind == "observation", Facet.process_id.is_(None))
    for each in things(connection, *own) if sirens else ():
        found.setdefault(each.siren, []).append(each)
    return found.values()


def _standing(
    connection: Connection, sirens: Collection[str], seen: Collection[str], whole: Collection[str]
) -> dict[tuple[str, ...], Row]:
    """Return the cases of these things and, always, of the metropoles themselves: their source may change.

    `whole`: the metropoles of which all cases are returned.
    """
    found: dict[tuple[str, ...], Row] = {}
    itself = and_(Case.indicator.in_(OF_ITSELF), Case.siren.in_(sirens))
    things_seen = (and_(Case.hub_id.in_(block), Case.siren.in_(sirens)) for block in blocks(seen))
    for chosen in (itself, Case.siren.in_(whole), *things_seen) if whole else (itself, *things_seen):
        for each in connection.execute(select(Case.__table__).where(chosen)).mappings():
            found[_name(each)] = dict(each)
    return found


def _replace(
    connection: Connection,
    found: dict[tuple[str, ...], Row],
    old: Mapping[tuple[str, ...], Row],
    whole: Collection[str],
) -> Cells:
    """Delete the cases that no longer stand, insert the new ones; what is the same is left as it is."""
    gone = {name: row for name, row in old.items() if found.get(name) != row}
    delete_all(connection, Case, _NAMES, list(gone))
    fresh = [{name: row[name] for name in _COLUMNS} for key, row in found.items() if old.get(key) != row]
    insert_all(connection, Case, fresh)
    left = [row for row in gone.values() if row["siren"] not in whole]
    come = [row for key, row in found.items() if row["siren"] in whole or old.get(key) != row]
    move(connection, left, come, whole)
    return {(row["indicator"], row["siren"], row["period"]) for row in (*gone.values(), *fresh)}


def _name(row: Any) -> tuple[str, ...]:
    return tuple(row[name] for name in _NAMES)
