"""What was asked and answered: the payloads kept, and which request of which run brought them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base
from hub.models.run import APPLIED_STATES, Run


class RawPayload(Base):
    """What a source answered or a person sent, kept as it came, in `instance/raw/ab/<sha256>.gz`.

    `purged_on`: the day its file was removed, its time being over; the row stays.
    """

    __tablename__ = "raw_payload"

    sha256: Mapped[str] = mapped_column(KEY, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(KEY)
    filename: Mapped[str | None] = mapped_column(String(300))
    stored_at: Mapped[str] = mapped_column(KEY)
    purged_on: Mapped[str | None] = mapped_column(KEY)


class Exchange(Base):
    """Append-only: a request (named by its sha256, without secrets) and the new payload it brought.

    The same bytes again write no row: what a run read is, for each request, its newest exchange so far. `body_sha256`
    is of the bytes received, `sha256` of those kept, persons removed (null: not kept). `keys`: the records of the
    page, when all were accepted; `note`: what the connector wrote of it. `reading`: connector, version, options.
    """

    __tablename__ = "exchange"
    __table_args__ = (Index("ix_exchange_source_id_request", "source_id", "request", "id"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    request: Mapped[str] = mapped_column(KEY)
    url: Mapped[str] = mapped_column(String(2000))
    status: Mapped[int] = mapped_column(Integer)
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body_sha256: Mapped[str] = mapped_column(KEY)
    sha256: Mapped[str | None] = mapped_column(KEY, index=True)
    masked: Mapped[bool] = mapped_column(Boolean)
    reading: Mapped[str] = mapped_column(KEY)
    keys: Mapped[str | None] = mapped_column(Text)
    note: Mapped[dict[str, Any] | None] = mapped_column(JSON)


LAST_EXCHANGE = (
    select(Exchange.__table__)
    .join(Run, Run.id == Exchange.run_id)
    .where(Exchange.source_id == bindparam("source_id"), Exchange.request == bindparam("request"))
    .where(Run.state.in_(APPLIED_STATES))
    .order_by(Exchange.id.desc())
    .limit(1)
)
"""The newest exchange of a request (`source_id`, `request`) whose run was applied: what it brought is in force."""

ANY_EXCHANGE = (
    select(Exchange.id)
    .join(Run, Run.id == Exchange.run_id)
    .where(Exchange.source_id == bindparam("source_id"), Run.state.in_(APPLIED_STATES))
    .limit(1)
)
"""An exchange of a source (`source_id`) whose run was applied, if there is one."""
