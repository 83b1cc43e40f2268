"""The copy of a deposited file that is kept: its rows without those that hold personal data (`harvest.md` §11)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

import schemas
from connectors import records
from connectors.declaration import is_personal
from hub.harvest import screening
from hub.harvest.door import FREE_TEXT, Context


@contextmanager
def bare_copy(path: Path, context: Context) -> Iterator[Path]:
    """Give the file without the rows that hold personal data, or cannot be read; `path` itself where all may be kept.

    The other rows keep their place: `L12` is still the twelfth line, `/records/3` the fourth record.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        bare = _lines(path, copy, context) if records.is_ndjson(path) else _document(path, copy, context)
        yield path if bare else copy


def _lines(path: Path, copy: Path, context: Context) -> bool:
    bare = True
    with path.open("rb") as lines, copy.open("wb") as kept:
        for line in lines:
            item = _value(line)
            shown = _bare(item, context)
            same = (shown is item and item is not None) or not line.strip()
            kept.write(line if same else b"\n" if shown is None else orjson.dumps(shown) + b"\n")
            bare &= same
    return bare


def _document(path: Path, copy: Path, context: Context) -> bool:
    value = _value(path.read_bytes()) if path.stat().st_size <= records.MAX_DOCUMENT_BYTES else None
    items = value.get("records") if isinstance(value, dict) else value
    if not isinstance(items, list):
        copy.write_bytes(b"")
        return False
    kept = [_bare(item, context) for item in items]
    copy.write_bytes(orjson.dumps({"records": kept} if isinstance(value, dict) else kept))
    same = all(shown is item for shown, item in zip(kept, items, strict=True))
    return same and not (isinstance(value, dict) and len(value) > 1)


def _bare(item: object, context: Context) -> object | None:
    """Return a row without the free text of a contribution, the very same when there is none; None: not kept."""
    if not _is_bare(item, context):
        return None
    assert isinstance(item, dict)
    if context.bodies or item.get("kind") != "contribution" or FREE_TEXT not in item.get("data", {}):
        return item
    return {**item, "data": {name: value for name, value in item["data"].items() if name != FREE_TEXT}}


def _value(content: bytes) -> Any:
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def _is_bare(item: object, context: Context) -> bool:
    """Tell whether a row holds nothing of a person, a hit that a person cleared left aside."""
    if not isinstance(item, dict) or not isinstance(item.get("data", {}), dict):
        return False
    kind, remote_id = str(item.get("kind")), str(item.get("remote_id"))
    if kind not in schemas.KINDS or any(is_personal(name) for name in _names(item)):
        return False
    key = schemas.hub_id(context.slug, kind, remote_id.strip())
    envelope = {name: value for name, value in item.items() if name != "data"}
    cleared = context.cleared_of(key)
    return not screening.refused(kind, envelope) and not screening.refused(kind, item.get("data", {}), cleared)


def _names(value: object) -> Iterator[str]:
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(inside)
    if isinstance(value, dict):
        yield from value
