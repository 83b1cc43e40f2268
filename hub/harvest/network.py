"""The network's own things, written by people or read from the founding documents, checked by the same schemas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

import schemas
from hub.clock import iso, now
from hub.db import writing
from hub.models import Metropole, NetworkThing
from hub.models.network import FOUNDING_AUTHOR
from schemas import Problem, problem

LISTS = ("contributors", "present", "excused", "carriers", "analysts")
"""The lists of SIRENs of the network's things."""


@dataclass
class Written:
    """What writing things did: how many created, updated, unchanged, left to a person; the problems by thing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    problems: dict[str, list[Problem]] = field(default_factory=dict)


def write_things(
    kind: str, things: Iterable[Mapping[str, Any]], author: str, told: Callable[[Connection], None] | None = None
) -> Written:
    """Write `things` of one kind in one transaction: the good ones are kept, the bad ones reported.

    The founding documents never overwrite what a person wrote since. `told` is called in the transaction that wrote.
    """
    done = Written()
    with writing() as connection:
        sirens = frozenset(connection.scalars(select(Metropole.siren)))
        for position, thing in enumerate(things, start=1):
            problems = schemas.check(f"network/{kind}", thing) or _territory(thing, sirens)
            if problems:
                done.problems[str(thing.get("id", f"n° {position}"))] = problems
            else:
                _write(connection, done, kind, thing, author, position)
        if told and (done.created or done.updated):
            told(connection)
    return done


def _write(
    connection: Connection, done: Written, kind: str, thing: Mapping[str, Any], author: str, position: int
) -> None:
    text = schemas.canonical(thing)
    mine = (NetworkThing.kind == kind, NetworkThing.id == thing["id"])
    known = connection.execute(select(NetworkThing.sha256, NetworkThing.author).where(*mine)).one_or_none()
    values = {
        "position": position,
        "siren": thing.get("siren"),
        "year": thing.get("year"),
        "sha256": hashlib.sha256(text).hexdigest(),
        "data": text.decode(),
        "author": author,
        "written_at": iso(now()),
    }
    if known is None:
        done.created += 1
        connection.execute(insert(NetworkThing).values(kind=kind, id=thing["id"], **values))
    elif known.sha256 == values["sha256"]:
        done.unchanged += 1
    elif author == FOUNDING_AUTHOR and known.author != FOUNDING_AUTHOR:
        done.kept += 1
    else:
        done.updated += 1
        connection.execute(update(NetworkThing).where(*mine).values(**values))


def _territory(thing: Mapping[str, Any], sirens: frozenset[str]) -> list[Problem]:
    """Every SIREN a thing names stands in the register of metropoles: none is created silently (§4.8)."""
    return [problem("siren_inconnu", pointer, siren) for pointer, siren in _sirens(thing) if siren not in sirens]


def _sirens(value: Any, pointer: str = "", naming: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (pointer, SIREN) wherever a thing names a metropole: keys ending in `siren`, lists of `LISTS`."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _sirens(inside, f"{pointer}/{name}", name.endswith("siren") or name in LISTS)
    elif isinstance(value, list):
        for rank, inside in enumerate(value):
            yield from _sirens(inside, f"{pointer}/{rank}", naming)
    elif naming and isinstance(value, str):
        yield pointer, value
