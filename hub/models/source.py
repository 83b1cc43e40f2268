"""Sources: where the data of one metropole, or of the network itself, come from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, Text, select
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


FREQUENCY_LABELS = {
    "manual": "À la demande",
    "hourly": "Toutes les heures",
    "six_hours": "Toutes les six heures",
    "daily": "Chaque nuit",
    "weekly": "Chaque semaine",
    "monthly": "Chaque mois",
}


class Source(Base):
    """One place data come from. `siren` is null for the network's own sources, shown « Réseau ».

    `slot`: minute of the day, Paris time; `cursor`: what the last applied run brings to the next incremental one;
    `full_at`: when the last complete full walk closed; `good_run_id`: the run guards compare with; `profile`: how
    filled the records in force are; `bypass`: guards off for one run; `cause`: why the hub itself stopped asking;
    `rederived`: how many of its records in force the payloads gave again (`same`, `total`, `at`), when last verified.
    """

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
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    contacts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    bypass: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    frequency: Mapped[str] = mapped_column(KEY, default="manual")
    slot: Mapped[int | None] = mapped_column(Integer)
    next_due: Mapped[str | None] = mapped_column(KEY, index=True)
    cursor: Mapped[str | None] = mapped_column(Text)
    full_at: Mapped[str | None] = mapped_column(KEY)
    good_run_id: Mapped[int | None] = mapped_column(Integer)
    ailing_since: Mapped[str | None] = mapped_column(KEY)
    cause: Mapped[str | None] = mapped_column(KEY)
    rederived: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    replaces_id: Mapped[int | None] = mapped_column(Integer)
    agent: Mapped[str | None] = mapped_column(String(200))


def sources() -> Select[Source, Metropole]:
    """Every source with its metropole (None for the network), by slug."""
    return select(Source, Metropole).outerjoin(Metropole, Metropole.siren == Source.siren).order_by(Source.slug)


def published_sources() -> Select[Source, Metropole]:
    """Every source but the drafts, which only their metropole knows."""
    return sources().where(Source.state != "draft")


def source_called(slug: str) -> Select[Source]:
    """The source of this slug."""
    return select(Source).where(Source.slug == slug)
