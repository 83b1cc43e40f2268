"""Measures: what an indicator gives for a metropole and a period, a value never without its state (`benchmark.md`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    Text,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base
from hub.models.audience import audience

PRESENT_STATES = ("definitif", "provisoire", "estime")
"""The states that carry a value; each of the others says why there is none."""
PUBLIC_MEASURE, PEERS_MEASURE = "public", "pairs"
"""For whom a measure is made: for all, or for members, where what they alone may read changes it."""
FEED, PURGED = "feed", "purged"
"""The marks that stand on the feed: the last change that measures know, the last one that was removed."""
_PRESENT = ", ".join(f"'{state}'" for state in PRESENT_STATES)


class Case(Base):
    """What one thing brings to an indicator for a period: a measure is folded from its cases, and listed by them.

    `lacks`: the record does not say what the indicator needs: it is not counted, and it lowers the grade. `elsewhere`:
    it speaks of another perimeter. `hidden`: who may not read it (`public`, `pairs`), "" when all may. `run_id` is
    the newest run that it rests on.
    """

    __tablename__ = "measure_case"
    __table_args__ = (Index("ix_measure_case_hub_id", "hub_id"),)

    indicator: Mapped[str] = mapped_column(KEY, primary_key=True)
    siren: Mapped[str] = mapped_column(KEY, primary_key=True)
    period: Mapped[str] = mapped_column(KEY, primary_key=True)
    hub_id: Mapped[str] = mapped_column(KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(KEY)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    said: Mapped[str | None] = mapped_column(Text)
    qualifier: Mapped[str] = mapped_column(KEY, default="exact")
    approximate: Mapped[bool] = mapped_column(Boolean, default=False)
    lacks: Mapped[bool] = mapped_column(Boolean, default=False)
    elsewhere: Mapped[bool] = mapped_column(Boolean, default=False)
    hidden: Mapped[str] = mapped_column(KEY, default="")
    run_id: Mapped[int] = mapped_column(Integer)


class Subtotal(Base):
    """What the cases of a cell that are alike add up to: `n` of them, moved with each case so that none is read again.

    `shape` is the JSON list of what the fold looks at in each of them (`subtotals.py`).
    """

    __tablename__ = "measure_subtotal"

    indicator: Mapped[str] = mapped_column(KEY, primary_key=True)
    siren: Mapped[str] = mapped_column(KEY, primary_key=True)
    period: Mapped[str] = mapped_column(KEY, primary_key=True)
    shape: Mapped[str] = mapped_column(Text, primary_key=True)
    numerator: Mapped[float] = mapped_column(Float)
    denominator: Mapped[float] = mapped_column(Float)
    n: Mapped[int] = mapped_column(Integer)


class Measure(Base):
    """An indicator × metropole × period × audience. `low` and `high` bound the value; counts are not yet rates.

    `known` of `cases` things said what was needed. `checks`: the letter and the reason of each check of the grade.
    `notes`: what must be said beside it (codes). `sources` and `runs` (slugs, ids) are what it rests on. What is not
    there is `non_transmis`.
    """

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint(f"(value IS NULL) = (state NOT IN ({_PRESENT}))", name="value_or_reason"),
        Index("ix_measure_siren_period", "siren", "period"),
    )

    indicator: Mapped[str] = mapped_column(KEY, primary_key=True)
    siren: Mapped[str] = mapped_column(KEY, ForeignKey("metropole.siren"), primary_key=True)
    period: Mapped[str] = mapped_column(KEY, primary_key=True)
    audience: Mapped[str] = mapped_column(KEY, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    value: Mapped[float | None] = mapped_column(Float)
    qualifier: Mapped[str] = mapped_column(KEY)
    state: Mapped[str] = mapped_column(KEY)
    flags: Mapped[list[str]] = mapped_column(JSON)
    low: Mapped[float | None] = mapped_column(Float)
    high: Mapped[float | None] = mapped_column(Float)
    grade: Mapped[str] = mapped_column(KEY)
    checks: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    known: Mapped[int] = mapped_column(Integer)
    cases: Mapped[int] = mapped_column(Integer)
    notes: Mapped[list[str]] = mapped_column(JSON)
    sources: Mapped[list[str]] = mapped_column(JSON)
    runs: Mapped[list[int]] = mapped_column(JSON)
    as_of: Mapped[str] = mapped_column(KEY)


class Revision(Base):
    """A measure that changed after it was there: what it said, what it says, why, by which run (`benchmark.md` B41).

    `type`: `revision` (foreseen: more data, provisional to final), `correction` (of an error), `definition`.
    """

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_cell", "indicator", "siren", "period"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[str] = mapped_column(KEY, index=True)
    type: Mapped[str] = mapped_column(KEY)
    indicator: Mapped[str] = mapped_column(KEY)
    siren: Mapped[str] = mapped_column(KEY)
    period: Mapped[str] = mapped_column(KEY)
    audience: Mapped[str] = mapped_column(KEY)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str] = mapped_column(KEY)
    run_id: Mapped[int | None] = mapped_column(Integer)


class Mark(Base):
    """How far measures have come: the last change of the feed they know, and what each metropole's rest on.

    Beside it, the last change that was removed from the feed, its time being over.
    """

    __tablename__ = "measure_mark"

    name: Mapped[str] = mapped_column(KEY, primary_key=True)
    said: Mapped[str] = mapped_column(KEY)


class Validation(Base):
    """What a metropole, then the coordination, says of the data of a period: never overwritten, the newest stands.

    `step`: `validee` (by the metropole), `acceptee` (by the coordination), `rouverte` (unlocked, with its reason).
    """

    __tablename__ = "validation"
    __table_args__ = (Index("ix_validation_siren_period", "siren", "period"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    siren: Mapped[str] = mapped_column(KEY, ForeignKey("metropole.siren"))
    period: Mapped[str] = mapped_column(KEY)
    step: Mapped[str] = mapped_column(KEY)
    author: Mapped[str] = mapped_column(KEY)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[str] = mapped_column(KEY)


class Snapshot(Base):
    """A frozen view, named by the sha256 of its canonical JSON (B40). `public`: nothing of it is for members alone."""

    __tablename__ = "snapshot"

    digest: Mapped[str] = mapped_column(KEY, primary_key=True)
    view: Mapped[str] = mapped_column(KEY)
    body: Mapped[str] = mapped_column(Text)
    public: Mapped[bool] = mapped_column(Boolean)
    author: Mapped[str] = mapped_column(KEY)
    at: Mapped[str] = mapped_column(KEY)


def measures_of(
    indicators: Collection[str] = (), sirens: Collection[str] = (), periods: Collection[str] = ()
) -> Select[Measure]:
    """The measures that the present reader may read, each narrowed when named; those of members come last."""
    mine = (PUBLIC_MEASURE, PEERS_MEASURE) if audience().peers else (PUBLIC_MEASURE,)
    query = select(Measure).where(Measure.audience.in_(mine))
    for column, values in ((Measure.indicator, indicators), (Measure.siren, sirens), (Measure.period, periods)):
        if values:
            query = query.where(column.in_(list(values)))
    return query.order_by(Measure.audience.desc())


def cases_of(indicator: str, siren: str, period: str) -> Select[Case]:
    """The cases behind a measure that the present reader may read, by kind and identifier."""
    unseen = (PEERS_MEASURE,) if audience().peers else (PUBLIC_MEASURE, PEERS_MEASURE)
    mine = (Case.indicator == indicator, Case.siren == siren, Case.period == period)
    return select(Case).where(*mine, Case.hidden.not_in(unseen)).order_by(Case.kind, Case.hub_id)


def revisions(
    indicators: Collection[str] = (), sirens: Collection[str] = (), periods: Collection[str] = (),
    types: Collection[str] = (),
) -> Select[Revision]:  # fmt: skip
    """The changes of measures that the present reader may read, each narrowed when named; the newest first."""
    mine = (PUBLIC_MEASURE, PEERS_MEASURE) if audience().peers else (PUBLIC_MEASURE,)
    query = select(Revision).where(Revision.audience.in_(mine))
    asked = {Revision.indicator: indicators, Revision.siren: sirens, Revision.period: periods, Revision.type: types}
    for column, values in asked.items():
        if values:
            query = query.where(column.in_(list(values)))
    return query.order_by(Revision.id.desc())


def validations(sirens: Collection[str], periods: Collection[str] = ()) -> Select[Validation]:
    """What was said of the years of these metropoles, oldest first; of all periods when none is named."""
    query = select(Validation).where(Validation.siren.in_(list(sirens)))
    if periods:
        query = query.where(Validation.period.in_(list(periods)))
    return query.order_by(Validation.id)


def snapshot_called(digest: str) -> Select[Snapshot]:
    """The frozen view of that name, if the present reader may read it."""
    query = select(Snapshot).where(Snapshot.digest == digest)
    return query if audience().peers else query.where(Snapshot.public)
