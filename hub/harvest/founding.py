"""The founding documents by the ordinary door: a register, two sources, files of records, the network's things."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.db import db, writing
from hub.harvest import raw
from hub.harvest.ingest import upload
from hub.harvest.network import Written, write_things
from hub.harvest.platforms import load_platforms
from hub.harvest.projection import fold
from hub.models import Metropole, Run, Source
from hub.models.network import FOUNDING_AUTHOR
from hub.models.source import source_called

DATA = Path(__file__).resolve().parent.parent / "data"
FILES = (
    "reseau-documents/rencontre-elus",
    "reseau-documents/resumes-annuels",
    "reseau-documents/synthese-metrokawa",
    "nantes-documents/dialogue-citoyen-numerique",
    "nantes-documents/bilan-demarches",
    "nantes-documents/rencontre-elus",
    "nantes-documents/bilan-engagements",
)
"""The files of records, those that others cite first; the folder is the slug of the source."""

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

    A load that was killed is taken up at the file where it stopped. `step(name, done, total)` is told of the
    progress. Raises BusySource when another process is loading.
    """
    report = Report()
    total = len(FILES) + len(NETWORK_KINDS) + 1
    step("registre des métropoles", 0, total)
    load_register()
    load_platforms()
    first = _stopped_at()
    for rank, name in enumerate(FILES[first:], start=first + 1):
        step(name, rank, total)
        source = db.session.execute(source_called(name.split("/")[0])).scalar_one()
        report.runs.append((source, upload(source, _file(name), author=FOUNDING_AUTHOR)))
    for rank, kind in enumerate(NETWORK_KINDS, start=len(FILES) + 1):
        step(kind, rank, total)
        report.things[kind] = write_things(kind, _lines(kind), FOUNDING_AUTHOR)
    step("terminé", total, total)
    return report


def _stopped_at() -> int:
    """The rank of the file where an interrupted load goes on; 0 for a new pass over all of them.

    Files are read in order, so the last run tells where a load stopped; a file that changed since starts a new pass.
    """
    mine = (Run.trigger == "upload", Run.message == FOUNDING_AUTHOR)
    last = db.session.scalars(select(Run).where(*mine).order_by(Run.id.desc())).first()
    digests = [raw.digest(_file(name)) for name in FILES]
    if last is None or last.raw_sha256 not in digests or last.state == "failed":
        return 0
    first = digests.index(last.raw_sha256) + (last.state == "complete")
    done = set(db.session.scalars(select(Run.raw_sha256).where(*mine, Run.state == "complete")))
    return first if first < len(FILES) and done.issuperset(digests[:first]) else 0


def _file(name: str) -> Path:
    return DATA / "founding" / f"{name}.ndjson"


def load_register() -> None:
    """Write the register of metropoles and the two founding sources; what already stands is brought up to date.

    The state of a source is decided by people: it is written once, and never again.
    """
    load_metropoles()
    sources = json.loads((DATA / "founding" / "sources.json").read_text("utf-8"))
    with writing() as connection:
        _put(connection, Source, "slug", sources)


def load_metropoles() -> None:
    """Write the register of metropoles, brought up to date where it stands."""
    register = json.loads((DATA / "reference" / "metropoles.json").read_text("utf-8"))
    register.sort(key=lambda row: row["within"] is not None)
    with writing() as connection:
        _put(connection, Metropole, "siren", map(_metropole, register))


def _put(connection: Connection, table: type[Metropole | Source], key: str, rows: Iterable[dict[str, Any]]) -> None:
    column = getattr(table, key)
    known: set[str] = set(connection.scalars(select(column)))
    new = []
    for row in rows:
        if row[key] in known:
            stated = {name: value for name, value in row.items() if name != "state"}
            connection.execute(update(table).where(column == row[key]).values(**stated))
        else:
            new.append(row)
    if new:
        connection.execute(insert(table), new)


def _metropole(row: dict[str, Any]) -> dict[str, Any]:
    columns = {column.key for column in Metropole.__table__.columns}
    return {name: value for name, value in row.items() if name in columns} | {"sort_key": fold(row["short_name"])}


def _lines(kind: str) -> Iterator[dict[str, Any]]:
    with (DATA / "founding" / "network" / f"{kind}.ndjson").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
