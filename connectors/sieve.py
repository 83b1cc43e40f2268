"""Rows read once: pages move while they are read, and the rows of tables have no identifier of their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from typing import Any

from connectors.base import Record, RecordRefused, SourceChanged
from connectors.mapping import Correspondence, at
from connectors.paths import Row

Rows = list[tuple[str, Row]]
"""Rows with their pointers in the raw payload."""


class Sieve:
    """What a walk remembers of the rows it read: their digests, 16 bytes a row."""

    def __init__(self, mapping: Correspondence) -> None:
        self.mapping = mapping
        self.seen: dict[bytes, bytes] = {}
        self.closed: set[bytes] = set()

    def fresh(self, rows: list[Any], pointer: str, start: int = 0) -> tuple[Rows, list[RecordRefused]]:
        """Return the rows not read yet, and what is no row. Two rows of one key refuse the run (`group_by` apart)."""
        fresh: Rows = []
        refused = []
        here: set[bytes] = set()
        for rank, row in enumerate(rows, start):
            place = pointer.format(rank)
            if not isinstance(row, dict):
                refused.append(RecordRefused("fiche_illisible", place, kind=self.mapping.kind))
                continue
            if absent := [column for column in self.mapping.columns if column not in row]:
                raise SourceChanged(f"Les lignes lues n'ont plus la colonne « {absent[0]} ».")
            whole = _digest([row[column] for column in self.mapping.columns])
            key = whole if self.mapping.grouped else _key(self.mapping, row)
            if key not in self.seen or key == b"":
                self.seen[key] = whole
                fresh.append((place, row))
            elif not self.mapping.grouped and (self.seen[key] != whole or key in here):
                names = ", ".join(self.mapping.key)
                raise SourceChanged(f"Deux lignes ont la même clé ({names}) : les colonnes déclarées ne suffisent pas.")
            here.add(key)
        return fresh, refused

    def records(self, rows: Rows, ended: bool) -> Generator[Record | RecordRefused, None, Rows]:
        """Yield the records of finished rows; return those of a group that the next page may go on with."""
        cut = len(rows)
        if self.mapping.grouped and not ended:
            while cut and _key(self.mapping, rows[cut - 1][1]) == _key(self.mapping, rows[-1][1]):
                cut -= 1
        for item in self.mapping.records(rows[:cut]):
            if self.mapping.grouped and item.remote_id:
                name = _digest([item.remote_id])
                if name in self.closed:
                    raise SourceChanged(
                        "Les lignes d'une même chose ne se suivent pas : elles ne peuvent être groupées."
                    )
                self.closed.add(name)
            yield item
        return rows[cut:]


def _digest(values: list[Any]) -> bytes:
    return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=8).digest()


def _key(mapping: Correspondence, row: Row) -> bytes:
    """Return the digest of the key of a row; nothing when a part of it is missing: such a row is refused later."""
    values = [at(row, column) for column in mapping.key]
    return b"" if any(value in (None, "") for value in values) else _digest(values)
