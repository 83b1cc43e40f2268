"""One page of a run, in one transaction: versions, problems, sightings, counts and cursor stand or fall together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from hub.harvest.door import Checked
from hub.harvest.runs import Lease, renew
from hub.models import Facet, FacetVersion, Issue, Run, RunSeen
from hub.models.facet import VERSIONS_PER_RUN
from schemas import Problem, problem


class Page:
    """The decisions on one page of checked records, before they are written."""

    def __init__(self, connection: Connection, lease: Lease, counts: Counter[str]) -> None:
        self.connection, self.lease, self.counts = connection, lease, counts
        self.versions: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.seen: dict[str, str] = {}
        self.void: list[int] = []
        self.known: dict[str, str] = {}
        self.met: dict[str, tuple[str, int, str]] = {}

    def load(self, keys: list[str]) -> None:
        """Read what the base and this run already hold under `keys`."""
        facets = select(Facet.key, Facet.sha256).where(Facet.key.in_(keys), Facet.writer == self.lease.writer)
        self.known = {row.key: row.sha256 for row in self.connection.execute(facets)}
        versions = select(FacetVersion.key, FacetVersion.sha256, FacetVersion.id).where(
            FacetVersion.run_id == self.lease.run_id, FacetVersion.key.in_(keys), FacetVersion.void.is_(False)
        )
        self.met = {row.key: (row.sha256, row.id, "") for row in self.connection.execute(versions)}
        seen = select(RunSeen.key).where(RunSeen.run_id == self.lease.run_id, RunSeen.key.in_(keys))
        self.met |= {key: (self.known.get(key, ""), 0, "") for key in self.connection.scalars(seen)}

    def take(self, record: Checked) -> None:
        """Decide what one record is: created, updated, unchanged, repeated, deleted or in quarantine."""
        self.counts["received"] += 1
        if record.problems or record.key is None:
            self._quarantine(record, record.problems)
        elif record.deleted:
            self._see(record.key, "deleted")
        elif record.key in self.met:
            self._again(record, *self.met[record.key])
        elif self.known.get(record.key) == record.sha256:
            self.met[record.key] = (record.sha256, 0, record.updated_at)
            self._see(record.key, "unchanged")
        else:
            self.counts["updated" if record.key in self.known else "created"] += 1
            self._version(record)

    def write(self) -> None:
        """Write the decisions."""
        if self.void:
            void = update(FacetVersion).where(FacetVersion.id.in_(self.void)).values(void=True)
            self.connection.execute(void)
        for table, rows in ((FacetVersion, self.versions), (Issue, self.issues), (RunSeen, self._sightings())):
            if rows:
                self.connection.execute(insert(table), rows)

    def _version(self, record: Checked) -> None:
        assert record.key is not None
        assert record.projection is not None
        self.counts["versions"] += 1
        version_id = self.lease.run_id * VERSIONS_PER_RUN + self.counts["versions"]
        self.met[record.key] = (record.sha256, version_id, record.updated_at)
        self.versions.append(
            {
                "id": version_id,
                "run_id": self.lease.run_id,
                "key": record.key,
                "kind": record.kind,
                "remote_id": record.remote_id,
                "writer": self.lease.writer,
                "sha256": record.sha256,
                "data": record.data,
                "raw_sha256": record.raw_sha256 or self.lease.raw_sha256,
                "raw_pointer": record.place,
                "diffusion": record.diffusion,
                "public_on": record.public_on,
                "void": False,
            }
            | record.projection._asdict()
        )

    def _again(self, record: Checked, sha256: str, version_id: int, updated_at: str) -> None:
        """The same identifier twice in one run (`harvest.md` §8): the later stamp wins, else both are set aside."""
        assert record.key is not None
        if sha256 == record.sha256:
            self.counts["repeated"] += 1
            return
        updated_at = updated_at or self._stamp(version_id)
        if record.updated_at and updated_at and record.updated_at != updated_at:
            self.counts["repeated"] += 1
            if record.updated_at > updated_at:
                self._drop(version_id)
                self._version(record)
            return
        self._drop(version_id)
        self._quarantine(record, [problem("identifiant_en_double", "/remote_id", record.remote_id)])

    def _stamp(self, version_id: int) -> str:
        """The source's own stamp of a version written by an earlier page; empty when it gave none."""
        data = self.connection.scalar(select(FacetVersion.data).where(FacetVersion.id == version_id))
        stamp = orjson.loads(data).get("updated_at") if data else None
        return stamp or ""

    def _drop(self, version_id: int) -> None:
        staying = [row for row in self.versions if row["id"] != version_id]
        if len(staying) == len(self.versions):
            self.void.append(version_id)
        self.versions = staying

    def _quarantine(self, record: Checked, problems: Sequence[Problem]) -> None:
        self.counts["problems"] += 1
        self.issues += (issue_row(self.lease, record, each) for each in problems)
        if record.key is not None:
            self._see(record.key, "quarantined")

    def _see(self, key: str, outcome: str) -> None:
        if outcome != "quarantined":
            self.counts[outcome] += 1
        self.seen[key] = outcome

    def _sightings(self) -> list[dict[str, Any]]:
        known = select(RunSeen.key).where(RunSeen.run_id == self.lease.run_id, RunSeen.key.in_(list(self.seen)))
        already = set(self.connection.scalars(known)) if self.seen else set()
        return [
            {"run_id": self.lease.run_id, "key": key, "outcome": outcome}
            for key, outcome in self.seen.items()
            if key not in already
        ]


def issue_row(lease: Lease, record: Checked, found: Problem) -> dict[str, Any]:
    """Return the row of an issue not yet public; its fingerprint makes thirty sights of one problem one issue."""
    identity = (record.key or record.place, found.rule, found.pointer)
    return {
        "source_id": lease.source_id,
        "run_id": lease.run_id,
        "last_run_id": lease.run_id,
        "fingerprint": hashlib.sha256("\t".join(identity).encode()).hexdigest(),
        "key": record.key,
        "kind": record.kind,
        "remote_id": record.remote_id,
        "place": record.place,
        "severity": found.severity,
        "rule": found.rule,
        "pointer": found.pointer[:500],
        "value": found.value,
        "expected": found.expected,
        "message": found.message,
        "how": found.how,
        "state": "pending",
    }


def commit_page(connection: Connection, lease: Lease, records: Sequence[Checked], cursor: str) -> Counter[str]:
    """Write one page and move the run's cursor past it; return the run's counts. Raises LostLease, writing nothing."""
    counts: Counter[str] = Counter(connection.execute(select(Run.counts).where(Run.id == lease.run_id)).scalar_one())
    page = Page(connection, lease, counts)
    page.load([record.key for record in records if record.key is not None])
    for record in records:
        page.take(record)
    page.write()
    renew(connection, lease, cursor=cursor, counts=dict(counts))
    return counts
