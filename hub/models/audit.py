"""The audit log: who did what to which thing, in lines that each hold the digest of the one before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base


class AuditLine(Base):
    """One act or refused attempt. When its time has come its `content` goes, and the chain of digests stays whole."""

    __tablename__ = "audit_line"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[str] = mapped_column(KEY, index=True)
    lasting: Mapped[bool] = mapped_column(default=False)
    siren: Mapped[str | None] = mapped_column(KEY, index=True)
    by_operator: Mapped[bool] = mapped_column(default=False)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    content_digest: Mapped[str] = mapped_column(KEY)
    previous: Mapped[str] = mapped_column(KEY)
    digest: Mapped[str] = mapped_column(KEY)


class AuditHead(Base):
    """The one row that says where the chain stands: written with each line, and what writers wait for each other on."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lines: Mapped[int] = mapped_column(ROW_ID)
    digest: Mapped[str] = mapped_column(KEY)


class AuditAddress(Base):
    """The network address of a line, beside it: it goes after 6 months without touching the chain."""

    __tablename__ = "audit_address"

    line_id: Mapped[int] = mapped_column(ForeignKey("audit_line.id"), primary_key=True)
    at: Mapped[str] = mapped_column(KEY, index=True)
    address: Mapped[str] = mapped_column(String(100))


class Rate(Base):
    """How often something was asked in a window of time, shared by all processes (`stack.md` §6)."""

    __tablename__ = "rate"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    hits: Mapped[int] = mapped_column(Integer)
    ends: Mapped[int] = mapped_column(ROW_ID, index=True)


def lines(*, operators: bool) -> Select[AuditLine]:
    """The lines of the log, those of operators only where asked, newest first."""
    query = select(AuditLine).order_by(AuditLine.id.desc())
    return query if operators else query.where(AuditLine.by_operator.is_(False))
