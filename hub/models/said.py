"""What a writer says of things, found by their names in its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from hub.db import among, listed
from hub.models.facet import Facet

Name = tuple[str, str]
"""What a thing is called in its source: its kind, its remote_id."""


def said(
    connection: Connection, source_id: int, writer: str, names: Iterable[Name], *columns: InstrumentedAttribute[Any]
) -> Iterator[Any]:
    """Yield these columns of what a writer says under these names, gone or not; one query for each kind."""
    asked: dict[str, list[str]] = {}
    for kind, remote_id in names:
        asked.setdefault(kind, []).append(remote_id)
    for kind, remote_ids in asked.items():
        values = {"source": source_id, "writer": writer, "kind": kind, "keys": listed(connection, remote_ids)}
        yield from connection.execute(_said(connection.dialect.name, columns), values).all()


@cache
def _said(dialect: str, columns: tuple[InstrumentedAttribute[Any], ...]) -> Select[*tuple[Any, ...]]:
    """Return the query, written once for all blocks of names."""
    mine = (Facet.source_id == bindparam("source"), Facet.writer == bindparam("writer"))
    return select(*columns).where(*mine, Facet.kind == bindparam("kind"), among(dialect, Facet.remote_id))
