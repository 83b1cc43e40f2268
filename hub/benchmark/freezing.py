"""Frozen views (`benchmark.md` B40, B42): a content named by its sha256, stored once, that never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from hub.access import audit
from hub.access.reader import Reader
from hub.benchmark.frozen_views import Asked, Content, content_of
from hub.benchmark.indicators import INDICATORS, Indicator, declared
from hub.benchmark.measure_rows import measure_row
from hub.benchmark.measures import Cell, cells
from hub.clock import iso, now
from hub.db import db, insertion_of, writing
from hub.models import Metropole, Snapshot
from hub.models.audience import PUBLIC, Audience, reading_for
from schemas.canonical import canonical

SAID = ("numerator", "denominator", "value", "qualifier", "state")
"""What makes a value another one."""
PLAIN = (
    *("siren", "version", "period", "numerator", "denominator", "value", "low", "high", "state", "grade", "as_of"),
)
"""What a cell and its row call by one name and write in one way."""
PEERS = Audience(peers=True)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Revised:
    """A cell that says something else today: as frozen, and as of today; None when it is worked out no more."""

    before: Cell
    after: Cell | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen view as it was stored."""

    digest: str
    view: str
    at: str
    public: bool
    body: str
    parameters: Mapping[str, Any]
    rows: Sequence[Row]
    metadata: Mapping[str, Any]
    indicators: Mapping[str, Indicator]

    @property
    def cells(self) -> list[Cell]:
        """Return the cells, read by the definitions that were in force."""
        return [_cell(row, self.indicators[row["indicator"]], self.parameters["n"]) for row in self.rows]


def body_of(view: str, content: Content) -> bytes:
    """Return the canonical JSON of a view: its sha256 is its name. No instant, no person is in it."""
    said = {"view": view, "parameters": content.parameters, "data": content.rows, "metadata": content.metadata}
    return canonical(said | {"definitions": content.definitions})


def freeze(view: str, asked: Asked, by: Reader) -> str:
    """Store what a view shows now to who asks; return its sha256. The same content is stored once.

    It is for all to read when the public is shown the same. Raises BadQuery on parameters that the view has not.
    """
    body = body_of(view, content_of(view, asked))
    with reading_for(PUBLIC):
        public = body_of(view, content_of(view, asked)) == body
    digest = hashlib.sha256(body).hexdigest()
    row = {"digest": digest, "view": view, "body": body.decode(), "public": public, "at": iso(now())}
    row |= {"author": by.function("freeze", by.acting_for)}
    with writing() as connection:
        stored = insertion_of(connection, Snapshot).values(row)
        wider = {"public": Snapshot.public | stored.excluded.public}
        connection.execute(stored.on_conflict_do_update(index_elements=["digest"], set_=wider))
        audit.write(connection, by, "freeze", f"snapshot:{digest}")
    return digest


def opened(snapshot: Snapshot) -> Frozen:
    """Return a stored view, read again."""
    said = orjson.loads(snapshot.body)
    indicators = {row["key"]: declared(row) for row in said["definitions"]}
    known = (snapshot.digest, snapshot.view, snapshot.at, snapshot.public, snapshot.body)
    return Frozen(*known, said["parameters"], said["data"], said["metadata"], indicators)


def revised(frozen: Frozen) -> list[Revised]:
    """Return the cells that say something else today, to the readers for whom the view was frozen."""
    with reading_for(PUBLIC if frozen.public else PEERS):
        today = _today(frozen)
    found = []
    for cell, row in zip(frozen.cells, frozen.rows, strict=True):
        after = today.get((row["indicator"], row["siren"], row["period"]))
        if after is None or any(after[0][name] != row[name] for name in SAID):
            found.append(Revised(cell, after and after[1]))
    return found


def _today(frozen: Frozen) -> dict[tuple[str, str, str], tuple[Row, Cell]]:
    sirens = {row["siren"] for row in frozen.rows}
    places = {one.siren: one for one in db.session.scalars(select(Metropole).where(Metropole.siren.in_(sirens)))}
    indicators = [INDICATORS[key] for key in frozen.indicators if key in INDICATORS]
    found = cells(indicators, list(places.values()), frozen.parameters["p"], frozen.parameters["n"])
    return {key: (measure_row(cell, places[cell.siren]), cell) for key, cell in found.items()}


def _cell(row: Row, indicator: Indicator, form: str) -> Cell:
    kept = {name: row[name] for name in PLAIN} | {"flags": tuple(row["flags"]), "sources": tuple(row["source"])}
    return Cell(indicator, **kept, qualifier=row["qualifier"] or "exact", form=form)
