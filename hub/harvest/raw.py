"""Raw payloads: what was read, kept as it came, named by its content."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.models import RawPayload

_BLOCK = 1 << 20


def keep(path: Path, media_type: str) -> str:
    """Store the file of `path` and return its sha256; a payload already there is not written again.

    The file is written aside, synced, then renamed: a crash leaves a stray file, never half a payload.
    """
    sha256 = digest(path)
    target = _place(sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(f".{os.getpid()}.tmp")
        with path.open("rb") as source, aside.open("wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0, filename="") as packed:
                shutil.copyfileobj(source, packed, _BLOCK)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    _register(sha256, path, media_type)
    return sha256


def digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(sha256: str) -> bytes:
    """Return a stored payload. Raises UnknownThing when it is not there."""
    try:
        return gzip.decompress(_place(sha256).read_bytes())
    except FileNotFoundError as error:
        raise UnknownThing(f"La pièce brute {sha256[:12]}… n'est pas dans le dossier d'instance.") from error


def _register(sha256: str, path: Path, media_type: str) -> None:
    with writing() as connection:
        if connection.scalar(select(RawPayload.sha256).where(RawPayload.sha256 == sha256)) is None:
            row = {"sha256": sha256, "size": path.stat().st_size, "media_type": media_type, "filename": path.name}
            connection.execute(db.insert(RawPayload), row | {"stored_at": iso(now())})


def _place(sha256: str) -> Path:
    return Path(current_app.instance_path) / "raw" / sha256[:2] / f"{sha256}.gz"
