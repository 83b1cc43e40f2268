"""Which things must be looked at again: those the change feed names, and what they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, and_, func, or_, select

from hub.clock import today
from hub.models import Change, Facet, Link
from hub.models.thing import is_one

PARTS = ("stage", "contribution", "observation")
WINDOW = 3
"""For how many years after its last date a démarche is still looked at: those of the longest window."""


@dataclass
class Touched:
    """What to look at again of one metropole. `changed`: the things themselves, whose old cases are dropped."""

    processes: set[str] = field(default_factory=set)
    commitments: set[str] = field(default_factory=set)
    meetings: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    figures: bool = False


def newest(connection: Connection) -> int:
    """Return the number of the last change of the feed, 0 when it is empty."""
    return connection.scalar(select(func.max(Change.id))) or 0


def touched(connection: Connection, since: int) -> dict[str, Touched]:
    """Return, by metropole, what the changes after `since` touch."""
    found: dict[str, Touched] = {}
    feed = and_(Change.id > since, Change.siren.is_not(None))
    for hub_id, kind, siren in connection.execute(select(Change.hub_id, Change.kind, Change.siren).where(feed)):
        mine = found.setdefault(str(siren), Touched())
        if kind != "contribution":
            mine.changed.add(hub_id)
        if kind == "process":
            mine.processes.add(hub_id)
        elif kind == "commitment":
            mine.commitments.add(hub_id)
        elif kind == "meeting":
            mine.meetings.add(hub_id)
        mine.figures |= kind == "observation"
    changed = select(Change.hub_id).where(feed)
    _add(connection, found, "processes", _owners(changed.where(Change.kind.in_(PARTS))))
    _add(connection, found, "processes", _linked(changed.where(Change.kind.in_(("meeting", "document"))), "process"))
    _add(connection, found, "commitments", _citing(changed.where(Change.kind == "deliberation")))
    for mine in found.values():
        mine.commitments.update(projects_of(connection, sorted(mine.processes)))
    return found


def everything(connection: Connection, siren: str) -> Touched:
    """Return all there is to look at of a metropole."""
    ids = {kind: set(connection.scalars(_standing(siren, kind))) for kind in ("process", "commitment", "meeting")}
    return Touched(ids["process"], ids["commitment"], ids["meeting"], figures=True)


def ageing(connection: Connection, siren: str) -> Touched:
    """Return what a day that passes changes: what still waits, what enters or leaves a window, what becomes public."""
    recent = or_(Facet.year_to >= today().year - WINDOW, Facet.year_to.is_(None))
    processes = set(connection.scalars(_standing(siren, "process").where(recent)))
    commitments = set(connection.scalars(_standing(siren, "commitment")))
    coming = _standing(siren, "meeting").where(Facet.year_to >= today().year)
    processes.update(connection.scalars(_linked(coming, "process").with_only_columns(Facet.hub_id)))
    return Touched(processes, commitments, set(connection.scalars(coming)), figures=True)


def projects_of(connection: Connection, processes: Sequence[str]) -> Iterable[str]:
    """Return the commitments that are winning projects of these démarches."""
    for start in range(0, len(processes), 500):
        block = processes[start : start + 500]
        named = select(Facet.source_id, Facet.remote_id).where(Facet.kind == "process", Facet.hub_id.in_(block))
        names = [(row.source_id, row.remote_id) for row in connection.execute(named)]
        project = select(Link.hub_id).where(Link.field == "from_contribution_ids")
        mine = (Facet.kind == "commitment", Facet.lead, is_one(names, Facet.source_id, Facet.process_id))
        yield from connection.scalars(select(Facet.hub_id).where(*mine, Facet.hub_id.in_(project)))


def _standing(siren: str, kind: str) -> Select[str]:
    return select(Facet.hub_id).where(Facet.siren == siren, Facet.kind == kind, Facet.lead)


def _add(connection: Connection, found: dict[str, Touched], name: str, query: Select[str, str | None]) -> None:
    for hub_id, siren in connection.execute(query):
        if siren is not None:
            getattr(found.setdefault(siren, Touched()), name).add(hub_id)


def _owners(changed: Select[str]) -> Select[str, str | None]:
    """The démarches that these parts belong to, by whatever name they call them."""
    part = select(Facet.source_id, Facet.process_id).where(Facet.hub_id.in_(changed), Facet.process_id.is_not(None))
    owner = part.distinct().subquery()
    named = and_(Facet.source_id == owner.c.source_id, Facet.remote_id == owner.c.process_id, Facet.kind == "process")
    return select(Facet.hub_id, Facet.siren).join(owner, named).distinct()


def _linked(changed: Select[str], kind: str) -> Select[str, str | None]:
    """The things of a kind that these lead to."""
    led = select(Link.source_id, Link.target_id).where(Link.hub_id.in_(changed), Link.target_kind == kind).distinct()
    target = led.subquery()
    named = and_(Facet.source_id == target.c.source_id, Facet.remote_id == target.c.target_id, Facet.kind == kind)
    return select(Facet.hub_id, Facet.siren).join(target, named).distinct()


def _citing(changed: Select[str]) -> Select[str, str | None]:
    """The commitments that cite these deliberations."""
    cited = and_(Link.source_id == Facet.source_id, Link.target_id == Facet.remote_id, Link.target_kind == Facet.kind)
    return select(Link.hub_id, Facet.siren).join(Facet, cited).where(Facet.hub_id.in_(changed)).distinct()
