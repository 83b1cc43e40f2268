"""Corrections: how long each holds and what it covered; proposals of those who may only propose one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Select, Text, and_, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base, db
from hub.models.facet import Facet

PROPOSAL_LABELS = {"open": "En attente", "accepted": "Acceptée", "declined": "Déclinée"}


class Correction(Base):
    """One corrected field of a thing: until when it holds (`harvest.md` §15), and the digest of what it covers.

    `key` is that of the layer of corrections; `moved`: what lies beneath is no longer what was corrected.
    """

    __tablename__ = "correction"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    field: Mapped[str] = mapped_column(KEY, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    beneath: Mapped[str] = mapped_column(KEY)
    moved: Mapped[bool] = mapped_column(Boolean)
    expires_on: Mapped[str] = mapped_column(KEY, index=True)


class Proposal(Base):
    """A value that somebody proposes for a field, for the administration of the metropole to accept or decline.

    No person is named: `function` is in what function it was proposed; the audit log says who.
    """

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    hub_id: Mapped[str] = mapped_column(KEY, index=True)
    siren: Mapped[str] = mapped_column(KEY, index=True)
    field: Mapped[str] = mapped_column(KEY)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    function: Mapped[str] = mapped_column(KEY)
    state: Mapped[str] = mapped_column(KEY)
    proposed_at: Mapped[str] = mapped_column(KEY)
    decided_at: Mapped[str | None] = mapped_column(KEY)
    answer: Mapped[str | None] = mapped_column(Text)


def terms_of(hub_id: str) -> dict[str, Correction]:
    """Return how long the corrections of a thing hold, by field."""
    same = and_(Facet.key == Correction.key, Facet.writer == "correction")
    query = select(Correction).join(Facet, same).where(Facet.hub_id == hub_id)
    return {each.field: each for each in db.session.scalars(query)}


def proposals_on(hub_id: str) -> Select[Proposal]:
    """What was proposed for a thing, newest first."""
    return select(Proposal).where(Proposal.hub_id == hub_id).order_by(Proposal.id.desc())


def open_proposals(siren: str) -> Select[Proposal]:
    """What waits for the administration of a metropole, oldest first."""
    return select(Proposal).where(Proposal.siren == siren, Proposal.state == "open").order_by(Proposal.id)
