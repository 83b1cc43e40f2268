"""What is kept of a sending, for each value to be found again: its accepted records, never what was refused (§5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from sqlalchemy import Connection

from hub.harvest import raw
from hub.push.taken import Taken

LINES, DOCUMENT, ONE = "lines", "document", "one"
"""The forms of what is sent: a record a line, a list of records, one record."""


_FRAMES = {LINES: ("", "", "\n", "\n"), DOCUMENT: ('{"records":[', "null", ",", "]}"), ONE: ("", "", "", "")}
"""What stands before all records, in the place of one that is not kept, between two, and after all."""
_STANDING = ("", "created", "updated", "unchanged")
_BLOCK = 1_000


@dataclass(frozen=True)
class Payload:
    """A payload that is stored; its row is written with the run that names it."""

    sha256: str
    size: int
    form: str

    def register(self, connection: Connection) -> None:
        """Write the row, in the transaction of the run."""
        media_type = "application/x-ndjson" if self.form == LINES else "application/json"
        raw.register(connection, [{"sha256": self.sha256, "size": self.size, "media_type": media_type}])


def stored(blocks: Iterable[bytes], form: str) -> Payload:
    """Store a payload. One whose row is never written is swept away."""
    return Payload(*raw.store_blocks(blocks), form)


def payload(taken: Iterable[Taken], form: str) -> Iterator[bytes]:
    """Yield by blocks the accepted records, each where it stood: the third line still is, the fourth record so too."""
    head, gap, between, tail = _FRAMES[form]
    kept, last = filter(_stands, taken), 0
    yield head.encode()
    while block := list(islice(kept, _BLOCK)):
        texts: list[str] = []
        for each in block:
            place = each.line or each.index + 1
            texts += [between if last else "", (gap + between) * (place - last - 1), _written(each)]
            last = place
        yield "".join(texts).encode()
    yield tail.encode()


def _stands(each: Taken) -> bool:
    record = each.checked
    return bool(record.key) and not record.problems and not record.deleted and each.status in _STANDING


def _written(each: Taken) -> str:
    record = each.checked
    return f'{{"kind":"{record.kind}","remote_id":{orjson.dumps(record.remote_id).decode()},"data":{each.data}}}'
