"""Deriving every value anew from its stored payload: what differs, and bringing it into force (`harvest.md` §11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from connectors.base import Read as Readable
from hub.db import db
from hub.harvest.beat import beating
from hub.harvest.door import check
from hub.harvest.follow import Following
from hub.harvest.ingest import context_of
from hub.harvest.kept import Stored, reread
from hub.harvest.options import connector_called
from hub.harvest.perform import concluded, followed
from hub.harvest.reading import differing
from hub.harvest.runs import Opening, open_run
from hub.models import Facet, FacetVersion, Run, Source
from hub.models.facet import under

__all__ = ["Divergence", "Stored", "divergences", "replay", "reread"]


@dataclass(frozen=True)
class Divergence:
    """A value that the stored payloads give otherwise than what is in force; `field` is empty for a whole record."""

    kind: str
    remote_id: str
    field: str
    before: Any
    after: Any


def divergences(source: Source, run: Run | None = None) -> Iterator[Divergence]:
    """Yield each value in force that the stored payloads of a run no longer give as it stands. Nothing is written."""
    context = context_of(source)
    for item in reread(source, run):
        if isinstance(item, Readable):
            checked = check(item, context)
            if checked.key and not checked.problems and not checked.deleted:
                yield from _compare(checked.key, checked.sha256, checked.content)


def replay(source: Source, run: Run | None = None) -> Run:
    """Apply what the stored payloads of a run, and of those after it, give today: repaired records enter.

    Their issues close; no cursor and no presence move. Raises BadQuery, BusySource.
    """
    module = connector_called(source.connector)
    walk = reread(source, run)
    lease = open_run(source, Opening("replay", "harvest", module.NAME, module.VERSION, mode="replay"))
    with beating(lease):
        concluded(lease, followed(lease, source, Following(lease, context_of(source)), walk))
    return db.session.get_one(Run, lease.run_id)


def _compare(key: str, sha256: str, content: Any) -> Iterator[Divergence]:
    query = select(FacetVersion.kind, FacetVersion.remote_id, FacetVersion.sha256, FacetVersion.data)
    query = query.join(Facet, Facet.version_id == FacetVersion.id).where(under([key]), Facet.writer == "harvest")
    known = db.session.execute(query).one_or_none()
    if known is None:
        yield Divergence("", key, "", None, content)
    elif known.sha256 != sha256:
        before = orjson.loads(known.data)
        for field in differing(before, content):
            yield Divergence(known.kind, known.remote_id, field, before.get(field), content.get(field))
