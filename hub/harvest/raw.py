"""Raw payloads: what was read, kept as it came, named by its content."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Connection, insert, select, update

from hub.clock import iso, now
from hub.db import writing
from hub.errors import UnknownThing
from hub.models import RawPayload
from schemas.personal import masked

_BLOCK = 1 << 20
_LARGEST_OPENED = 1 << 20
"""Size, packed, beyond which a JSON document is not opened to show one of its elements."""


def keep(path: Path, media_type: str) -> str:
    """Store the file of `path` and return its sha256; a payload already there is not written again.

    The file is written aside, synced, then renamed: a crash leaves a stray file, never half a payload.
    """
    sha256 = digest(path)
    target = place(sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(f".{os.getpid()}.tmp")
        with path.open("rb") as source, aside.open("wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0, filename="") as packed:
                shutil.copyfileobj(source, packed, _BLOCK)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    os.utime(target)
    row = {"sha256": sha256, "size": path.stat().st_size, "media_type": media_type, "filename": masked(path.name)}
    with writing() as connection:
        register(connection, [row])
    return sha256


def store(content: bytes) -> str:
    """Store `content` and return its sha256; the row that names it is written with its page (`register`).

    A payload met again is dated anew: a sweep leaves what is young alone, until its row is there.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    target = str(place(sha256))
    try:
        os.utime(target)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        aside = f"{target.removesuffix('.gz')}.{os.getpid()}.tmp"
        with open(aside, "wb") as file:
            file.write(gzip.compress(content, compresslevel=1, mtime=0))
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, target)
    return sha256


def store_blocks(blocks: Iterable[bytes]) -> tuple[str, int]:
    """Store as `store` does a content too large to be held at once; return its sha256, and its size in bytes."""
    folder = Path(current_app.instance_path) / "raw" / "part"
    folder.mkdir(parents=True, exist_ok=True)
    written, size = hashlib.sha256(), 0
    aside = folder / f"{token_hex(8)}.tmp"
    with aside.open("wb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0, filename="") as packed:
            for block in blocks:
                written.update(block)
                size += len(block)
                packed.write(block)
        file.flush()
        os.fsync(file.fileno())
    target = place(written.hexdigest())
    target.parent.mkdir(exist_ok=True)
    aside.replace(target)
    return written.hexdigest(), size


def digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def holds(sha256: str | None) -> bool:
    """Tell whether a payload is kept."""
    return sha256 is not None and place(sha256).exists()


def read(sha256: str) -> bytes:
    """Return a stored payload. Raises UnknownThing when it is not there."""
    try:
        return gzip.decompress(place(sha256).read_bytes())
    except FileNotFoundError as error:
        raise UnknownThing(f"La pièce brute {sha256[:12]}… n'est pas dans le dossier d'instance.") from error


def extract(sha256: str, pointer: str) -> str | None:
    """Return what stands at `pointer` of a payload: a line (`L12`), or an element of a JSON document (`/records/3`).

    None for a pointer that leads nowhere, or into a document too large to be opened for one element. Raises
    UnknownThing when the payload is not there.
    """
    stored = place(sha256)
    if not stored.exists():
        raise UnknownThing(f"La pièce brute {sha256[:12]}… n'est pas dans le dossier d'instance.")
    if line := re.fullmatch(r"L([1-9][0-9]{0,8})", pointer):
        rank = int(line[1])
        with gzip.open(stored, "rb") as lines:
            found = next(islice(lines, rank - 1, rank), b"").decode("utf-8", "replace").strip()
        return found or None
    if stored.stat().st_size > _LARGEST_OPENED:
        return None
    return _element(gzip.decompress(stored.read_bytes()), pointer)


def _element(content: bytes, pointer: str) -> str | None:
    try:
        value = orjson.loads(content)
        for step in pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (ValueError, LookupError, TypeError):
        return None
    return orjson.dumps(value).decode()


def register(connection: Connection, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of stored payloads (`sha256`, `size`, `media_type`, `filename`) that have none yet.

    One that was purged since is kept again from now on.
    """
    named = {row["sha256"]: {"filename": None, **row, "stored_at": iso(now())} for row in payloads}
    known = connection.execute(
        select(RawPayload.sha256, RawPayload.purged_on).where(RawPayload.sha256.in_(list(named)))
    ).all()
    if back := [row.sha256 for row in known if row.purged_on]:
        again = {"purged_on": None, "stored_at": iso(now())}
        connection.execute(update(RawPayload).where(RawPayload.sha256.in_(back)).values(again))
    for row in known:
        del named[row.sha256]
    if named:
        connection.execute(insert(RawPayload), list(named.values()))


def place(sha256: str) -> Path:
    """Return where the payload of that name is stored, or would be."""
    return Path(current_app.instance_path) / "raw" / sha256[:2] / f"{sha256}.gz"
