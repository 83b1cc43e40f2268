"""Facets: what one writer said of one thing, in layers; and what is derived from them for lists.

The *lead* facet of a thing is the one under whose key the thing was first seen. It carries the thing's `reading`
(the layers read field by field, `harvest.md` §15) and the few columns lists are filtered and sorted by.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    SQLColumnExpression,
    String,
    Text,
    and_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from hub.db import KEY, ROW_ID, Base

VERSIONS_PER_RUN = 10_000_000
"""A version's id is `run.id × VERSIONS_PER_RUN + rank in the run`: known before the insert, hence bulk inserts."""

RANKS = {"correction": 0, "push": 1, "upload": 1, "harvest": 2}
"""Who is read first when two writers state the same field (`harvest.md` §15)."""

GONE_LABELS = {
    "absent_de_la_source": "absente de plusieurs lectures entières de la source, au-delà du délai de grâce",
    "supprime_par_la_source": "supprimée par la source, qui le dit",
    "retire_par_la_metropole": "retirée par la métropole",
}
"""Why a thing is gone, in words."""

CHOSEN = ("siren", "presence", "diffusion", "public_on", "state", "source_id", "year_from", "year_to")
"""What lists are narrowed by: the indexes that lists go through hold it, so that what is left out is never opened.

One is in the order of lists, that in which things came; the other too, metropole by metropole: a list of one costs
what that one has. In this order what is new is written at the end: in that of identifiers, which are in no order, each
thing of a large sending would have a page of its own written anew.
"""


MOVED = text("hub_id <> key")
"""What stands for another thing than the one that its key names (`harvest.md` §8)."""


class FacetVersion(Base):
    """Append-only: what a writer said at one run. Invisible until the run closes and a facet points to it.

    `line`: the digest by which the line that said it is known again, where one line did (`hub/push/lines.py`).
    """

    __tablename__ = "facet_version"
    __table_args__ = (Index("ix_facet_version_run_id_key", "run_id", "key"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    key: Mapped[str] = mapped_column(KEY)
    kind: Mapped[str] = mapped_column(KEY)
    remote_id: Mapped[str] = mapped_column(KEY)
    writer: Mapped[str] = mapped_column(KEY)
    sha256: Mapped[str] = mapped_column(KEY)
    data: Mapped[str] = mapped_column(Text)
    raw_sha256: Mapped[str | None] = mapped_column(KEY)
    raw_pointer: Mapped[str | None] = mapped_column(String(200))
    diffusion: Mapped[str | None] = mapped_column(KEY)
    public_on: Mapped[str | None] = mapped_column(KEY)
    sort_key: Mapped[str] = mapped_column(KEY)
    state: Mapped[str | None] = mapped_column(KEY)
    process_id: Mapped[str | None] = mapped_column(KEY)
    year_from: Mapped[int | None] = mapped_column(Integer)
    year_to: Mapped[int | None] = mapped_column(Integer)
    void: Mapped[bool] = mapped_column(Boolean, default=False)
    line: Mapped[str | None] = mapped_column(KEY)


class Facet(Base):
    """What one writer last said of one thing. Presence is a state with a date; nothing is ever deleted.

    It is found by its name, (source, kind, remote_id): the things of one sending stand side by side there. Its `key`,
    a hash of that name, is in no index but for what moved: each thing would have a page of its own read and written.

    `presence`: `present`, `not_seen` (since a complete full walk that did not meet it), `gone` (with its reason).
    """

    __tablename__ = "facet"
    __table_args__ = (
        Index("uq_facet_name", "source_id", "kind", "remote_id", "writer", unique=True),
        Index("ix_facet_moved", "key", sqlite_where=MOVED, postgresql_where=MOVED),
        Index("ix_facet_listed", "kind", "lead", "id", *CHOSEN),
        Index("ix_facet_owned", "kind", "lead", "siren", "id", *CHOSEN[1:]),
        Index("ix_facet_source_id_process_id", "source_id", "process_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    hub_id: Mapped[str] = mapped_column(KEY, index=True)
    key: Mapped[str] = mapped_column(KEY)
    kind: Mapped[str] = mapped_column(KEY)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    remote_id: Mapped[str] = mapped_column(KEY)
    siren: Mapped[str | None] = mapped_column(KEY)
    writer: Mapped[str] = mapped_column(KEY)
    lead: Mapped[bool] = mapped_column(Boolean)
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("facet_version.id"))
    reading_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("facet_version.id"))
    sha256: Mapped[str] = mapped_column(KEY)
    line: Mapped[str | None] = mapped_column(KEY)
    presence: Mapped[str] = mapped_column(KEY)
    not_seen_since: Mapped[str | None] = mapped_column(KEY)
    last_seen_at: Mapped[str | None] = mapped_column(KEY)
    gone_on: Mapped[str | None] = mapped_column(KEY)
    gone_reason: Mapped[str | None] = mapped_column(KEY)
    diffusion: Mapped[str] = mapped_column(KEY)
    public_on: Mapped[str | None] = mapped_column(KEY)
    sort_key: Mapped[str] = mapped_column(KEY)
    state: Mapped[str | None] = mapped_column(KEY)
    process_id: Mapped[str | None] = mapped_column(KEY)
    year_from: Mapped[int | None] = mapped_column(Integer)
    year_to: Mapped[int | None] = mapped_column(Integer)


def bears_name_of(version: type[FacetVersion], source_id: Any, facet: type[Facet] = Facet) -> ColumnElement[bool]:
    """Return the condition that a facet, whoever wrote it, bears the name that a version has in a source."""
    return and_(facet.source_id == source_id, facet.kind == version.kind, facet.remote_id == version.remote_id)


def bearer_of(version: type[FacetVersion], source_id: Any, *, lead: bool = False) -> ScalarSelect[int]:
    """Return the facet, by its id, that bears the name of a version: its writer's, or that which leads.

    A query of its own: told to join by name, SQLite may begin with all that the source has.
    """
    facet = aliased(Facet)
    which = facet.lead if lead else facet.writer == version.writer
    return (
        select(facet.id)
        .where(bears_name_of(version, source_id, facet), which)
        .limit(1)
        .correlate_except(facet)
        .scalar_subquery()
    )


def under(keys: Any) -> ColumnElement[bool]:
    """Return the condition that a facet stands under one of these keys, given as a list or a query."""
    still = select(Facet.id).where(Facet.hub_id.in_(keys), Facet.hub_id == Facet.key)
    return Facet.id.in_(union_all(still, select(Facet.id).where(Facet.key.in_(keys), Facet.hub_id != Facet.key)))


def stands_under(key: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that a facet stands under the key that a column of another table holds."""
    return or_(and_(Facet.hub_id == key, Facet.hub_id == Facet.key), moved_from(key))


def moved_from(key: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that a facet stands for another thing than the one that this key, its own, names."""
    return and_(Facet.key == key, Facet.hub_id != Facet.key)


def written_by(run_id: int) -> ColumnElement[bool]:
    """Return the condition that a version is of this run, by its number: read in the order in which it was written.

    Through the index of runs and keys, each version would be looked for where it stands.
    """
    first = run_id * VERSIONS_PER_RUN
    return FacetVersion.id.between(first, first + VERSIONS_PER_RUN - 1)
