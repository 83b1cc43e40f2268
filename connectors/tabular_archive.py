"""ZIP archives, opened one level deep and within bounds (`harvest.md` §14): names are never used as paths."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors.base import SourceChanged

MAX_UNPACKED, MAX_RATIO, MAX_ENTRIES = 200_000_000, 100, 1_000
_BLOCK = 65_536
_SMALL = 1_000_000
"""Bytes unpacked below which a high ratio harms nobody: an almost empty sheet is packed very well."""


@dataclass(frozen=True, slots=True)
class Member:
    """A table inside an archive: its bare name, its content, the day written beside it."""

    name: str
    content: bytes
    dated: date | None


def is_archive(content: bytes) -> bool:
    """Tell whether a file is a ZIP: a workbook is one too."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_workbook(content: bytes) -> bool:
    """Tell whether a file is an XLSX. Raises SourceChanged for a ZIP that cannot be opened within bounds."""
    return is_archive(content) and "xl/workbook.xml" in opened(content).namelist()


def opened(content: bytes) -> zipfile.ZipFile:
    """Return an archive whose list is sound. Raises SourceChanged: broken, too many entries, a path that climbs."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise SourceChanged("L'archive est illisible.") from error
    names = archive.namelist()
    if len(names) > MAX_ENTRIES:
        raise SourceChanged(f"L'archive contient plus de {MAX_ENTRIES} fichiers.")
    if any(".." in name.replace("\\", "/").split("/") or name.startswith(("/", "\\")) for name in names):
        raise SourceChanged("L'archive contient un chemin qui sort de son dossier : elle est refusée.")
    return archive


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int = MAX_UNPACKED) -> bytes:
    """Return what an entry holds; sizes written in the archive are not believed. Raises SourceChanged."""
    blocks, size = [], 0
    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > room or (size > _SMALL and size > MAX_RATIO * max(entry.compress_size, 1)):
                    raise SourceChanged("L'archive se déplie sur une taille démesurée : elle est refusée.")
                blocks.append(block)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise SourceChanged("L'archive est illisible.") from error
    return b"".join(blocks)


def measure(content: bytes) -> None:
    """Unpack all of an archive once, keeping nothing. Raises SourceChanged when it passes the bounds."""
    archive, room = opened(content), MAX_UNPACKED
    for entry in archive.infolist():
        room -= len(unpacked(archive, entry, room))


def members(content: bytes) -> Iterator[Member]:
    """Yield the tables of an archive, in the order of their names. Raises SourceChanged."""
    archive, room = opened(content), MAX_UNPACKED
    for entry in sorted(archive.infolist(), key=lambda one: one.filename):
        name = entry.filename.replace("\\", "/").rpartition("/")[2]
        if name.casefold().endswith((".csv", ".xlsx", ".tsv")):
            inside = unpacked(archive, entry, room)
            room -= len(inside)
            yield Member(name, inside, _day(entry))


def _day(entry: zipfile.ZipInfo) -> date | None:
    """Return the day of an entry; archives without a clock write 1980-01-01."""
    try:
        day = date(*entry.date_time[:3])
    except ValueError:
        return None
    return day if day.year > 1980 else None
