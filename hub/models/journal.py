"""What happened and who must know: decisions of people, the change feed, notices to send, hosts, pulse."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base
from hub.models.source import Source


class Decision(Base):
    """Append-only: who decided what on a source or one of its runs, and why."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[str] = mapped_column(KEY)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(KEY)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    motive: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Change(Base):
    """The change feed: one row for each thing created, updated, gone or restored, in the order of the closes."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    hub_id: Mapped[str] = mapped_column(KEY)
    kind: Mapped[str] = mapped_column(KEY)
    siren: Mapped[str | None] = mapped_column(KEY)
    event: Mapped[str] = mapped_column(KEY)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))


class Notice(Base):
    """A message to one person, written with what it tells of, sent later; `occasion` makes it unique."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    occasion: Mapped[str] = mapped_column(KEY, unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    role: Mapped[str] = mapped_column(KEY)
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[str] = mapped_column(KEY)
    sent_at: Mapped[str | None] = mapped_column(KEY, index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)


class Host(Base):
    """A machine that sources are read from: how many runs failed in a row, and when it may be asked again."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(KEY, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    closed_until: Mapped[str | None] = mapped_column(KEY)


class Pulse(Base):
    """The last sign of life of what must not stop: the clock of the workers."""

    __tablename__ = "pulse"

    name: Mapped[str] = mapped_column(KEY, primary_key=True)
    at: Mapped[str] = mapped_column(KEY)


def decisions_on(source: Source) -> Select[Decision]:
    """What was decided on a source, newest first."""
    return select(Decision).where(Decision.source_id == source.id).order_by(Decision.id.desc())
