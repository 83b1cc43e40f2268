"""For whom the present request reads: every query of things asks it, so that no page, file or count can forget to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from hub.clock import today


@dataclass(frozen=True)
class Audience:
    """What a reader sees beside what is public: what is between members (`peers`), drafts of metropoles (`sirens`)."""

    peers: bool = False
    sirens: tuple[str, ...] = ()


Column = InstrumentedAttribute[Any] | ColumnElement[Any]
PUBLIC = Audience()
_now: ContextVar[Audience] = ContextVar("audience", default=PUBLIC)


def audience() -> Audience:
    """Return for whom the present request reads; the public where nobody said otherwise."""
    return _now.get()


def read_for(who: Audience) -> None:
    """Say for whom the present request reads."""
    _now.set(who)


@contextmanager
def reading_for(who: Audience) -> Iterator[None]:
    """Read for somebody else for a while: what another reader would be shown."""
    before = _now.set(who)
    try:
        yield
    finally:
        _now.reset(before)


def readable(diffusion: Column, public_on: Column, siren: Column) -> ColumnElement[bool]:
    """Return the condition under which the present reader may read what is diffused so, from that day, of theirs.

    Never NULL, so that its contrary is exact.
    """
    return read_by(audience(), diffusion, public_on, siren)


def read_by(who: Audience, diffusion: Column, public_on: Column, siren: Column) -> ColumnElement[bool]:
    """Return the same condition for a given reader."""
    day = today().isoformat()
    undated = or_(public_on.is_(None), public_on <= day)
    found = [and_(diffusion == "public", undated), and_(diffusion == "pairs", public_on.is_not(None), public_on <= day)]
    if who.peers:
        found.append(diffusion == "pairs")
    if who.sirens:
        found.append(and_(siren.is_not(None), siren.in_(who.sirens)))
    return or_(*found)
