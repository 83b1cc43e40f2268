"""The change feed: what each close changed, in the order of the closes (`push-api.md` §11)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, case, func, insert, literal, select, text

from hub.clock import today
from hub.harvest.runs import Lease
from hub.models import Change, Facet, FacetVersion
from hub.models.facet import bears_name_of, written_by

_LOCK = 7_301_955
"""The number of the advisory lock of the feed; any constant would do."""


@dataclass
class Turn:
    """The things (hub_ids) that a close makes gone, or present again.

    `missed`: how many were not seen this time; `mistaken`: how many came back that had lately been called gone.
    """

    gone: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    missed: int = 0
    mistaken: int = 0

    def counts(self) -> dict[str, int]:
        """Return the figures of a run's report."""
        figures = {"gone": len(self.gone), "restored": len(self.restored), "not_seen": self.missed}
        figures["false_deletions"] = self.mistaken
        return {name: figure for name, figure in figures.items() if figure}


def one_at_a_time(connection: Connection) -> None:
    """Close runs one after the other, so that the order of the feed is the order of commits. SQLite does so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def write_changes(connection: Connection, lease: Lease, *, fresh: bool) -> None:
    """Tell each version of a closing run, before facets move to it: created, updated or restored.

    All of a `fresh` run is created.
    """
    ours = (written_by(lease.run_id), FacetVersion.void.is_(False))
    known = and_(bears_name_of(FacetVersion, lease.source_id), Facet.lead)
    back = and_(Facet.presence == "gone", literal(lease.mode != "replay"))
    event = case((Facet.id.is_(None), "created"), (back, "restored"), else_="updated")
    columns = {
        "hub_id": FacetVersion.key if fresh else func.coalesce(Facet.hub_id, FacetVersion.key),
        "kind": FacetVersion.kind,
        "siren": literal(lease.siren, Change.siren.type),
        "event": literal("created") if fresh else event,
        "run_id": FacetVersion.run_id,
    }
    chosen = select(*columns.values()).where(*ours).order_by(FacetVersion.id)
    chosen = chosen if fresh else chosen.outerjoin(Facet, known)
    connection.execute(insert(Change).from_select(list(columns), chosen))


def write_revealed(connection: Connection, since: str) -> None:
    """Tell what may be read now that its date has come, after the day `since`: whoever follows the feed passed it over.

    It is created for those who could not read it; members who could are told again what they hold.
    """
    columns = [Facet.hub_id, Facet.kind, Facet.siren, literal("created"), FacetVersion.run_id]
    come = (Facet.public_on > since, Facet.public_on <= today().isoformat())
    shown = (Facet.lead, Facet.presence != "gone", Facet.diffusion.in_(("public", "pairs")))
    chosen = select(*columns).join(FacetVersion, FacetVersion.id == Facet.reading_id).where(*come, *shown)
    names = ["hub_id", "kind", "siren", "event", "run_id"]
    connection.execute(insert(Change).from_select(names, chosen.order_by(Facet.id)))


def write_turns(connection: Connection, lease: Lease, turn: Turn) -> None:
    """Tell what is gone and what came back without a new version."""
    written = select(FacetVersion.key).where(FacetVersion.run_id == lease.run_id, FacetVersion.void.is_(False))
    for event, hub_ids in (("gone", turn.gone), ("restored", turn.restored)):
        for start in range(0, len(hub_ids), 500):
            block = hub_ids[start : start + 500]
            columns = [Facet.hub_id, Facet.kind, Facet.siren, literal(event), literal(lease.run_id)]
            chosen = select(*columns).where(Facet.hub_id.in_(block), Facet.lead, Facet.key.not_in(written))
            names = ["hub_id", "kind", "siren", "event", "run_id"]
            connection.execute(insert(Change).from_select(names, chosen.order_by(Facet.hub_id)))
