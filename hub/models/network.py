"""The network's own things: memberships, sessions, retours… written by people, checked by the same schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, Base, db

FOUNDING_AUTHOR = "documents fondateurs"


class NetworkThing(Base):
    """One thing of the network: its kind is the name of its JSON Schema, its data what the schema says."""

    __tablename__ = "network_thing"

    kind: Mapped[str] = mapped_column(KEY, primary_key=True)
    id: Mapped[str] = mapped_column(KEY, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    siren: Mapped[str | None] = mapped_column(KEY, index=True)
    year: Mapped[str | None] = mapped_column(KEY)
    sha256: Mapped[str] = mapped_column(KEY)
    data: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(KEY)
    written_at: Mapped[str] = mapped_column(KEY)


def things(kind: str) -> Select[NetworkThing]:
    """The network's things of one kind, in the order of their document."""
    return select(NetworkThing).where(NetworkThing.kind == kind).order_by(NetworkThing.position, NetworkThing.id)


def network(kind: str) -> list[dict[str, Any]]:
    """Return what the network's things of one kind say, in the order of their document; `author` is who wrote each."""
    return [_said(row) for row in db.session.scalars(things(kind))]


def network_of(kind: str, siren: str) -> list[dict[str, Any]]:
    """Return what the network's things of one kind say of one metropole, in the order of their document."""
    return [_said(row) for row in db.session.scalars(things(kind).where(NetworkThing.siren == siren))]


def network_thing(kind: str, thing_id: str) -> dict[str, Any] | None:
    """Return what one thing of the network says, or None when there is none of that name."""
    row = db.session.scalar(things(kind).where(NetworkThing.id == thing_id))
    return _said(row) if row else None


def naming(document_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (kind, what it says) of the network's things that name a document, in a trace or as an attachment."""
    word = orjson.dumps(document_id).decode()
    query = select(NetworkThing).where(NetworkThing.data.contains(word, autoescape=True))
    rows = db.session.scalars(query.order_by(NetworkThing.kind, NetworkThing.position, NetworkThing.id))
    return [(row.kind, _said(row)) for row in rows if word in row.data]


def traces_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every trace inside what a thing says, those of its parts included (a wording, a stated count, a view)."""
    if isinstance(value, list):
        for each in value:
            yield from traces_in(each)
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from inside if name == "trace" else traces_in(inside)


def _said(row: NetworkThing) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(row.data)
    return said | {"author": row.author}
