"""Runs: one pass over a source, what it met, its problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base
from hub.models.audience import readable
from hub.models.source import Source

OPEN_STATES = ("queued", "running")
APPLIED_STATES = ("complete", "partial")
"""The states of a run whose versions became what the hub says."""

STATE_LABELS = {
    "queued": "En attente de départ",
    "running": "En cours",
    "complete": "Complète",
    "partial": "Partielle",
    "held": "En attente de décision",
    "rejected": "Rejetée",
    "superseded": "Remplacée",
    "failed": "Échouée",
    "cancelled": "Annulée",
}
WRITER_LABELS = {
    "harvest": "Moisson de la source",
    "push": "Envoi par l'API",
    "upload": "Dépôt de fichier",
    "correction": "Correction par une personne",
    "attachment": "Rattachement par une personne",
}
TRIGGER_LABELS = {
    "schedule": "Horaire prévu",
    "person": "Demande d'une personne",
    "cli": "Ligne de commande",
    "upload": "Dépôt de fichier",
    "push": "Envoi par l'API",
    "replay": "Nouvelle lecture des pièces gardées",
    "correction": "Correction par une personne",
    "attachment": "Rattachement par une personne",
}
MODE_LABELS = {"full": "Lecture entière", "incremental": "Ce qui a changé", "deposit": "Dépôt"}
WALK_LABELS = {"open": "en cours", "ended": "allée au bout", "truncated": "interrompue"}
CAUSE_LABELS = {
    "transient": "La plateforme n'a pas répondu",
    "access": "L'accès est refusé",
    "contract": "La plateforme a changé",
    "system": "Panne du hub",
}
_IS_OPEN = text("state IN ('queued', 'running')")
_IS_ASKING = text("state = 'running' AND host IS NOT NULL")

SEVERITY_LABELS = {"error": "Erreur", "warning": "Avertissement", "info": "Information"}
"""The gravest first. An error sets the record aside; a warning or an information lets it in."""
ISSUE_LABELS = {"open": "Ouvert", "repaired": "Réparé", "ignored": "Ignoré"}


class Run(Base):
    """One pass over a source. `ref` is its public identifier; `cursor` the last committed place of the walk.

    `pages`: how many pages are committed; `host`: the machine it asks, one run at a time; `profile`: how filled the
    versions it wrote are; `verdicts`: the guards that stopped it, with their numbers; `door`: the digest of what judged
    its records, of a sending.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("uq_run_open", "source_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_run_source_id_closed_at", "source_id", "closed_at"),
        Index("uq_run_host", "host", unique=True, sqlite_where=_IS_ASKING, postgresql_where=_IS_ASKING),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    trigger: Mapped[str] = mapped_column(KEY)
    writer: Mapped[str] = mapped_column(KEY)
    state: Mapped[str] = mapped_column(KEY)
    cursor: Mapped[str | None] = mapped_column(String(500))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    message: Mapped[str | None] = mapped_column(Text)
    filename: Mapped[str | None] = mapped_column(String(300))
    raw_sha256: Mapped[str | None] = mapped_column(KEY)
    connector: Mapped[str] = mapped_column(KEY)
    connector_version: Mapped[str] = mapped_column(KEY)
    schema_version: Mapped[str] = mapped_column(KEY)
    door: Mapped[str | None] = mapped_column(KEY)
    mode: Mapped[str] = mapped_column(KEY, default="deposit")
    walk: Mapped[str] = mapped_column(KEY, default="open")
    pages: Mapped[int] = mapped_column(Integer, default=0)
    host: Mapped[str | None] = mapped_column(KEY)
    cause: Mapped[str | None] = mapped_column(KEY)
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[str | None] = mapped_column(KEY)
    queued_at: Mapped[str | None] = mapped_column(KEY)
    started_at: Mapped[str] = mapped_column(KEY)
    closed_at: Mapped[str | None] = mapped_column(KEY)


class RunSeen(Base):
    """A record met by a run without a new version: unchanged, quarantined or deleted. Emptied at the close.

    A key `@12` is a page answered as `exchange` 12 said: `same`, its records count as seen; `reread`, they were read.
    """

    __tablename__ = "run_seen"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    outcome: Mapped[str] = mapped_column(KEY)


class Issue(Base):
    """A problem of a record. The same problem on thirty runs is one issue, with its first and last sight.

    `state`: `pending` (its run is open, nobody sees it), `open`, `repaired`, `ignored`. It quotes its record, so that
    `diffusion` and `public_on` are that record's; without them, those of its source. `sha256`: of the data of a record
    that was sent and refused, for its sender to find it again; nothing else of it is kept.
    """

    __tablename__ = "issue"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    last_run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    fingerprint: Mapped[str] = mapped_column(KEY, index=True)
    key: Mapped[str | None] = mapped_column(KEY)
    kind: Mapped[str | None] = mapped_column(KEY)
    remote_id: Mapped[str | None] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(KEY)
    rule: Mapped[str] = mapped_column(KEY)
    pointer: Mapped[str] = mapped_column(String(500))
    value: Mapped[str | None] = mapped_column(Text)
    expected: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    how: Mapped[str] = mapped_column(Text)
    diffusion: Mapped[str | None] = mapped_column(KEY)
    public_on: Mapped[str | None] = mapped_column(KEY)
    sha256: Mapped[str | None] = mapped_column(KEY)
    state: Mapped[str] = mapped_column(KEY)


def runs_of(source: Source) -> Select[Run]:
    """The runs of a source, newest first."""
    return select(Run).where(Run.source_id == source.id).order_by(Run.id.desc())


def run_called(ref: str) -> Select[Run]:
    """The run of this public identifier."""
    return select(Run).where(Run.ref == ref)


def issues(*conditions: ColumnElement[bool]) -> Select[Issue]:
    """The issues under these conditions whose records the present reader may read, oldest first."""
    said = func.coalesce(Issue.diffusion, Source.diffusion)
    told = select(Issue).join(Source, Source.id == Issue.source_id)
    return told.where(*conditions, readable(said, Issue.public_on, Source.siren)).order_by(Issue.id)


def issues_of(source: Source) -> Select[Issue]:
    """The open issues of a source, oldest first."""
    return issues(Issue.source_id == source.id, Issue.state == "open")


def cleared_of(source: Source, rules: Iterable[str]) -> Select[str | None, str]:
    """Key and pointer of the hits of these rules that a person cleared."""
    mine = (Issue.source_id == source.id, Issue.state == "ignored", Issue.key.is_not(None))
    return select(Issue.key, Issue.pointer).where(*mine, Issue.rule.in_(list(rules)))


def closed_runs_of(source: Source) -> Select[Run]:
    """The closed runs of a source, newest first."""
    return runs_of(source).where(Run.closed_at.is_not(None))


def open_issues_by_source() -> Select[int, str, int]:
    """How many open issues of each severity each source has."""
    query = issues(Issue.state == "open").order_by(None)
    columns = (Issue.source_id, Issue.severity)
    return query.with_only_columns(*columns, func.count(), maintain_column_froms=True).group_by(*columns)


def issues_of_run(run: Run) -> Select[Issue]:
    """The issues a closed run met, whatever became of them since."""
    met = or_(Issue.run_id == run.id, Issue.last_run_id == run.id)
    return issues(Issue.source_id == run.source_id, met, Issue.state != "pending")
