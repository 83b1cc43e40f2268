"""A platform replaced by another: the things of the new source join the old ones, by a person's list (§8).

The identifier of a thing outlives its platform: the record of the new source leads from then on, what the old one
said stays beneath it as a layer. Nothing is deleted, and `detach` undoes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.derive import derive
from hub.harvest.feed import one_at_a_time
from hub.harvest.reading import write_reading
from hub.harvest.registry import note, step
from hub.harvest.runs import Lease, Opening, close, open_run
from hub.models import Change, Facet, Link, Run, Source, Term
from hub.models.facet import VERSIONS_PER_RUN, under
from hub.models.history import open_run_of

WRITER = "attachment"
SHOWN = 10
"""How many problems of a list are told at once."""
SIDES = ("old", "new")


@dataclass(frozen=True)
class Pair:
    """A record of the source replaced, and the one that stands for it in the new source, by their remote_id."""

    kind: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.kind} {self.old} → {self.new}"


@dataclass(frozen=True)
class Move:
    """A pair by its keys, and the identifier under which the thing stands."""

    pair: Pair
    old: str
    new: str
    hub_id: str


Act = Callable[[Connection, Lease, Move], None]


def attach(source: Source, pairs: Sequence[Pair], *, motive: str, actor: str) -> Run:
    """Join records of `source` to the things of the source it replaces, which is stopped; return the closed run.

    Raises BadQuery, which names the pairs that cannot be joined, and BusySource; nothing is written then.
    """
    old = db.session.get(Source, source.replaces_id) if source.replaces_id else None
    if old is None:
        raise BadQuery(f"Dites d'abord quelle source « {source.slug} » remplace (hub source edit --replaces).")
    if db.session.scalar(open_run_of(old)):
        raise BadQuery(f"La source « {old.slug} » est en cours de lecture : attendez la fin de sa moisson.")
    moves = _moves(old, source, list(dict.fromkeys(pairs)))
    lease = _open(source, motive, actor)
    if old.state != "stopped":
        step(old, "stop", actor, motive)
    return _done(lease, "attach", _join, moves, actor, motive)


def detach(source: Source, pairs: Sequence[Pair] | None = None, *, motive: str, actor: str) -> Run:
    """Give records of `source` their own identifiers back, all that were attached without a list; return the run.

    Raises BadQuery, BusySource; nothing is written then.
    """
    held = {move.pair: move for move in attached(source)}
    chosen = list(held if pairs is None else dict.fromkeys(pairs))
    _refuse([f"{pair} : ces fiches ne sont pas rattachées." for pair in chosen if pair not in held], chosen)
    return _done(_open(source, motive, actor), "detach", _part, [held[pair] for pair in chosen], actor, motive)


def attached(source: Source) -> Iterator[Move]:
    """Yield what of a source leads a thing of the source it replaces, in the order it came."""
    named = select(Facet.kind, Facet.remote_id, Facet.key, Facet.hub_id)
    mine = (Facet.source_id == source.id, Facet.lead, Facet.hub_id != Facet.key)
    for new in db.session.execute(named.where(*mine).order_by(Facet.id)).all():
        beneath = named.where(Facet.hub_id == new.hub_id, Facet.source_id == source.replaces_id)
        old = db.session.execute(beneath.order_by(Facet.id).limit(1)).one()
        yield Move(Pair(new.kind, old.remote_id, new.remote_id), old.key, new.key, new.hub_id)


def _moves(old: Source, new: Source, pairs: Sequence[Pair]) -> list[Move]:
    """Return what a list asks for. Raises BadQuery when one of its lines cannot be done."""
    before, after = _leading(old), _leading(new)
    olds, news = (Counter((pair.kind, name) for pair in pairs for name in [getattr(pair, side)]) for side in SIDES)
    problems: list[str] = []
    for pair in pairs:
        here, there = (pair.kind, pair.old), (pair.kind, pair.new)
        if here not in before:
            problems.append(f"{pair} : « {old.slug} » n'a pas de fiche {pair.old} à rattacher.")
        elif there not in after or after[there][0] != after[there][1]:
            problems.append(f"{pair} : « {new.slug} » n'a pas de fiche {pair.new} à rattacher.")
        elif olds[here] > 1 or news[there] > 1:
            problems.append(f"{pair} : cette fiche est nommée deux fois.")
    _refuse(problems, pairs)
    return [
        Move(pair, before[pair.kind, pair.old][0], after[pair.kind, pair.new][0], before[pair.kind, pair.old][1])
        for pair in pairs
    ]


def _leading(source: Source) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the key and the identifier of each thing that a source leads, by kind and remote_id."""
    mine = select(Facet.kind, Facet.remote_id, Facet.key, Facet.hub_id).where(Facet.source_id == source.id, Facet.lead)
    return {(row.kind, row.remote_id): (row.key, row.hub_id) for row in db.session.execute(mine)}


def _refuse(problems: Sequence[str], pairs: Sequence[Pair]) -> None:
    if not pairs:
        raise BadQuery("Il n'y a aucune fiche à rattacher ou à détacher.")
    if problems:
        more = [f"… et {len(problems) - SHOWN} autres."] if len(problems) > SHOWN else []
        raise BadQuery("\n".join(["Rien n'a été changé.", *problems[:SHOWN], *more]))


def _open(source: Source, motive: str, actor: str) -> Lease:
    if not motive.strip():
        raise BadQuery("Indiquez le motif (--motive).")
    return open_run(source, Opening(WRITER, WRITER, WRITER, "1.0", message=f"{actor} : {motive}"))


def _done(lease: Lease, action: str, act: Act, moves: Sequence[Move], actor: str, motive: str) -> Run:
    """Do it in one transaction: the run's versions are the new readings, its lines of the feed tell of them."""
    with writing() as connection:
        one_at_a_time(connection)
        for move in moves:
            act(connection, lease, move)
        things = sorted({hub_id for move in moves for hub_id in (move.hub_id, move.new)})
        for rank, hub_id in enumerate(things, lease.run_id * VERSIONS_PER_RUN + 1):
            write_reading(connection, lease, hub_id, rank)
        derive(connection, lease.run_id, _around(connection, moves))
        details = {"pairs": [[move.pair.kind, move.pair.old, move.pair.new] for move in moves]}
        note(connection, lease.source_id, actor, action, motive, lease.run_id, details)
        counts = {"received": len(moves), "updated": len(moves), "versions": len(things)}
        close(connection, lease.run_id, "complete", counts=counts)
    return db.session.get_one(Run, lease.run_id)


def _join(connection: Connection, lease: Lease, move: Move) -> None:
    """The record keeps its own key, takes the identifier of the old thing, and leads it."""
    connection.execute(update(Facet).where(Facet.hub_id == move.hub_id).values(lead=False))
    connection.execute(update(Facet).where(under([move.new])).values(hub_id=move.hub_id))
    _lead(connection, move.new)
    for derived in (Term, Link):
        connection.execute(delete(derived).where(derived.hub_id == move.new))
    _tell(connection, lease, move, "gone")


def _part(connection: Connection, lease: Lease, move: Move) -> None:
    """Each thing is led again by the first facet under its own key."""
    connection.execute(update(Facet).where(under([move.new])).values(hub_id=move.new))
    _lead(connection, move.old)
    _tell(connection, lease, move, "restored")


def _lead(connection: Connection, key: str) -> None:
    first = connection.scalar(select(func.min(Facet.id)).where(under([key])))
    connection.execute(update(Facet).where(Facet.id == first).values(lead=True))


def _tell(connection: Connection, lease: Lease, move: Move, event: str) -> None:
    row = {"kind": move.pair.kind, "siren": lease.siren, "run_id": lease.run_id}
    told = [{"hub_id": move.new, "event": event, **row}, {"hub_id": move.hub_id, "event": "updated", **row}]
    connection.execute(insert(Change), told)


def _around(connection: Connection, moves: Sequence[Move]) -> list[str]:
    """Return the things that lead to what moved: what they are filtered by changes with it."""
    found: set[str] = set()
    for move in moves:
        names = select(Facet.source_id, Facet.remote_id).where(under([move.old, move.new]))
        named = tuple_(Link.source_id, Link.target_id).in_(names)
        found.update(connection.scalars(select(Link.hub_id).where(named, Link.target_kind == move.pair.kind)))
    return sorted(found)
