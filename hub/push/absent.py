"""What a sending of everything does not hold, named before it is believed (`push-api.md` §12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from hub.harvest.absence import due, missed
from hub.harvest.census import Census
from hub.models import Facet, FacetVersion

SHOWN = 200
"""How many of the things that a file does not hold are named; all are counted."""
_BLOCK = 500


@dataclass(frozen=True)
class Missing:
    """A known thing that a sending of everything does not hold. `leaves`: it would be gone; else only noted."""

    remote_id: str
    title: str
    leaves: bool


@dataclass(frozen=True)
class Absent:
    """All that a sending of everything does not hold: their number, how many would be gone, the first of them.

    `sha256`: of their keys. `unnamed`: a record has no readable identity, hence nothing is concluded.
    """

    number: int
    leaving: int
    first: Sequence[Missing]
    sha256: str
    unnamed: bool


def absent_of(connection: Connection, census: Census) -> Absent:
    """Return what a file does not hold. Cost: the missing, and the data of those that are named."""
    rows = sorted(_missing(connection, missed(census)), key=lambda row: (not row.leaves, row.remote_id))
    digest = hashlib.sha256("\n".join(sorted(row.key for row in rows)).encode()).hexdigest()
    shown = {row.id: row for row in rows[:SHOWN]}
    said = select(Facet.id, FacetVersion.data).join(FacetVersion, FacetVersion.id == Facet.version_id)
    titles = {
        row.id: orjson.loads(row.data).get("title") for row in connection.execute(said.where(Facet.id.in_(shown)))
    }
    first = [Missing(row.remote_id, str(titles.get(id_) or ""), row.leaves) for id_, row in shown.items()]
    return Absent(len(rows), sum(row.leaves for row in rows), first, digest, bool(census.unnamed))


def _missing(connection: Connection, ids: Sequence[int]) -> Iterator[Any]:
    columns = select(Facet.id, Facet.key, Facet.remote_id, due().label("leaves"))
    for start in range(0, len(ids), _BLOCK):
        yield from connection.execute(columns.where(Facet.id.in_(ids[start : start + _BLOCK])))
