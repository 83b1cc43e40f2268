"""Which things must be looked at again: those the change feed names, and what they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, Select, and_, literal, or_, select, union_all

from hub.benchmark.cases_commitments import BUDGET
from hub.benchmark.dossiers import named
from hub.clock import today
from hub.models import Change, Facet, Link, Term
from hub.models.thing import is_one

PARTS = ("stage", "contribution", "observation")
LEADING = ("process_ids", "subject")
"""The links by which a meeting and a document say of which démarche they are."""
WINDOW = 3
"""For how many years after its last date a démarche is still looked at: those of the longest window."""

Owned = tuple[str, str | None]
"""A thing, and the SIREN of whose it is."""
Changed = Select[str] | Sequence[str]
Name = TypeVar("Name", str, tuple[int, str])


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

    @property
    def size(self) -> int:
        """Return how many things that is, about."""
        return len(self.processes) + len(self.commitments) + len(self.meetings) + len(self.changed)


def touched(connection: Connection, since: int, day: str) -> dict[str, Touched]:
    """Return, by metropole, what the changes after `since` touch, and what became public after that day."""
    found: dict[str, Touched] = {}
    feed = select(Change.hub_id, Change.kind, Change.siren, Change.event).where(Change.id > since)
    parts = [feed.where(Change.siren.is_not(None))]
    if day < today().isoformat():  # a day that has not passed reveals nothing: it need not be looked for
        revealed = (Facet.lead, Facet.public_on > day, Facet.public_on <= today().isoformat())
        shown = select(Facet.hub_id, Facet.kind, Facet.siren, literal("restored").label("event")).where(*revealed)
        parts.append(shown.where(Facet.siren.is_not(None)))
    changed = union_all(*parts).subquery()
    for hub_id, kind, siren in connection.execute(select(changed.c.hub_id, changed.c.kind, changed.c.siren)):
        _note(found.setdefault(str(siren), Touched()), str(kind), str(hub_id))
    of = select(changed.c.hub_id)
    linked = of.where(changed.c.kind.in_(("meeting", "document")))
    moving = of.where(changed.c.kind.in_((*PARTS, "document")), changed.c.event == "updated")
    citing = _citing(of.where(changed.c.kind == "deliberation"))
    _add(found, "processes", _owners(connection, of.where(changed.c.kind.in_(PARTS))))
    _add(found, "processes", _linked(connection, linked, "process"))
    _add(found, "processes", connection.execute(_beside(moving)))
    _add(found, "commitments", connection.execute(citing))
    looked_at = {hub_id for mine in found.values() for hub_id in mine.processes}
    _add(found, "commitments", _projects(connection, looked_at))
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
    recently = parts.where(Facet.year_to >= year - WINDOW)
    processes.update(hub_id for hub_id, _ in _owners(connection, recently))
    processes.update(hub_id for hub_id, _ in _linked(connection, coming, "process"))
    commitments = set(connection.scalars(_standing(siren, "commitment")))
    return Touched(processes, commitments, set(connection.scalars(coming)), figures=True)


def together(connection: Connection, processes: Collection[str]) -> tuple[set[str], set[str]]:
    """Return these démarches with their components and those that share a meeting, and what belongs to all of these."""
    found, parts = set[str](), set[str]()
    left = set(processes)
    while left:
        found |= left
        mine = belonging_to(connection, left)
        owners = (_linked(connection, block, "process") for block in blocks(mine - parts))
        left = {hub_id for block in owners for hub_id, _ in block} | components_of(connection, left)
        left -= found
        parts |= mine
    return found, parts


def belonging_to(connection: Connection, processes: Collection[str]) -> set[str]:
    """Return the stages, figures, meetings and documents of these démarches, even of those that are gone."""
    found: set[str] = set()
    for block in blocks(processes):
        names = named(connection, "process", block)
        part = is_one(names, Facet.source_id, Facet.process_id, Facet.kind.in_(("stage", "observation")))
        led = (Link.target_kind == "process", Link.field.in_(LEADING), is_one(names, Link.source_id, Link.target_id))
        found.update(connection.scalars(select(Facet.hub_id).where(part)))
        found.update(connection.scalars(select(Link.hub_id).where(*led)))
    return found


def components_of(connection: Connection, processes: Collection[str]) -> set[str]:
    """Return the components of these démarches, even of those that are gone."""
    found: set[str] = set()
    for block in blocks(processes):
        names = named(connection, "process", block)
        led = (Link.target_kind == "process", Link.field == "parent_id", is_one(names, Link.source_id, Link.target_id))
        found.update(connection.scalars(select(Link.hub_id).where(*led)))
    return found


def blocks(names: Iterable[Name], size: int = 500) -> Iterator[list[Name]]:
    """Yield these names in their order, so many at a time."""
    listed = sorted(names)
    yield from (listed[start : start + size] for start in range(0, len(listed), size))


def _projects(connection: Connection, processes: Iterable[str]) -> Iterator[Owned]:
    """Yield the commitments that are winning projects of these démarches."""
    for block in blocks(processes):
        names = named(connection, "process", block)
        mine = is_one(names, Facet.source_id, Facet.process_id, Facet.kind == "commitment")
        project = Facet.hub_id.in_(select(Link.hub_id).where(Link.field == "from_contribution_ids"))
        yield from connection.execute(select(Facet.hub_id, Facet.siren).where(mine, Facet.lead, project))


def _standing(siren: str, kind: str) -> Select[str]:
    return select(Facet.hub_id).where(Facet.siren == siren, Facet.kind == kind, Facet.lead)


def _add(found: dict[str, Touched], name: str, things: Iterable[Owned]) -> None:
    for hub_id, siren in things:
        if siren is not None:
            getattr(found.setdefault(siren, Touched()), name).add(hub_id)


def _owners(connection: Connection, changed: Changed) -> Iterator[Owned]:
    """Yield the démarches that these parts belong to, by whatever name they call them."""
    part = select(Facet.source_id, Facet.process_id).where(Facet.hub_id.in_(changed), Facet.process_id.is_not(None))
    return _named(connection, "process", part.distinct())


def _linked(connection: Connection, changed: Changed, kind: str) -> Iterator[Owned]:
    """Yield the things of a kind that these lead to."""
    led = select(Link.source_id, Link.target_id).where(Link.hub_id.in_(changed), Link.target_kind == kind)
    return _named(connection, kind, led.distinct())


def _named(connection: Connection, kind: str, names: Select[int, str | None]) -> Iterator[Owned]:
    """Yield the things of a kind that bear one of these names, a few hundred names at a time."""
    for block in blocks((source, name) for source, name in connection.execute(names) if name is not None):
        theirs = is_one(block, Facet.source_id, Facet.remote_id, Facet.kind == kind)
        yield from connection.execute(select(Facet.hub_id, Facet.siren).where(theirs))


def _citing(changed: Select[str]) -> Select[str, str | None]:
    """The commitments that cite these deliberations."""
    cited = and_(Link.source_id == Facet.source_id, Link.target_id == Facet.remote_id, Link.target_kind == Facet.kind)
    return select(Link.hub_id, Facet.siren).join(Facet, cited).where(Facet.hub_id.in_(changed)).distinct()
