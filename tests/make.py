"""Plain functions that make what tests need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from connectors.base import Checkpoint, Item, Record
from hub.db import db, writing
from hub.harvest import Opening, ingest
from hub.harvest.founding import load_register
from hub.models import Facet, FacetVersion, Issue, Measure, Revision, Run, Source
from hub.models.thing import Thing, called, read

NANTES = "244400404"
RENNES = "243500139"
HARVEST = Opening(trigger="cli", writer="harvest", connector="essai", connector_version="1.0")


def make_source(slug: str = "essai-nantes", siren: str | None = NANTES, **values: Any) -> Source:
    """A source of that metropole, the register of metropoles being loaded."""
    if db.session.scalar(select(Source.id).where(Source.slug == "nantes-documents")) is None:
        load_register()
    row = {"slug": slug, "siren": siren, "name": slug, "connector": "essai", "state": "accepted", "diffusion": "public"}
    with writing() as connection:
        connection.execute(insert(Source).values(**row | values))
    return db.session.execute(select(Source).where(Source.slug == slug)).scalar_one()


def process(remote_id: str = "118", **data: Any) -> Record:
    """A valid démarche."""
    return Record("process", remote_id, {"title": f"Démarche {remote_id}", "state": "en_cours", **data}, "L1")


def run(source: Source, items: Iterable[Item], opening: Opening = HARVEST) -> Run:
    """One complete run of one page."""
    return ingest(source, [*items, Checkpoint("1", end=True)], opening)


def die_reading(source: Source, *items: Item) -> None:
    """A run that reads one page and whose process then fails: the run stays open."""

    def broken() -> Iterator[Item]:
        yield from items
        yield Checkpoint("1")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ingest(source, broken(), HARVEST)


def measure(indicator: str, siren: str, period: str, value: float | None, **said: Any) -> None:
    """A stored measure: known and comparable unless told otherwise; without a value, absent for the `state` given."""
    row: dict[str, Any] = {"indicator": indicator, "siren": siren, "period": period, "value": value}
    row |= {"audience": "public", "version": 1, "numerator": value, "denominator": None, "qualifier": "exact"}
    row |= {"state": "provisoire", "flags": [], "low": None, "high": None, "grade": "–" if value is None else "A"}
    row |= {"checks": {}, "known": 1, "cases": 1, "notes": [], "sources": [], "runs": [], "as_of": f"{period}-12-31"}
    with writing() as connection:
        connection.execute(insert(Measure).values(**row | said))


def revision(indicator: str, siren: str, period: str, before: Any, after: Any, **said: Any) -> None:
    """A change of a measure in the journal: a foreseen one, public, unless told otherwise."""
    states = [{"value": value, "state": "non_transmis" if value is None else "provisoire"} for value in (before, after)]
    row: dict[str, Any] = {"indicator": indicator, "siren": siren, "period": period, "type": "revision"}
    row |= {"audience": "public", "at": "2026-01-30T08:00:00Z", "author": "hub", "reason": None, "run_id": None}
    row |= {"before": states[0], "after": states[1]}
    with writing() as connection:
        connection.execute(insert(Revision).values(**row | said))


def thing(kind: str, remote_id: str) -> Thing:
    """The one thing of that remote_id, as pages read it."""
    hub_id = db.session.scalars(
        select(Facet.hub_id).where(Facet.kind == kind, Facet.remote_id == remote_id, Facet.lead)
    ).one()
    return read(called(kind, hub_id))[0]


def counts() -> dict[str, int]:
    """The number of rows of the tables that carry what the hub says."""
    return {table.__tablename__: db.session.query(table).count() for table in (Facet, FacetVersion, Run)}


def issues(state: str = "open") -> list[Issue]:
    """The issues in that state, oldest first."""
    return list(db.session.scalars(select(Issue).where(Issue.state == state).order_by(Issue.id)))


def ndjson(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """Write records as a file a metropole would send."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path
