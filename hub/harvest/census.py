"""Who answered the call: what a run met of what the hub knew of its source, kind by kind."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, true

from hub.harvest.exchanges import keys_of
from hub.harvest.memory import SAME
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion, Issue, PushSnapshot, RunSeen
from hub.models.push import inside

_BLOCK = 500


@dataclass
class Census:
    """Before and after a run, by kind: things present and met, those missing (their facet ids), new, changed ones.

    `lost`: those of the missing that were present so far; those missed before are no news. `unnamed`: the kinds of
    which a record had no readable identity (None: of an unknown kind).
    """

    before: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    fresh: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    missing: dict[str, list[int]] = field(default_factory=dict)
    lost: dict[str, list[int]] = field(default_factory=dict)
    back: list[int] = field(default_factory=list)
    unnamed: set[str | None] = field(default_factory=set)


def census(connection: Connection, lease: Lease) -> Census:
    """Count what run `lease` met. Cost: the facets of its source, by one index; their data are not read."""
    versions = _versions(connection, lease)
    snapshot = connection.execute(
        select(PushSnapshot.__table__).where(PushSnapshot.run_id == lease.run_id)
    ).one_or_none()
    found = counted(connection, lease.source_id, lease.writer, versions, _seen(connection, lease), snapshot)
    pending = (Issue.run_id == lease.run_id, Issue.state == "pending", Issue.severity == "error")
    unnamed = select(Issue.kind).where(*pending, Issue.key.is_(None))
    found.unnamed = set(connection.scalars(unnamed))
    return found


def counted(
    connection: Connection,
    source_id: int,
    writer: str,
    written: dict[str, str],
    met: set[str],
    snapshot: Any | None = None,
) -> Census:
    """Count what is known of a source against the things `written` (kind by key) and `met` without a new version.

    A run that commits a `snapshot` says nothing of what lies outside it: another kind, year or theme.
    """
    found, fresh = Census(), Counter(written.values())
    mine = [Facet.source_id == source_id, Facet.writer == writer]
    within = true() if snapshot is None else inside(snapshot)
    if snapshot is not None:
        mine.append(Facet.kind == snapshot.kind)
    known = select(Facet.id, Facet.key, Facet.kind, Facet.presence, within.label("within")).where(*mine)
    for id_, key, kind, presence, of_it in _rows(connection, known):
        if not of_it and key not in written and key not in met:
            continue
        found.before[kind] += presence == "present"
        if key in written or key in met:
            found.now[kind] += 1
            if presence != "present":
                found.back.append(id_)
        elif presence != "gone":
            found.missing.setdefault(kind, []).append(id_)
            if presence == "present":
                found.lost.setdefault(kind, []).append(id_)
        if key in written:
            found.updated[kind] += 1
            fresh[written[key]] -= 1
    found.fresh = +fresh
    found.now += found.fresh
    return found


def _rows(connection: Connection, query: Any) -> Iterator[Any]:
    """Yield rows that may be many, a block at a time."""
    for block in connection.execute(query).partitions(_BLOCK):
        yield from block


def _versions(connection: Connection, lease: Lease) -> dict[str, str]:
    """The kind of each thing of which the run wrote a version, by key."""
    mine = (FacetVersion.run_id == lease.run_id, FacetVersion.void.is_(False))
    rows = _rows(connection, select(FacetVersion.key, FacetVersion.kind).where(*mine))
    return {key: sys.intern(kind) for key, kind in rows}


def _seen(connection: Connection, lease: Lease) -> set[str]:
    """The keys met without a new version, those of the pages that were not read again included."""
    seen: set[str] = set()
    same: list[int] = []
    told = select(RunSeen.key, RunSeen.outcome).where(RunSeen.run_id == lease.run_id)
    for key, outcome in _rows(connection, told):
        if not key.startswith("@"):
            if outcome != "deleted":
                seen.add(key)
        elif outcome == SAME:
            same.append(int(key[1:]))
    for start in range(0, len(same), _BLOCK):
        for keys in keys_of(connection, same[start : start + _BLOCK]):
            seen.update(keys)
    return seen
