"""What a push leaves beside its run: keys of calls, receipts, revisions said so far, snapshots being sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    and_,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base
from hub.models.derived import Term
from hub.models.facet import Facet

_IS_OPEN = text("state = 'open'")

SNAPSHOT_LABELS = {
    "open": "Ouvert",
    "committed": "Validé",
    "abandoned": "Abandonné",
    "expired": "Expiré",
}


class PushCall(Base):
    """A call that writes, by its `Idempotency-Key`: the digest of what was asked, and the answer given (§6).

    `status` is null while the call is at work, at the latest until `until`.
    """

    __tablename__ = "push_call"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    digest: Mapped[str] = mapped_column(KEY)
    until: Mapped[str] = mapped_column(KEY)
    status: Mapped[int | None] = mapped_column(Integer)
    location: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[str] = mapped_column(KEY, index=True)


class PushReceipt(Base):
    """Who sent what a run read, and when, signed (§11). Kept five years, longer than the client."""

    __tablename__ = "push_receipt"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    siren: Mapped[str] = mapped_column(KEY)
    received_at: Mapped[str] = mapped_column(KEY, index=True)
    body_sha256: Mapped[str] = mapped_column(KEY)
    jws: Mapped[str] = mapped_column(Text)


class PushRevision(Base):
    """The newest revision that the sender said of a thing, tombstones included: an older one changes nothing (§6)."""

    __tablename__ = "push_revision"

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), primary_key=True)
    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    revision: Mapped[str] = mapped_column(KEY)


class PushSnapshot(Base):
    """« Voici tout » for one kind, being sent (§7). `year` or `theme` narrow what it says is all.

    `client_id` is null for a person's file, which is committed at once.
    """

    __tablename__ = "push_snapshot"
    __table_args__ = (
        Index(
            "uq_push_snapshot_open",
            "source_id",
            "kind",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    kind: Mapped[str] = mapped_column(KEY)
    year: Mapped[int | None] = mapped_column(Integer)
    theme: Mapped[str | None] = mapped_column(KEY)
    state: Mapped[str] = mapped_column(KEY)
    opened_at: Mapped[str] = mapped_column(KEY)
    expires_at: Mapped[str] = mapped_column(KEY, index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)


class PushPart(Base):
    """A record sent to a snapshot and not yet applied; sent again, it replaces itself.

    `sent_sha256`: of its data as they were sent. A record that was refused keeps its problems, none of its content.
    """

    __tablename__ = "push_part"

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("push_snapshot.id"), primary_key=True)
    remote_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    sent_sha256: Mapped[str] = mapped_column(KEY)
    refused: Mapped[bool] = mapped_column(Boolean)
    data: Mapped[str | None] = mapped_column(Text)
    problems: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    diffusion: Mapped[str | None] = mapped_column(KEY)
    public_on: Mapped[str | None] = mapped_column(KEY)


def inside(snapshot: Any) -> ColumnElement[bool]:
    """Return the condition under which a facet is of what a snapshot (its row) says is all."""
    conditions = [Facet.kind == snapshot.kind]
    if snapshot.year is not None:
        conditions += [Facet.year_from.is_not(None), Facet.year_from <= snapshot.year, Facet.year_to >= snapshot.year]
    if snapshot.theme is not None:
        themed = (Term.hub_id == Facet.hub_id, Term.field == "themes", Term.value == snapshot.theme)
        conditions.append(exists().where(*themed))
    return and_(*conditions)
