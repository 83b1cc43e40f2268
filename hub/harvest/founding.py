"""The founding documents by the ordinary door: a register, two sources, files of records, the network's things."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from hub.db import db, writing
from hub.harvest.ingest import upload
from hub.harvest.network import Written, write_things
from hub.harvest.projection import fold
from hub.models import Metropole, Run, Source
from hub.models.network import FOUNDING_AUTHOR

DATA = Path(__file__).resolve().parent.parent / "data"
NETWORK_KINDS = (
    "alias",
    "membership",
    "encounter",
    "cycle",
    "experience",
    "planned_theme",
    "principle_set",
    "timeline",
    "questionnaire",
    "passage",
)
Step = Callable[[str, int, int], None]


@dataclass
class Report:
    """What loading did, file by file and kind by kind."""

    runs: list[tuple[Source, Run]] = field(default_factory=list)
    things: dict[str, Written] = field(default_factory=dict)


def load_founding(step: Step = lambda _name, _done, _total: None) -> Report:
    """Load the register of metropoles and the founding documents; loading twice changes nothing.

    `step(name, done, total)` is told of the progress. Raises BusySource when another process is loading.
    """
    report = Report()
    files = sorted((DATA / "founding").glob("*-documents/*.ndjson"))
    names = [path.stem for path in files] + list(NETWORK_KINDS)
    step("registre des métropoles", 0, len(names) + 1)
    load_register()
    for rank, path in enumerate(files, start=1):
        step(path.stem, rank, len(names) + 1)
        source = db.session.execute(select(Source).where(Source.slug == path.parent.name)).scalar_one()
        report.runs.append((source, upload(source, path, author=FOUNDING_AUTHOR)))
    for rank, kind in enumerate(NETWORK_KINDS, start=len(files) + 1):
        step(kind, rank, len(names) + 1)
        report.things[kind] = write_things(kind, _lines(kind), FOUNDING_AUTHOR)
    step("terminé", len(names) + 1, len(names) + 1)
    return report


def load_register() -> None:
    """Write the register of metropoles and the two founding sources; what already stands is brought up to date."""
    register = json.loads((DATA / "reference" / "metropoles.json").read_text("utf-8"))
    register.sort(key=lambda row: row["within"] is not None)
    sources = json.loads((DATA / "founding" / "sources.json").read_text("utf-8"))
    with writing() as connection:
        for table, key, rows in ((Metropole, "siren", map(_metropole, register)), (Source, "slug", sources)):
            column = getattr(table, key)
            known: set[str] = set(connection.scalars(select(column)))
            for row in rows:
                if row[key] in known:
                    connection.execute(update(table).where(column == row[key]).values(**row))
                else:
                    connection.execute(insert(table).values(**row))


def _metropole(row: dict[str, Any]) -> dict[str, Any]:
    columns = {column.key for column in Metropole.__table__.columns}
    return {name: value for name, value in row.items() if name in columns} | {"sort_key": fold(row["short_name"])}


def _lines(kind: str) -> Iterator[dict[str, Any]]:
    with (DATA / "founding" / "network" / f"{kind}.ndjson").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
