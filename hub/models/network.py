"""The network's own things: memberships, sessions, retours… written by people, checked by the same schemas."""

from __future__ import annotations

from sqlalchemy import Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, Base

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
