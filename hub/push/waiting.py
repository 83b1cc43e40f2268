"""A deposited file between its preview and its registration: on disk, for an hour, for who sent it alone.

What is registered is thus, byte for byte, what was looked at: a file chosen a second time could be another one. Its
name is a digest of 256 random bits, which only the page of the preview knows, and of the person: both open it together.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from flask import current_app

from hub.errors import UnknownThing

FOLDER = "depots"
KEPT = 3_600
"""How many seconds a file waits."""


@dataclass(frozen=True)
class Waiting:
    """A file that waits, for which metropole, and the kind that was chosen for its rows, if one was.

    `whole`: its sender said that it holds everything, `year` and `theme` narrowing of what.
    """

    content: bytes
    filename: str
    siren: str
    kind: str | None = None
    whole: bool = False
    year: int | None = None
    theme: str | None = None


def keep(person: str, file: Waiting) -> str:
    """Keep a file; return the secret that opens it to the same person."""
    sweep()
    secret = secrets.token_urlsafe(32)
    _folder().mkdir(mode=0o700, exist_ok=True)
    about = {name: value for name, value in vars(file).items() if name != "content"}
    place = os.open(_place(person, secret), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(place, "wb") as out:
        out.write(orjson.dumps(about) + b"\n" + file.content)
    return secret


def opened(person: str, secret: str, siren: str) -> Waiting:
    """Return a file that waits for the same person and metropole. Raises UnknownThing once its hour is over."""
    sweep()
    try:
        about, _, content = _place(person, secret).read_bytes().partition(b"\n")
    except FileNotFoundError as error:
        raise UnknownThing("Ce dépôt n'attend plus : un fichier est gardé une heure. Déposez-le à nouveau.") from error
    found = Waiting(content, **orjson.loads(about))
    if found.siren != siren:
        raise UnknownThing("Ce dépôt a été préparé pour une autre métropole que celle pour laquelle vous agissez.")
    return found


def drop(person: str, secret: str) -> None:
    """Forget a file."""
    _place(person, secret).unlink(missing_ok=True)


def sweep() -> None:
    """Forget the files whose hour is over."""
    for path in _all():
        try:
            if path.stat().st_mtime < time.time() - KEPT:
                path.unlink()
        except FileNotFoundError:
            continue  # another process was faster


def _all() -> Iterator[Path]:
    return _folder().glob("*.depot")


def _folder() -> Path:
    return Path(current_app.instance_path) / FOLDER


def _place(person: str, secret: str) -> Path:
    named = hashlib.sha256(f"{person} {secret}".encode()).hexdigest()
    return _folder() / f"{named}.depot"
