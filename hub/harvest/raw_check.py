"""Is what was kept still there, and does it still say what the hub says? (`harvest.md` §11: H41, H42, H18)"""

from __future__ import annotations

import gzip
import hashlib
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update

from connectors.base import Read, SourceChanged, SourceDown
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery, UnknownThing
from hub.harvest.door import check
from hub.harvest.ingest import context_of
from hub.harvest.raw import place
from hub.harvest.replay import reread
from hub.models import Exchange, Facet, FacetVersion, RawPayload, Run, Source
from hub.models.run import APPLIED_STATES

YOUNG = 3600
"""Seconds during which a file without a row is left alone: the page it belongs to may not be committed yet."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Flaw:
    """A stored payload that cannot be relied on any more: why, and the runs that read it."""

    sha256: str
    why: str
    runs: tuple[str, ...]


def verify() -> Iterator[Flaw | None]:
    """Yield, for each stored payload, its flaw, or None when its bytes are those its name says."""
    kept = set(db.session.scalars(select(RawPayload.sha256)))
    kept.update(filter(None, db.session.scalars(select(Exchange.sha256).distinct())))
    kept -= set(db.session.scalars(select(RawPayload.sha256).where(RawPayload.purged_on.is_not(None))))
    for sha256 in sorted(kept):
        why = _flaw(place(sha256), sha256)
        yield Flaw(sha256, why, tuple(_runs_of(sha256))) if why else None


def rederived(source: Source) -> tuple[int, int]:
    """Return how many of the harvested records in force the stored payloads give again, byte for byte, out of all.

    The last full walk says them all; the runs that brought only changes since are read again after it.
    """
    mine = (Facet.source_id == source.id, Facet.writer == "harvest", Facet.presence == "present")
    in_force = {row.key: row.sha256 for row in db.session.execute(select(Facet.key, Facet.sha256).where(*mine))}
    context, again = context_of(source), dict[str, str]()
    for run in _runs_to_read(source):
        try:
            for item in reread(source, run):
                if isinstance(item, Read) and (checked := check(item, context)).key and not checked.problems:
                    again[checked.key or ""] = checked.sha256
        except (SourceDown, SourceChanged, BadQuery, UnknownThing, OSError, EOFError, zlib.error):
            continue
    return sum(again.get(key) == sha256 for key, sha256 in in_force.items()), len(in_force)


def keep_share(source: Source, same: int, total: int) -> None:
    """Write how many of the records in force of a source were derived again, for the operators' measures."""
    found = {"same": same, "total": total, "at": iso(now())}
    with writing() as connection:
        connection.execute(update(Source).where(Source.id == source.id).values(rederived=found))


def sweep() -> tuple[int, int]:
    """Remove the files older than an hour that no row names, left by crashes; return how many, and their bytes."""
    folder = Path(current_app.instance_path) / "raw"
    limit = time.time() - YOUNG
    old = [path for path in folder.glob("*/*") if path.is_file() and path.stat().st_mtime < limit]
    removed = size = 0
    for path in old:
        if path.suffix == ".tmp" or not _named(path.stem):
            removed, size = removed + 1, size + path.stat().st_size
            path.unlink()
    return removed, size


def _flaw(path: Path, sha256: str) -> str | None:
    """What is wrong with a file, in French; None when nothing is."""
    found = hashlib.sha256()
    try:
        with gzip.open(path, "rb") as content:
            while block := content.read(_BLOCK):
                found.update(block)
    except FileNotFoundError:
        return "le fichier manque"
    except (EOFError, OSError, zlib.error):
        return "le fichier est abîmé : il ne s'ouvre plus"
    return None if found.hexdigest() == sha256 else "le contenu n'est plus celui qui a été reçu"


def _runs_of(sha256: str) -> list[str]:
    asked = select(Exchange.run_id).where(Exchange.sha256 == sha256)
    cited = select(FacetVersion.run_id).where(FacetVersion.raw_sha256 == sha256)
    mine = (Run.raw_sha256 == sha256) | Run.id.in_(asked) | Run.id.in_(cited)
    return list(db.session.scalars(select(Run.ref).where(mine).order_by(Run.id)))


def _named(sha256: str) -> bool:
    row = db.session.execute(select(RawPayload.purged_on).where(RawPayload.sha256 == sha256)).one_or_none()
    if row is not None:
        return row.purged_on is None
    return db.session.scalar(select(Exchange.id).where(Exchange.sha256 == sha256).limit(1)) is not None


def _runs_to_read(source: Source) -> list[Run]:
    mine = (Run.source_id == source.id, Run.writer == "harvest", Run.mode != "replay", Run.state.in_(APPLIED_STATES))
    since = select(Run).where(*mine, Run.id >= (source.good_run_id or 0)).order_by(Run.id)
    return list(db.session.scalars(since))
