"""One file that holds an instance: its database, its raw payloads, and the digest of each (`compliance.md` §8, C40).

A tar read and written as a flow, so that it may come from a program that decrypts and go to one that encrypts. Its
last member is the manifest: an archive cut short has none, and is refused.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from hub.errors import BadQuery

FORMAT = 1
MANIFEST = "manifest.json"
BASES = {"sqlite": "base.sqlite", "postgresql": "base.pgdump"}
"""The name of the member that holds the database, by dialect."""
_NAMES = re.compile(r"base\.(sqlite|pgdump)|raw/[0-9a-f]{2}/[0-9a-f]{64}\.gz")
"""What a member may be called: no path that leads out of a folder is among them."""
_BLOCK = 1 << 20


class _Digested:
    """A file that is read through, and whose digest is taken on the way."""

    def __init__(self, file: Any) -> None:
        self.file, self.found = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block: bytes = self.file.read(size)
        self.found.update(block)
        return block


def pack(out: BinaryIO, base: Path, dialect: str, raw: Path, told: Mapping[str, Any]) -> set[str]:
    """Write the archive of a copy of the database and of the folder of payloads; return the payloads it holds.

    `told` goes into the manifest. A payload whose time ends meanwhile is passed over. Raises OSError.
    """
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        digests[BASES[dialect]] = _add(tar, base, BASES[dialect])
        for path in _payloads(raw):
            name = f"raw/{path.parent.name}/{path.name}"
            with suppress(FileNotFoundError):
                digests[name] = _add(tar, path, name)
        manifest = {"format": FORMAT, **told, "dialect": dialect, "members": digests}
        content = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(content), 0o600
        tar.addfile(member, io.BytesIO(content))
    return {Path(name).stem for name in digests if name.startswith("raw/")}


def unpack(source: BinaryIO, folder: Path) -> dict[str, Any]:
    """Write the members of an archive in `folder`, every digest checked; return its manifest. Raises BadQuery.

    Only plain files under the names of this format are written; nothing of a refused archive is to be used.
    """
    digests: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                if member.isreg() and member.name == MANIFEST and digests:
                    return _manifest(tar, member, digests)
                if not member.isreg() or not _NAMES.fullmatch(member.name) or member.name in digests:
                    raise BadQuery(f"Archive refusée : « {member.name} » n'y a pas sa place.")
                digests[member.name] = _write(tar, member, folder / member.name)
    except (tarfile.TarError, EOFError) as error:
        why = "ce fichier est abîmé, encore chiffré, ou n'est pas une sauvegarde du hub"
        raise BadQuery(f"Archive illisible : {why}.") from error
    raise BadQuery("Archive refusée : elle est coupée, son inventaire manque.")


def _payloads(raw: Path) -> Iterator[Path]:
    return (path for path in sorted(raw.glob("*/*.gz")) if _NAMES.fullmatch(f"raw/{path.parent.name}/{path.name}"))


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """Add a file to the archive; return its sha256."""
    with path.open("rb") as file:
        member = tar.gettarinfo(arcname=name, fileobj=file)
        member.mode, member.uname, member.gname, member.uid, member.gid = 0o600, "", "", 0, 0
        digested = _Digested(file)
        tar.addfile(member, digested)
    return digested.found.hexdigest()


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> str:
    """Write a member where it goes; return its sha256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digested = _Digested(tar.extractfile(member))
    with target.open("xb") as file:
        shutil.copyfileobj(digested, file, _BLOCK)
    return digested.found.hexdigest()


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo, digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest once it says what was read. Raises BadQuery."""
    file = tar.extractfile(member)
    try:
        told = orjson.loads(file.read() if file else b"")
        known = told["format"] == FORMAT and BASES[told["dialect"]] in digests and isinstance(told["revision"], str)
        stated = dict(told["members"])
    except (ValueError, LookupError, TypeError) as error:
        raise BadQuery("Archive refusée : son inventaire est illisible.") from error
    if not known:
        raise BadQuery("Archive refusée : son inventaire n'est pas d'une forme que ce hub connaît.")
    for name in sorted(stated.keys() | digests.keys()):
        if stated.get(name) != digests.get(name):
            raise BadQuery(f"Archive refusée : « {name} » n'est plus ce qui a été sauvegardé. Prenez une autre copie.")
    return dict(told)
