"""Files that already speak the shared schema: NDJSON (one record a line) or JSON (a list, or `{"records": […]}`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from connectors.base import Checkpoint, Record, RecordRefused, Walk
from connectors.strict import MAX_DEPTH, DuplicateKey, TooDeep, are_proven, parse

NAME = "records"
LABEL = "Fichier de fiches (NDJSON ou JSON)"
VERSION = "1.0"
MAX_DOCUMENT_BYTES = 200 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_PEEKED = 65_536
_READ = 65_536
"""How many bytes of lines are looked through at once."""
_ENVELOPE = {"kind", "remote_id", "data", "deleted", "diffusion", "public_on", "revision"}

UNREADABLE = object()
Row = tuple[int, str, object]
"""Rank, pointer in the file, and what stands there: a decoded value, or why it cannot be read."""
Text = tuple[int, bytes | RecordRefused]
"""Rank of a line and its bytes, or why it is not read."""


def walk(path: Path, *, after: int = 0, page: int = 500, max_line: int = 16 * 1024 * 1024) -> Walk:
    """Yield what the file says, with a checkpoint every `page` rows whose cursor is the last row's rank.

    Rows up to `after` are skipped: they were committed before. A row that cannot be read is yielded as a
    `RecordRefused`; nothing is raised for the content of a file.
    """
    rank = after
    with BufferedReader(FileIO(path), _PEEKED) as stream:
        for rank, pointer, value in lines(stream, max_line) if _is_ndjson(stream) else document(stream):
            if rank <= after:
                continue
            yield value if isinstance(value, RecordRefused) else record_of(value, pointer)
            if rank % page == 0:
                yield Checkpoint(str(rank))
    yield Checkpoint(str(max(rank, after)), end=True)


def is_ndjson(path: Path) -> bool:
    """Tell whether each line of a file is a record, rather than the file one JSON document."""
    with BufferedReader(FileIO(path), _PEEKED) as stream:
        return _is_ndjson(stream)


def record_of(value: object, pointer: str) -> Record | RecordRefused:
    """Return the record that a decoded value states (`schema.md` §1), or why it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return RecordRefused("fiche_illisible", pointer)
    remote_id = value.get("remote_id")
    if not isinstance(remote_id, str) or not remote_id.strip():
        return RecordRefused("identifiant_manquant", pointer, kind=value["kind"])
    if not value.keys() <= _ENVELOPE:
        extra = min(value.keys() - _ENVELOPE)
        return RecordRefused("champ_inconnu", pointer, {"key": extra}, value["kind"], remote_id)
    return Record(
        kind=value["kind"],
        remote_id=remote_id,
        data=value.get("data", {}),
        pointer=pointer,
        deleted=value.get("deleted") is True,
        diffusion=value.get("diffusion"),
        public_on=value.get("public_on"),
        revision=value.get("revision"),
    )


def decoded(content: bytes, pointer: str) -> Any:
    """Return the JSON value of `content`, or the refusal that says where it stops being readable."""
    try:
        return parse(content)
    except UnicodeDecodeError as error:
        return RecordRefused("utf8_invalide", pointer, {"position": str(error.start + 1)})
    except DuplicateKey as error:
        return RecordRefused("cle_en_double", pointer, {"key": str(error)})
    except TooDeep:
        return RecordRefused("trop_profond", pointer, {"limit": str(MAX_DEPTH)})
    except ValueError as error:
        return RecordRefused("json_invalide", pointer, {"position": str(getattr(error, "pos", 0) + 1)})


def _is_ndjson(stream: BufferedReader[Any]) -> bool:
    """Tell whether each line is a value of its own: not a list, not one object spread over lines or with `records`."""
    return are_lines(stream.peek(_PEEKED))


def are_lines(beginning: bytes) -> bool:
    """Tell the same of the beginning of a file."""
    first = beginning.removeprefix(_BOM).lstrip().split(b"\n", 1)[0].strip()
    return not (first.startswith((b"[", b'{"records"')) or first == b"{")


def lines(stream: BinaryIO, max_line: int) -> Iterator[Row]:
    """Yield each line that is not empty: a decoded value, or why it cannot be read."""
    for block in _blocks(texts(stream, max_line)):
        yield from rows_of(block)


def rows_of(block: Sequence[Text], values: Sequence[Any] | None = None) -> Iterator[Row]:
    """Yield each of these lines: a decoded value, or why it cannot be read. `values`: what was `glanced` of them."""
    contents = [text for _, text in block if isinstance(text, bytes)]
    values = glanced(contents) if values is None else values
    if len(contents) == len(block) and UNREADABLE not in values and are_proven(contents, values):
        yield from ((rank, f"L{rank}", value) for (rank, _), value in zip(block, values, strict=True))
        return
    for rank, text in block:
        yield rank, f"L{rank}", text if isinstance(text, RecordRefused) else decoded(text, f"L{rank}")


def glanced(contents: Sequence[bytes]) -> list[Any]:
    """Return the value of each text as the fast reader sees it, yet to be proven; `UNREADABLE` where it sees none."""
    try:
        return list(map(orjson.loads, contents))
    except ValueError:
        return [_glanced(content) for content in contents]


def _glanced(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        return UNREADABLE


def _blocks(rows: Iterator[Text]) -> Iterator[list[Text]]:
    """Yield lines by blocks that take little room: a line may be long."""
    block, size = list[Text](), 0
    for row in rows:
        block.append(row)
        size += len(row[1]) if isinstance(row[1], bytes) else 0
        if size > _READ:
            yield block
            block, size = [], 0
    yield block


def texts(stream: BinaryIO, max_line: int) -> Iterator[Text]:
    """Yield the rank and the text of each line that is not empty, or why it is not read."""
    rank = 0
    while line := stream.readline(max_line + 1):
        rank += 1
        if len(line) > max_line:
            while line and not line.endswith(b"\n"):
                line = stream.readline(max_line)
            yield rank, RecordRefused("ligne_trop_longue", f"L{rank}", {"limit": str(max_line)})
        elif content := line.removeprefix(_BOM).strip():
            yield rank, content


def document(stream: BinaryIO) -> Iterator[Row]:
    """Yield each element of a JSON list, or of the `records` of a JSON object."""
    content = stream.read(MAX_DOCUMENT_BYTES + 1).removeprefix(_BOM)
    if len(content) > MAX_DOCUMENT_BYTES:
        yield 1, "", RecordRefused("fichier_trop_grand", "", {"limit": str(MAX_DOCUMENT_BYTES)})
        return
    value = decoded(content, "")
    prefix, items = ("/records", value.get("records")) if isinstance(value, dict) else ("", value)
    if not isinstance(items, list):
        yield 1, prefix, value if isinstance(value, RecordRefused) else RecordRefused("fiche_illisible", prefix)
        return
    for rank, item in enumerate(items, start=1):
        yield rank, f"{prefix}/{rank - 1}", item
