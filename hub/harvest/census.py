"""Who answered the call: what a run met of what the hub knew of its source, kind by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from hub.harvest.exchanges import keys_of
from hub.harvest.memory import SAME
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion, Issue, RunSeen


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
    found = counted(connection, lease.source_id, lease.writer, versions, _seen(connection, lease))
    pending = (Issue.run_id == lease.run_id, Issue.state == "pending", Issue.severity == "error")
    unnamed = select(Issue.kind).where(*pending, Issue.key.is_(None))
    found.unnamed = set(connection.scalars(unnamed))
    return found


def counted(connection: Connection, source_id: int, writer: str, written: dict[str, str], met: set[str]) -> Census:
    """Count what is known of a source against the things `written` (kind by key) and `met` without a new version."""
    found, versions = Census(), dict(written)
    seen = {*versions, *met}
    mine = (Facet.source_id == source_id, Facet.writer == writer)
    known = select(Facet.id, Facet.key, Facet.kind, Facet.presence).where(*mine)
    for id_, key, kind, presence in connection.execute(known):
        found.before[kind] += presence == "present"
        if key in seen:
            found.now[kind] += 1
            found.updated[kind] += key in written
            if presence != "present":
                found.back.append(id_)
        elif presence != "gone":
            found.missing.setdefault(kind, []).append(id_)
            if presence == "present":
                found.lost.setdefault(kind, []).append(id_)
        versions.pop(key, None)
    for kind in versions.values():
        found.fresh[kind] += 1
        found.now[kind] += 1
    return found


def _versions(connection: Connection, lease: Lease) -> dict[str, str]:
    """The kind of each thing of which the run wrote a version, by key."""
    mine = (FacetVersion.run_id == lease.run_id, FacetVersion.void.is_(False))
    rows = connection.execute(select(FacetVersion.key, FacetVersion.kind).where(*mine))
    return {row.key: row.kind for row in rows}


def _seen(connection: Connection, lease: Lease) -> set[str]:
    """The keys met without a new version, those of the pages that were not read again included."""
    seen: set[str] = set()
    same: list[int] = []
    rows = connection.execute(select(RunSeen.key, RunSeen.outcome).where(RunSeen.run_id == lease.run_id))
    for key, outcome in rows:
        if not key.startswith("@"):
            if outcome != "deleted":
                seen.add(key)
        elif outcome == SAME:
            same.append(int(key[1:]))
    for start in range(0, len(same), 500):
        for keys in keys_of(connection, same[start : start + 500]):
            seen.update(keys)
    return seen
