"""Sources that were really read, on simulated platforms: what the pages of sources are tested with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, update

from hub.clock import iso
from hub.db import db, writing
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.harvest.registry import named, propose, step
from hub.models import Run, Source
from tests.make import NANTES, make_source
from tests.platforms.opendatasoft import DATASET, Portal, Row, project

COORDINATION = "coordination du réseau"
MAPPING: dict[str, Any] = {
    "kind": "contribution",
    "key": ["identifiant_projet_gagnant"],
    "fields": {"title": {"from": "titre"}, "votes": {"from": "votes", "as": "integer"}},
    "constant": {"type": "projet", "process_id": "bp", "status_raw": "lauréat"},
}


def at(app: Flask, instant: str) -> None:
    """Set the clock of the hub."""
    app.config["CLOCK"] = instant


def projects(number: int, **changes: Any) -> list[Row]:
    """That many winning projects."""
    return [project(rank, **changes) for rank in range(1, number + 1)]


def accepted(portal: Portal, slug: str = "nantes-projets", frequency: str = "daily", **values: Any) -> Source:
    """A source that reads this portal, proposed then accepted."""
    make_source("depots", NANTES) if db.session.query(Source).count() == 0 else None
    row = {"slug": slug, "siren": NANTES, "name": "Nantes : projets lauréats", "connector": "opendatasoft"}
    row |= {"url": portal.url, "options": {"dataset": DATASET, "mapping": MAPPING}, "licence": "Licence Ouverte 2.0"}
    source = propose(row | values, "administration de Nantes Métropole")
    return step(source, "accept", COORDINATION, "Jeu de données public", frequency)


def harvest(source: Source, *, full: bool = False) -> Run:
    """One harvest of a source, to its end."""
    lease = claim(start(named(source.slug), "schedule", full=full))
    assert lease
    perform(lease)
    return db.session.get_one(Run, lease.run_id)


def half_way(source: Source) -> Run:
    """A harvest that has committed its first page and goes on."""
    run_id = start(named(source.slug), "cli", full=True)
    for stopping in (True, False):
        lease = claim(run_id)
        assert lease
        if stopping:
            perform(lease, stopping=lambda: True)
    return db.session.get_one(Run, run_id)


def past(source: Source, days: Iterable[tuple[int, str, str | None]], today: str = "2026-01-31") -> None:
    """Closed runs of earlier days: (days ago, state, cause); what they read is left out."""
    rows = []
    for rank, (ago, state, cause) in enumerate(days):
        closed = datetime.fromisoformat(f"{today}T02:30:00").replace(tzinfo=UTC) - timedelta(days=ago)
        rows.append(
            {
                "ref": f"passee-{source.id}-{rank}",
                "source_id": source.id,
                "trigger": "schedule",
                "writer": "harvest",
                "state": state,
                "cause": cause,
                "counts": {"received": 40, "unchanged": 40, "requests": 3, "not_modified": 2},
                "connector": source.connector,
                "connector_version": "1.0",
                "schema_version": "1.0.0",
                "mode": "full",
                "walk": "ended" if cause is None else "truncated",
                "started_at": iso(closed - timedelta(minutes=1)),
                "closed_at": iso(closed),
            }
        )
    with writing() as connection:
        connection.execute(insert(Run), rows)


def change(source: Source, **values: Any) -> Source:
    """A source whose row was changed."""
    with writing() as connection:
        connection.execute(update(Source).where(Source.id == source.id).values(**values))
    return named(source.slug)
