"""What is kept of a sending, for each value to be found again: its accepted records, never what was refused (§5)."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection

from hub.harvest import raw
from hub.push.taken import Taken

LINES, DOCUMENT, ONE = "lines", "document", "one"
"""The forms of what is sent: a record a line, a list of records, one record."""


def payload(taken: Iterable[Taken], form: str) -> bytes:
    """Return the accepted records, each where it stood: the third line is still the third, the fourth record so too."""
    kept: dict[int, bytes] = {}
    for each in taken:
        if each.enters and not each.checked.deleted:
            kept[each.line or each.index + 1] = _written(each)
    if form == ONE:
        return next(iter(kept.values()), b"")
    places = [kept.get(place, b"" if form == LINES else b"null") for place in range(1, max(kept, default=0) + 1)]
    return b"\n".join(places) + b"\n" if form == LINES else b'{"records":[' + b",".join(places) + b"]}"


def keep(connection: Connection, content: bytes, form: str) -> None:
    """Store a payload, in the transaction of the run that names it."""
    media_type = "application/x-ndjson" if form == LINES else "application/json"
    row = {"sha256": raw.store(content), "size": len(content), "media_type": media_type}
    raw.register(connection, [row])


def _written(each: Taken) -> bytes:
    names = {"kind": each.checked.kind, "remote_id": each.checked.remote_id}
    return b'%s,"data":%s}' % (orjson.dumps(names)[:-1], each.checked.data.encode())
