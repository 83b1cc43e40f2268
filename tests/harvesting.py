"""Plain functions for tests of the engine: a source on the plain platform, a harvest, the clock, what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import Flask, current_app
from sqlalchemy import delete, select, update

from connectors import BUILT_IN
from hub.clock import iso
from hub.db import db, writing
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.models import Change, Facet, FacetVersion, Metropole, Notice, Run, Source
from tests.make import NANTES, make_source
from tests.platforms import plain


@contextmanager
def reading_plain() -> Iterator[None]:
    """Let the hub know the connector of the plain platform."""
    BUILT_IN[plain.NAME] = plain.MODULE
    try:
        yield
    finally:
        del BUILT_IN[plain.NAME]


def plain_source(platform: plain.Plain, slug: str = "essai-nantes", **values: Any) -> Source:
    """An accepted source read each night from `platform`."""
    row = {"connector": plain.NAME, "url": platform.url, "frequency": "daily", "slot": 90, "options": {}}
    return make_source(slug, **row | values)


def harvest(source: Source, *, full: bool = False, trigger: str = "person") -> Run:
    """Read the source now, in this process; return the closed run."""
    run_id = start(again(source), trigger, full=full)
    lease = claim(run_id)
    assert lease is not None
    perform(lease)
    return run_of(run_id)


def run_of(run_id: int) -> Run:
    """The run as it stands."""
    db.session.rollback()
    return db.session.get_one(Run, run_id, populate_existing=True)


def again(source: Source) -> Source:
    """The source as it stands."""
    db.session.rollback()
    return db.session.execute(select(Source).where(Source.slug == source.slug)).scalar_one()


def change(source: Source, **values: Any) -> Source:
    """Write columns of a source."""
    with writing() as connection:
        connection.execute(update(Source).where(Source.slug == source.slug).values(**values))
    return again(source)


def later(app: Flask | None = None, **lapse: float) -> None:
    """Move the frozen clock on."""
    config = (app or current_app).config
    config["CLOCK"] = iso(datetime.fromisoformat(config["CLOCK"]) + timedelta(**lapse))


def alone(siren: str = NANTES) -> None:
    """Leave one metropole in the register: what each day is computed for the others is no matter of many nights."""
    with writing() as connection:
        connection.execute(delete(Metropole).where(Metropole.siren != siren))


def presences() -> dict[str, str]:
    """The presence of each thing, by remote_id."""
    db.session.rollback()
    return {row.remote_id: row.presence for row in db.session.execute(select(Facet.remote_id, Facet.presence))}


def titles(slug: str = "") -> dict[str, str]:
    """The title in force of each thing (of that source), by remote_id."""
    db.session.rollback()
    query = select(Facet.remote_id, FacetVersion.data).join(FacetVersion, FacetVersion.id == Facet.version_id)
    if slug:
        query = query.join(Source, Source.id == Facet.source_id).where(Source.slug == slug)
    return {name: orjson.loads(data)["title"] for name, data in db.session.execute(query)}


def events() -> list[tuple[str, str]]:
    """The change feed: what happened to which remote_id, in order."""
    db.session.rollback()
    rows = db.session.execute(select(Change.event, Change.hub_id).order_by(Change.id))
    return [(event, hub_id.rpartition("/")[2].rpartition(":")[2]) for event, hub_id in rows]


def notices(role: str | None = None) -> list[str]:
    """The subjects of the notices written, oldest first."""
    db.session.rollback()
    query = select(Notice.subject).order_by(Notice.id)
    return [
        subject.partition(" : ")[2]
        for subject in db.session.scalars(query.where(Notice.role == role) if role else query)
    ]


def in_force() -> dict[str, Any]:
    """Everything the hub says of things, and where its sources stand: what two equal histories leave equal."""
    db.session.rollback()
    facets = select(Facet.key, Facet.writer, Facet.presence, Facet.version_id, Facet.reading_id, Facet.sha256)
    sources = select(Source.slug, Source.cursor, Source.full_at, Source.good_run_id, Source.profile)
    versions = select(FacetVersion.id, FacetVersion.key, FacetVersion.data).where(FacetVersion.void.is_(False))
    changes = select(Change.hub_id, Change.event, Change.run_id)
    return {
        "facets": [tuple(row) for row in db.session.execute(facets.order_by(Facet.key, Facet.writer))],
        "versions": [tuple(row) for row in db.session.execute(versions.order_by(FacetVersion.id))],
        "changes": [tuple(row) for row in db.session.execute(changes.order_by(Change.id))],
        "sources": [tuple(row) for row in db.session.execute(sources.order_by(Source.slug))],
        "notices": sorted(db.session.scalars(select(Notice.occasion))),
    }
