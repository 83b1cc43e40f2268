"""What is kept of a sending, for each value to be found again: its accepted records, never what was refused (§5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from hub.harvest import raw
from hub.push.taken import Taken

LINES, DOCUMENT, ONE = "lines", "document", "one"
"""The forms of what is sent: a record a line, a list of records, one record."""


_STANDING = ("", "created", "updated", "unchanged")


@dataclass(frozen=True)
class Payload:
    """A payload that is stored, or would be in a dry run; its row is written with the run that names it."""

    sha256: str
    size: int
    form: str

    def register(self, connection: Connection) -> None:
        """Write the row, in the transaction of the run."""
        media_type = "application/x-ndjson" if self.form == LINES else "application/json"
        raw.register(connection, [{"sha256": self.sha256, "size": self.size, "media_type": media_type}])


def stored(content: bytes, form: str, *, dry_run: bool = False) -> Payload:
    """Store a payload. One whose row is never written is swept away."""
    sha256 = hashlib.sha256(content).hexdigest() if dry_run else raw.store(content)
    return Payload(sha256, len(content), form)


def payload(taken: Iterable[Taken], form: str) -> bytes:
    """Return the accepted records, each where it stood: the third line is still the third, the fourth record so too."""
    kept: dict[int, bytes] = {}
    for each in taken:
        if each.checked.key and not each.checked.problems and not each.checked.deleted and each.status in _STANDING:
            kept[each.line or each.index + 1] = _written(each)
    if form == ONE:
        return next(iter(kept.values()), b"")
    places = [kept.get(place, b"" if form == LINES else b"null") for place in range(1, max(kept, default=0) + 1)]
    return b"\n".join(places) + b"\n" if form == LINES else b'{"records":[' + b",".join(places) + b"]}"


def _written(each: Taken) -> bytes:
    names = {"kind": each.checked.kind, "remote_id": each.checked.remote_id}
    return b'%s,"data":%s}' % (orjson.dumps(names)[:-1], each.checked.data.encode())
