"""The close of a run: in one transaction, what its pages wrote becomes what the hub says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from hub.benchmark.validations import Span, locked_years, touched_after, touched_before, unlock
from hub.clock import today
from hub.harvest.absence import PRESENT
from hub.harvest.derive import derive, tells_a_story
from hub.harvest.feed import Turn, one_at_a_time, write_changes, write_turns
from hub.harvest.issues import settle
from hub.harvest.reading import are_new, reread
from hub.harvest.runs import Lease, close
from hub.harvest.secrecy import hide
from hub.models import Facet, FacetVersion, Run, RunSeen
from hub.models.facet import bearer_of, bears_name_of, under, written_by
from hub.models.run import WRITER_LABELS

TOMBSTONE = "retire_par_la_metropole"
DELETED = "supprime_par_la_source"
MANY = 2_000
"""From how many new things on a run is no document, whose order is kept."""
_LISTED = ("sort_key", "state", "process_id", "year_from", "year_to")


def apply(
    connection: Connection, lease: Lease, state: str, message: str | None = None, turn: Turn | None = None
) -> None:
    """Move facets to this run's versions, date what turned, settle its issues, close it in `state`.

    A validated year that it touches is reopened. `turn` says what is gone and what came back, beyond what the run
    itself withdrew or met again.
    """
    turn = turn or Turn()
    one_at_a_time(connection)
    locked = locked_years(connection, lease.siren)
    spans = touched_before(connection, lease.run_id) if locked else []
    fresh = are_new(connection, lease)
    write_changes(connection, lease, fresh=fresh)
    if not fresh:
        _update_known(connection, lease)
    counts = connection.execute(select(Run.counts).where(Run.id == lease.run_id)).scalar_one()
    _insert_new(connection, lease, fresh=fresh, many=counts.get("created", 0) >= MANY)
    if lease.mode != "replay":
        reason = DELETED if lease.writer == "harvest" else TOMBSTONE
        gone = {"presence": "gone", "gone_reason": reason, "gone_on": today().isoformat()}
        turn.gone += _sight(connection, lease, "deleted", gone)
        turn.restored += _sight(connection, lease, "unchanged", PRESENT)
    write_turns(connection, lease, turn)
    rank = counts.get("versions", 0)
    if not fresh:
        rank = reread(connection, lease, rank)
    turned = [*turn.gone, *turn.restored]
    if not fresh or turned or tells_a_story(connection, lease.run_id):
        derive(connection, lease.run_id, turned)
        hide(connection, lease)
    if locked:
        _reopen(connection, lease, locked, spans)
    settle(connection, lease)
    connection.execute(delete(RunSeen).where(RunSeen.run_id == lease.run_id))
    close(connection, lease.run_id, state, message, counts=counts | turn.counts() | {"versions": rank})


def _reopen(connection: Connection, lease: Lease, locked: list[int], before: list[Span]) -> None:
    """What a metropole answered for has changed: it says so again, or not."""
    ref = connection.execute(select(Run.ref).where(Run.id == lease.run_id)).scalar_one()
    reason = f"Des données de cette année ont changé. {WRITER_LABELS[lease.writer]}, {ref}."
    unlock(connection, str(lease.siren), locked, [*before, *touched_after(connection, lease.run_id)], reason)


def _ours(lease: Lease) -> Any:
    return and_(written_by(lease.run_id), FacetVersion.void.is_(False))


def _update_known(connection: Connection, lease: Lease) -> None:
    told = {
        "version_id": FacetVersion.id,
        "reading_id": FacetVersion.id,
        "sha256": FacetVersion.sha256,
        "line": FacetVersion.line,
        "diffusion": _diffusion(lease),
        "public_on": FacetVersion.public_on,
    } | {name: getattr(FacetVersion, name) for name in _LISTED}
    bearer = bearer_of(FacetVersion, lease.source_id).label("facet_id")
    said = select(bearer, *(column.label(name) for name, column in told.items())).where(_ours(lease)).subquery()
    values: dict[str, Any] = {name: said.c[name] for name in told}
    values |= {} if lease.mode == "replay" else PRESENT
    connection.execute(update(Facet).where(Facet.id == said.c.facet_id).values(values))


def _insert_new(connection: Connection, lease: Lease, *, fresh: bool, many: bool) -> None:
    """The first facet under a key leads; those of other writers are layers beside it, whatever thing it stands for.

    Nothing is looked for beside what a `fresh` run says: each of its things is its own, and this facet leads it. What
    a document says keeps its order; `many` things enter by their keys, so that each page of an index is written once.
    """
    first = aliased(Facet)
    same = bears_name_of(FacetVersion, lease.source_id, first)
    borne = select(func.min(first.hub_id)).where(same).scalar_subquery()
    columns: dict[str, Any] = {
        "hub_id": FacetVersion.key if fresh else func.coalesce(borne, FacetVersion.key),
        "key": FacetVersion.key,
        "kind": FacetVersion.kind,
        "source_id": literal(lease.source_id),
        "remote_id": FacetVersion.remote_id,
        "siren": literal(lease.siren, Facet.siren.type),
        "writer": FacetVersion.writer,
        "lead": literal(value=True) if fresh else ~exists().where(same),
        "version_id": FacetVersion.id,
        "reading_id": FacetVersion.id,
        "sha256": FacetVersion.sha256,
        "line": FacetVersion.line,
        "presence": literal("present"),
        "diffusion": _diffusion(lease),
        "public_on": FacetVersion.public_on,
    } | {name: getattr(FacetVersion, name) for name in _LISTED}
    known = exists().where(bears_name_of(FacetVersion, lease.source_id), Facet.writer == FacetVersion.writer)
    chosen = select(*columns.values()).where(_ours(lease)).order_by(FacetVersion.key if many else FacetVersion.id)
    chosen = chosen if fresh else chosen.where(~known)
    connection.execute(insert(Facet).from_select(list(columns), chosen))


def _diffusion(lease: Lease) -> Any:
    return func.coalesce(FacetVersion.diffusion, lease.diffusion)


def _sight(connection: Connection, lease: Lease, outcome: str, values: dict[str, Any]) -> list[str]:
    """A record met again is present again; a tombstone makes its facet gone, dated, and keeps all it said.

    Returns the hub_ids of the things that became gone or present again.
    """
    met = select(RunSeen.key).where(RunSeen.run_id == lease.run_id, RunSeen.outcome == outcome)
    turning = (Facet.writer == lease.writer, Facet.presence != values["presence"], under(met))
    turned = (Facet.presence == "gone") if values["presence"] == "present" else (Facet.presence != "gone")
    found = list(connection.scalars(select(Facet.hub_id).where(*turning, turned)))
    connection.execute(update(Facet).where(*turning).values(values))
    return found
