"""Sources: where the data of one metropole, or of the network itself, come from."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, Base
from hub.models.metropole import Metropole

STATE_LABELS = {
    "draft": "Brouillon",
    "pending": "Proposée, en attente d'accord",
    "accepted": "Acceptée",
    "refused": "Refusée",
    "paused": "En pause",
    "stopped": "Arrêtée",
}


class Source(Base):
    """One place data come from. `siren` is null for the network's own sources, shown « Réseau »."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    slug: Mapped[str] = mapped_column(KEY, unique=True)
    siren: Mapped[str | None] = mapped_column(KEY, ForeignKey("metropole.siren"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    connector: Mapped[str] = mapped_column(KEY)
    url: Mapped[str | None] = mapped_column(String(2000))
    licence: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(KEY)
    perimeter: Mapped[str | None] = mapped_column(KEY)
    diffusion: Mapped[str] = mapped_column(KEY, default="public")


def sources() -> Select[Source, Metropole]:
    """Every source with its metropole (None for the network), by slug."""
    return select(Source, Metropole).outerjoin(Metropole, Metropole.siren == Source.siren).order_by(Source.slug)


def published_sources() -> Select[Source, Metropole]:
    """Every source but the drafts, which only their metropole knows."""
    return sources().where(Source.state != "draft")


def source_called(slug: str) -> Select[Source]:
    """The source of this slug."""
    return select(Source).where(Source.slug == slug)
