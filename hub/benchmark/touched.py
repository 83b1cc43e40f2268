"""Which things must be looked at again: those the change feed names, and what they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, and_, func, literal, or_, select, union_all

from hub.benchmark.cases_commitments import BUDGET
from hub.clock import today
from hub.models import Change, Facet, Link, Term
from hub.models.thing import is_one

PARTS = ("stage", "contribution", "observation")
LEADING = ("process_ids", "subject")
"""The links by which a meeting and a document say of which démarche they are."""
WINDOW = 3
"""For how many years after its last date a démarche is still looked at: those of the longest window."""


@dataclass
class Touched:
    """What to look at again of one metropole. `changed`: the things themselves, whose old cases are dropped.

    `whole`: all of it, every old case.
    """

    processes: set[str] = field(default_factory=set)
    commitments: set[str] = field(default_factory=set)
    meetings: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    figures: bool = False
    whole: bool = False


def newest(connection: Connection) -> int:
    """Return the number of the last change of the feed, 0 when it is empty."""
    return connection.scalar(select(func.max(Change.id))) or 0


def touched(connection: Connection, since: int, day: str) -> dict[str, Touched]:
    """Return, by metropole, what the changes after `since` touch, and what became public after that day."""
    found: dict[str, Touched] = {}
    feed = select(Change.hub_id, Change.kind, Change.siren, Change.event).where(Change.id > since)
    revealed = (Facet.lead, Facet.public_on > day, Facet.public_on <= today().isoformat())
    shown = select(Facet.hub_id, Facet.kind, Facet.siren, literal("restored").label("event")).where(*revealed)
    changed = union_all(feed.where(Change.siren.is_not(None)), shown.where(Facet.siren.is_not(None))).subquery()
    for hub_id, kind, siren in connection.execute(select(changed.c.hub_id, changed.c.kind, changed.c.siren)):
        _note(found.setdefault(str(siren), Touched()), str(kind), str(hub_id))
    of = select(changed.c.hub_id)
    linked = of.where(changed.c.kind.in_(("meeting", "document")))
    moving = of.where(changed.c.kind.in_((*PARTS, "document")), changed.c.event == "updated")
    _add(connection, found, "processes", _owners(of.where(changed.c.kind.in_(PARTS))))
    _add(connection, found, "processes", _linked(linked, "process"))
    _add(connection, found, "processes", _beside(moving))
    _add(connection, found, "commitments", _citing(of.where(changed.c.kind == "deliberation")))
    for mine in found.values():
        mine.commitments.update(projects_of(connection, mine.processes))
    return found


def _note(mine: Touched, kind: str, hub_id: str) -> None:
    if kind != "contribution":
        mine.changed.add(hub_id)
    if kind == "process":
        mine.processes.add(hub_id)
    elif kind == "commitment":
        mine.commitments.add(hub_id)
    elif kind == "meeting":
        mine.meetings.add(hub_id)
    mine.figures |= kind == "observation"


def _beside(moving: Select[str]) -> Select[str, str | None]:
    """The démarches of the sources of these: any may have had what changed, which now says that it is another's."""
    sources = select(Facet.source_id).where(Facet.hub_id.in_(moving))
    return select(Facet.hub_id, Facet.siren).where(Facet.kind == "process", Facet.lead, Facet.source_id.in_(sources))


def everything(connection: Connection, siren: str) -> Touched:
    """Return all there is to look at of a metropole."""
    ids = {kind: set(connection.scalars(_standing(siren, kind))) for kind in ("process", "commitment", "meeting")}
    return Touched(ids["process"], ids["commitment"], ids["meeting"], figures=True, whole=True)


def ageing(connection: Connection, siren: str, day: str) -> Touched:
    """Return what the days since `day` change: what still waits, what enters or leaves a window, what is over."""
    year = min(int(day[:4]), today().year)
    recent = or_(Facet.year_to >= year - WINDOW, Facet.year_to.is_(None))
    editions = select(Term.hub_id).where(Term.field == "type", Term.value == BUDGET)
    processes = set(connection.scalars(_standing(siren, "process").where(or_(recent, Facet.hub_id.in_(editions)))))
    parts = select(Facet.hub_id).where(Facet.siren == siren, Facet.kind.in_(("stage", "observation")), Facet.lead)
    coming = _standing(siren, "meeting").where(Facet.year_to >= year)
    for query in (_owners(parts.where(Facet.year_to >= year - WINDOW)), _linked(coming, "process")):
        processes.update(connection.scalars(query.with_only_columns(Facet.hub_id)))
    commitments = set(connection.scalars(_standing(siren, "commitment")))
    return Touched(processes, commitments, set(connection.scalars(coming)), figures=True)


def together(connection: Connection, processes: Collection[str]) -> tuple[set[str], set[str]]:
    """Return these démarches with those that share a meeting with one of them, and what belongs to all of these."""
    found, parts = set[str](), set[str]()
    left = set(processes)
    while left:
        found |= left
        mine = belonging_to(connection, left)
        owners = (_linked(block, "process").with_only_columns(Facet.hub_id) for block in blocks(mine - parts))
        left = {hub_id for query in owners for hub_id in connection.scalars(query)} - found
        parts |= mine
    return found, parts


def belonging_to(connection: Connection, processes: Collection[str]) -> set[str]:
    """Return the stages, figures, meetings and documents of these démarches, even of those that are gone."""
    found: set[str] = set()
    for block in blocks(processes):
        mine = select(Facet.source_id, Facet.remote_id).where(Facet.kind == "process", Facet.hub_id.in_(block))
        names = [(row.source_id, row.remote_id) for row in connection.execute(mine)]
        part = (Facet.kind.in_(("stage", "observation")), is_one(names, Facet.source_id, Facet.process_id))
        led = (Link.target_kind == "process", Link.field.in_(LEADING), is_one(names, Link.source_id, Link.target_id))
        found.update(connection.scalars(select(Facet.hub_id).where(*part)))
        found.update(connection.scalars(select(Link.hub_id).where(*led)))
    return found


def blocks(hub_ids: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """Yield these identifiers in their order, so many at a time."""
    listed = sorted(hub_ids)
    yield from (listed[start : start + size] for start in range(0, len(listed), size))


def projects_of(connection: Connection, processes: Iterable[str]) -> Iterable[str]:
    """Return the commitments that are winning projects of these démarches."""
    for block in blocks(processes):
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


def _linked(changed: Select[str] | Sequence[str], kind: str) -> Select[str, str | None]:
    """The things of a kind that these lead to."""
    led = select(Link.source_id, Link.target_id).where(Link.hub_id.in_(changed), Link.target_kind == kind).distinct()
    target = led.subquery()
    named = and_(Facet.source_id == target.c.source_id, Facet.remote_id == target.c.target_id, Facet.kind == kind)
    return select(Facet.hub_id, Facet.siren).join(target, named).distinct()


def _citing(changed: Select[str]) -> Select[str, str | None]:
    """The commitments that cite these deliberations."""
    cited = and_(Link.source_id == Facet.source_id, Link.target_id == Facet.remote_id, Link.target_kind == Facet.kind)
    return select(Link.hub_id, Facet.siren).join(Facet, cited).where(Facet.hub_id.in_(changed)).distinct()
