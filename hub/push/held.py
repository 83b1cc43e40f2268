"""Tombstones that are too many to be believed at once, and what later sendings take out of runs that wait (§4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select, update

from hub.clock import iso, now
from hub.db import among, insert_all, listed
from hub.harvest.guards import THRESHOLDS, Verdict
from hub.models import Facet, FacetVersion, Run, RunSeen, Source
from hub.models.run import APPLIED_STATES
from hub.models.said import Name, said

WINDOW = timedelta(hours=24)
_BLOCK = 1_000


def too_many_gone(connection: Connection, source: Source, writer: str, names: Sequence[Name]) -> list[Verdict]:
    """Return the verdict of the guard « chute » on tombstones, those of the last 24 hours counted with them.

    Runs say how many things they withdrew: the feed, which has no index by run, would be read whole for each.
    """
    if not names:
        return []
    mine = (Facet.source_id == source.id, Facet.writer == writer, Facet.presence != "gone")
    present = connection.scalar(select(func.count()).select_from(Facet).where(*mine)) or 0
    leaving = sum(row.presence != "gone" for row in said(connection, source.id, writer, names, Facet.presence))
    lately = (Run.source_id == source.id, Run.closed_at >= iso(now() - WINDOW), Run.state.in_(APPLIED_STATES))
    left = connection.scalar(select(func.sum(Run.counts["gone"].as_integer())).where(*lately)) or 0
    bounds = THRESHOLDS | (source.thresholds or {})
    before, lost = present + left, leaving + left
    if lost <= bounds["chute_share"] * before or lost < bounds["chute_least"]:
        return []
    return [{"guard": "chute", "kind": None, "before": before, "now": before - lost, "field": None}]


def yield_to(connection: Connection, source_id: int, said: Sequence[str], gone: Sequence[str]) -> None:
    """Take out of the runs of a source that wait for a person what a later one says of the same things."""
    waiting = connection.scalars(select(Run.id).where(Run.source_id == source_id, Run.state == "held")).all()
    for run_id in waiting:
        for at in range(0, len(said), _BLOCK):
            _take_out(connection, run_id, said[at : at + _BLOCK], met=True)
        for at in range(0, len(gone), _BLOCK):
            _take_out(connection, run_id, gone[at : at + _BLOCK], met=False)


def _take_out(connection: Connection, run_id: int, keys: Sequence[str], *, met: bool) -> None:
    dialect, asked = connection.dialect.name, {"keys": listed(connection, keys)}
    mine = (FacetVersion.run_id == run_id, among(dialect, FacetVersion.key))
    connection.execute(update(FacetVersion).where(*mine).values(void=True), asked)
    connection.execute(delete(RunSeen).where(RunSeen.run_id == run_id, among(dialect, RunSeen.key)), asked)
    if met:
        insert_all(connection, RunSeen, [{"run_id": run_id, "key": key, "outcome": "unchanged"} for key in keys])
