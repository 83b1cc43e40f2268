"""Derived rows: terms lists are filtered by, links pages follow, counts not shown. They say nothing of their own."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, Base


class Term(Base):
    """A value a thing can be filtered by (year, theme, state of the answer…). Derived, rebuilt when it changes."""

    __tablename__ = "term"
    __table_args__ = (Index("ix_term_field_value", "field", "value"),)

    hub_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    field: Mapped[str] = mapped_column(KEY, primary_key=True)
    value: Mapped[str] = mapped_column(KEY, primary_key=True)


class Link(Base):
    """A link from a thing to a record of its source, by field. Derived, rebuilt when the thing changes."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_source_id_target", "source_id", "target_kind", "target_id"),)

    hub_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    field: Mapped[str] = mapped_column(KEY, primary_key=True)
    target_kind: Mapped[str] = mapped_column(KEY, primary_key=True)
    target_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))


class HiddenCount(Base):
    """A count of persons that readers of that threshold do not see (`compliance.md` §3). Derived from all versions.

    `alone`: the count is itself under the threshold, and no table holds it: « < 11 » may be said of it.
    """

    __tablename__ = "hidden_count"

    hub_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    field: Mapped[str] = mapped_column(KEY, primary_key=True)
    threshold: Mapped[int] = mapped_column(Integer, primary_key=True)
    siren: Mapped[str | None] = mapped_column(KEY, index=True)
    alone: Mapped[bool] = mapped_column(Boolean)
