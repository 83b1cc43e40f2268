"""The body of a sending, read record by record: JSON, one record a line, or a table (`push-api.md` §5, §10)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

import orjson
from flask import current_app

from connectors import records
from connectors.base import Record, RecordRefused, SourceChanged, SourceDown
from connectors.sheet_read import csv_items
from hub.errors import Refused
from hub.push.payload import DOCUMENT, LINES
from hub.push.taken import Sent, Unread
from schemas import KINDS

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ACCEPTED = (JSON, NDJSON, CSV)
FORMS = {JSON: DOCUMENT, NDJSON: LINES, CSV: LINES}
MOST = {JSON: "PUSH_BATCH_JSON", NDJSON: "PUSH_BATCH", CSV: "PUSH_BATCH"}
MAX_RECORD_BYTES = 64 * 1024
_BLOCK = 1 << 16
_IN_MEMORY = 1 << 20
_RATIO = 100


@dataclass
class Body:
    """What was sent, unpacked: a file to be read once, and the sha256 of the bytes that came."""

    file: BinaryIO
    sha256: str


def spooled(stream: IO[bytes], encoding: str | None, length: int | None = None) -> Body:
    """Read a body to a file that the caller closes, unpacking gzip. Raises Refused beyond the limits, at once.

    `length`: how many bytes were announced. A line that breaks brings fewer, and the server does not tell.
    """
    sent, unpacked = current_app.config["PUSH_BODY_BYTES"], current_app.config["PUSH_UNPACKED_BYTES"]
    if encoding not in (None, "", "identity", "gzip"):
        raise Refused(415, "contenu_non_accepte", value=str(encoding)[:50], expected="gzip, ou sans compression")
    digest, came, written = hashlib.sha256(), 0, 0
    unpack = _Unpacking() if encoding == "gzip" else None
    with ExitStack() as stack:
        file = stack.enter_context(SpooledTemporaryFile(_IN_MEMORY))
        while block := stream.read(_BLOCK):
            came += len(block)
            digest.update(block)
            if came > sent:
                raise _too_large(sent)
            for plain in unpack.blocks(block) if unpack else (block,):
                written += len(plain)
                if written > unpacked or (unpack and written > _RATIO * came + _IN_MEMORY):
                    raise _too_large(unpacked)
                file.write(plain)
        if length is not None and came < length:
            raise Refused(400, "envoi_coupe", value=str(came), limit=str(length))
        if unpack and not unpack.ended:
            raise Refused(400, "compression_illisible")
        file.seek(0)
        stack.pop_all()
    return Body(cast("BinaryIO", file), digest.hexdigest())


class _Unpacking:
    """A gzip stream being unpacked, a block at a time, never more than asked for."""

    def __init__(self) -> None:
        self.reader = zlib.decompressobj(wbits=31)

    @property
    def ended(self) -> bool:
        """Tell whether the stream came to its own end."""
        return self.reader.eof

    def blocks(self, packed: bytes) -> Iterator[bytes]:
        """Yield what a packed block brings. Raises Refused."""
        try:
            while packed:
                yield self.reader.decompress(packed, _BLOCK)
                packed = self.reader.unconsumed_tail
        except zlib.error as error:
            raise Refused(400, "compression_illisible") from error
        if self.reader.unused_data:
            raise Refused(400, "compression_illisible")


def sendings(body: Body, media_type: str, siren: str | None, kind: str | None = None) -> Iterator[Sent]:
    """Yield the records of a body; `kind` is that of the rows of a table.

    Raises Refused: unreadable as a whole, too many records, a table of which nobody says what it is of.
    """
    for each in unread(body, media_type, siren, kind):
        yield from read([each], siren) if isinstance(each, Unread) else (each,)


def unread(body: Body, media_type: str, siren: str | None, kind: str | None = None) -> Iterator[Sent | Unread]:
    """Yield the same, lines being left to read (`read`). Raises Refused."""
    most = current_app.config[MOST[media_type]]
    found: Iterator[Sent | Unread] = _table(body, kind) if media_type == CSV else _lines(body)
    if media_type == JSON:
        found = _document(body, siren)
    yield from islice(found, most)
    if next(found, None) is not None:
        raise Refused(413, "envoi_trop_de_fiches", limit=str(most))


def read(block: Sequence[Unread], siren: str | None, values: Sequence[Any] | None = None) -> Iterator[Sent]:
    """Yield the records of these lines; one that cannot be read is a refused record. Raises Refused.

    `values`: what was glanced of them.
    """
    rows = records.rows_of([(each.line, each.text) for each in block], values)
    for each, (line, pointer, value) in zip(block, rows, strict=True):
        yield Sent(each.index, value if isinstance(value, RecordRefused) else _record(value, pointer, siren), line)


def one(body: Body, kind: str, remote_id: str, siren: str) -> Sent:
    """Return the record that a PUT states, its name being that of the address. Raises Refused."""
    value = value_of(body)
    named = {"kind": kind, "remote_id": remote_id}
    if not isinstance(value, dict) or any(value.get(name, said) != said for name, said in named.items()):
        raise Refused(400, "fiche_illisible")
    return Sent(0, _record({**value, **named}, "", siren))


def _document(body: Body, siren: str | None) -> Iterator[Sent]:
    """Yield the records of `{"records": […]}`, or of a bare list."""
    value, root = value_of(body), ""
    if isinstance(value, dict):
        value, root = _owned(value, siren), "/records"
        if extra := sorted(set(value) - {"records"}):
            raise Refused(400, "champ_inconnu", key=extra[0])
        value = value.get("records")
    if not isinstance(value, list):
        raise Refused(400, "type_invalide", pointer=root, expected="une liste de fiches sous « records »")
    for rank, each in enumerate(value):
        yield Sent(rank, _record(each, f"{root}/{rank}", siren))


def _lines(body: Body) -> Iterator[Sent | Unread]:
    """Yield each line, yet to be read; one too long to be is a refused record."""
    for index, (line, text) in enumerate(records.texts(body.file, MAX_RECORD_BYTES)):
        yield Unread(index, line, text) if isinstance(text, bytes) else Sent(index, text, line)


def _table(body: Body, kind: str | None) -> Iterator[Sent]:
    """Yield a record a row; its line is that of the file, header and line breaks counted."""
    if kind not in KINDS:
        raise Refused(400, "genre_inconnu", value=kind or "", pointer="")
    try:
        rows = csv_items(body.file.read(), kind)
    except (SourceChanged, SourceDown) as error:
        raise Refused(400, "tableau_illisible", value=str(error)) from error
    for rank, line, item in rows:
        yield Sent(rank, item, line)


def _record(value: object, pointer: str, siren: str | None) -> Record | RecordRefused:
    """Return the record that a value states, or why it is none. Raises Refused for one of another metropole."""
    value = _owned(value, siren) if isinstance(value, dict) else value
    found = records.record_of(value, pointer)
    if pointer.startswith("/") and _size(value) > MAX_RECORD_BYTES:
        limit = {"limit": str(MAX_RECORD_BYTES)}
        return RecordRefused("fiche_trop_grande", pointer, limit, found.kind, found.remote_id)
    return found


def _size(value: object) -> int:
    """Return how many bytes a value takes in JSON, those that the fast writer refuses (2⁷⁰, half a character) too."""
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return len(json.dumps(value))


def _owned(value: dict[str, Any], siren: str | None) -> dict[str, Any]:
    """Return an object without the SIREN it may state, which can only be the sender's (§15). Raises Refused."""
    if "siren" not in value:
        return value
    if siren is not None and value["siren"] != siren:
        raise Refused(403, "autre_metropole", value=str(value["siren"])[:50], expected=siren, pointer="/siren")
    return {name: each for name, each in value.items() if name != "siren"}


def value_of(body: Body) -> Any:
    """Return the JSON value of a whole body. Raises Refused, saying where it stops being readable."""
    value = records.decoded(body.file.read(), "")
    if isinstance(value, RecordRefused):
        raise Refused(400, value.rule, **value.values)
    return value


def _too_large(limit: int) -> Refused:
    return Refused(413, "envoi_trop_grand", limit=f"{limit // 1_000_000} Mo")
