"""One page of a run, in one transaction: versions, problems, sightings, counts and cursor stand or fall together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Integer, bindparam, literal, select, union_all, update

from hub.db import among, db, insert_all, insert_rows, listed
from hub.harvest.door import Checked
from hub.harvest.exchanges import read_again, write_exchanged
from hub.harvest.memory import Exchanged
from hub.harvest.profile import Profile, add, count, profile_of
from hub.harvest.projection import Projection, project
from hub.harvest.runs import Lease, renew
from hub.models import Facet, FacetVersion, Issue, Run, RunSeen
from hub.models.facet import VERSIONS_PER_RUN
from hub.models.said import said
from schemas import Problem, problem


@dataclass
class Read:
    """What was read between two checkpoints, checked; `same` are the exchanges whose page was not read again."""

    records: Sequence[Checked]
    cursor: str
    exchanged: Exchanged = field(default_factory=Exchanged)
    traffic: Mapping[str, int] = field(default_factory=dict)


class Counted(NamedTuple):
    """How filled records are, counted before it is known which of them are new: those of these keys, in this order."""

    keys: Sequence[str | None]
    profile: Profile


_VERSION = (
    *("id", "run_id", "key", "kind", "remote_id", "writer"),
    *("sha256", "data", "raw_sha256", "raw_pointer", "diffusion", "public_on"),
    *Projection._fields,
    *("void", "line"),
)
"""The columns of a version that is written, in the order of their table."""


class Page:
    """The decisions on one page of checked records, before they are written.

    `whole`: all its records were accepted. `unsettled`: the keys of versions of earlier pages that it contradicts.
    `wanted`: the keys whose unchanged records the close asks for, of a run that is decided before anything of it is
    written; None: all of them, of a run written page by page.
    """

    def __init__(
        self,
        connection: Connection,
        lease: Lease,
        counts: Counter[str],
        profile: Profile,
        wanted: Collection[str | None] | None = None,
    ) -> None:
        self.connection, self.lease, self.counts, self.profile = connection, lease, counts, profile
        self.wanted, self.absent = wanted, set[str]()
        self.versions: list[tuple[int, Checked]] = []
        self.issues: list[dict[str, Any]] = []
        self.seen: dict[str, str] = {}
        self.void: list[int] = []
        self.unsettled: list[str] = []
        self.whole = True
        self.known: dict[str, str] = {}
        self.met: dict[str, tuple[str, int, str]] = {}

    def another(self) -> Page:
        """Return the next page of the same run, in the same transaction."""
        return Page(self.connection, self.lease, self.counts, self.profile, self.wanted)

    def load(self, records: Sequence[Checked]) -> None:
        """Read what the base and this run already hold of these records; nothing of those without identity."""
        names = [record.name for record in records if record.key is not None]
        told = (Facet.key, Facet.sha256, Facet.presence)
        for row in said(self.connection, self.lease.source_id, self.lease.writer, names, *told):
            self.known[row.key] = row.sha256
            if row.presence != "present":
                self.absent.add(row.key)
        if self.wanted is None:
            self._load_begun([record.key for record in records if record.key is not None])

    def _load_begun(self, keys: list[str]) -> None:
        """Read what earlier pages of this run wrote, or met, under these keys."""
        asked = {"keys": listed(self.connection, keys), "run": self.lease.run_id}
        found: Any = self.connection.execute(_begun(self.connection.dialect.name), asked)
        for place, key, sha256, version_id in found.all():
            self.met[key] = (sha256, version_id, "") if place == _WRITTEN else (self.known.get(key, ""), 0, "")

    def take(self, record: Checked) -> str:
        """Decide what one record is, and return it: created, updated, unchanged, repeated, deleted, quarantined.

        What is said of a file as a whole, and is no error, is `told` without counting as a record.
        """
        if record.remote_id is None and record.problems and all(each.severity != "error" for each in record.problems):
            self.issues += (issue_row(self.lease, record, each) for each in record.problems)
            return "told"
        self.counts["received"] += 1
        self.issues += (issue_row(self.lease, record, each) for each in record.remarks)
        if record.problems or record.key is None:
            return self._quarantine(record, record.problems)
        if record.deleted:
            return self._see(record.key, "deleted")
        if record.key in self.met:
            return self._again(record, *self.met[record.key])
        if self.known.get(record.key) == record.sha256:
            self.met[record.key] = (record.sha256, 0, record.updated_at)
            return self._see(record.key, "unchanged")
        change = "updated" if record.key in self.known else "created"
        self.counts[change] += 1
        self._version(record)
        return change

    def write(self, raw_sha256: str | None = None, counted: Counted | None = None) -> None:
        """Write the decisions. A page whose version another page contradicts will be read again next time.

        `raw_sha256` names the payload of versions that name none; `counted`: how filled records are, counted before.
        """
        if self.void:
            void = update(FacetVersion).where(FacetVersion.id.in_(self.void)).values(void=True)
            self.connection.execute(void)
            read_again(self.connection, self.lease, self.unsettled)
        self._count(counted)
        raw_sha256 = raw_sha256 or self.lease.raw_sha256
        rows = [self._row(*version, raw_sha256) for version in self.versions]
        insert_rows(self.connection, FacetVersion, _VERSION, rows)
        insert_all(self.connection, Issue, self.issues)
        seen = [
            {"run_id": self.lease.run_id, "key": key, "outcome": outcome}
            for key, outcome in self.seen.items()
            if outcome != "unchanged" or self.wanted is None or key in self.wanted or key in self.absent
        ]
        insert_all(self.connection, RunSeen, seen, once=True)

    def _count(self, counted: Counted | None) -> None:
        """Add the versions to the profile of the run; what was counted before counts if it is of these very records."""
        if counted is not None and counted.keys == [record.key for _, record in self.versions]:
            add(self.profile, counted.profile)
            return
        said: dict[str, list[Mapping[str, Any]]] = {}
        for _, record in self.versions:
            content = orjson.loads(record.data) if record.content is None else record.content
            said.setdefault(record.kind or "", []).append(content)
        for kind, records in said.items():
            count(self.profile, kind, records)

    def _version(self, record: Checked) -> None:
        assert record.key is not None
        self.counts["versions"] += 1
        version_id = self.lease.run_id * VERSIONS_PER_RUN + self.counts["versions"]
        self.met[record.key] = (record.sha256, version_id, record.updated_at)
        self.versions.append((version_id, record))

    def _row(self, version_id: int, record: Checked, raw_sha256: str | None) -> tuple[Any, ...]:
        """Return the row of a version, in the order of `_VERSION`."""
        listed = record.projection or project(record.kind or "", orjson.loads(record.data))
        mine = (version_id, self.lease.run_id, record.key, record.kind, record.remote_id, self.lease.writer)
        said = (record.sha256, record.data, record.raw_sha256 or raw_sha256, record.place)
        return (*mine, *said, record.diffusion, record.public_on, *listed, False, record.line)

    def _again(self, record: Checked, sha256: str, version_id: int, updated_at: str) -> str:
        """The same identifier twice in one run (`harvest.md` §8): the later stamp wins, else both are set aside."""
        assert record.key is not None
        if sha256 == record.sha256:
            self.counts["repeated"] += 1
            return "repeated"
        updated_at = updated_at or self._stamp(version_id)
        if record.updated_at and updated_at and record.updated_at != updated_at:
            self.counts["repeated"] += 1
            if record.updated_at > updated_at:
                self._drop(record.key, version_id)
                self._version(record)
            return "repeated"
        if version_id:
            self.counts["updated" if record.key in self.known else "created"] -= 1
        self._drop(record.key, version_id)
        return self._quarantine(record, [problem("identifiant_en_double", "/remote_id", record.remote_id)])

    def _stamp(self, version_id: int) -> str:
        """The source's own stamp of a version written by an earlier page; empty when it gave none."""
        data = self.connection.scalar(select(FacetVersion.data).where(FacetVersion.id == version_id))
        stamp = orjson.loads(data).get("updated_at") if data else None
        return stamp or ""

    def _drop(self, key: str, version_id: int) -> None:
        """Take back a version of this run: of this page, or void that of an earlier one."""
        here = next((version for version in self.versions if version[0] == version_id), None)
        if here:
            self.versions.remove(here)
            return
        written = select(FacetVersion.kind, FacetVersion.data).where(FacetVersion.id == version_id)
        row = self.connection.execute(written).one_or_none()
        if row is not None:
            count(self.profile, row.kind, [orjson.loads(row.data)], sign=-1)
            self.void.append(version_id)
            self.unsettled.append(key)

    def _quarantine(self, record: Checked, problems: Sequence[Problem]) -> str:
        self.whole = False
        self.counts["problems"] += 1
        self.issues += (issue_row(self.lease, record, each) for each in problems)
        return self._see(record.key, "quarantined") if record.key is not None else "quarantined"

    def _see(self, key: str, outcome: str) -> str:
        self.whole &= outcome == "unchanged"
        if outcome != "quarantined":
            self.counts[outcome] += 1
        self.seen[key] = outcome
        return outcome


_WRITTEN, _SEEN = 1, 2


@cache
def _begun(dialect: str) -> Any:
    """What a run wrote and met under the keys of a page, in this order; made once for all pages."""
    run, version = bindparam("run", type_=Integer), FacetVersion
    written = select(literal(_WRITTEN).label("place"), version.key, version.sha256, version.id)
    seen = select(literal(_SEEN), RunSeen.key, literal(""), literal(0))
    return union_all(
        written.where(among(dialect, version.key), version.run_id == run, version.void.is_(False)),
        seen.where(among(dialect, RunSeen.key), RunSeen.run_id == run),
    ).order_by("place")


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
        "diffusion": record.diffusion,
        "public_on": record.public_on,
        "sha256": (record.sha256 or None) if record.problems else None,
        "state": "pending",
    }


def counts_of(lease: Lease) -> Counter[str]:
    """Return the counts of a run as its last page left them."""
    with db.engine.connect() as connection:
        return Counter(connection.execute(select(Run.counts).where(Run.id == lease.run_id)).scalar_one())


def commit_page(connection: Connection, lease: Lease, read: Read) -> Counter[str]:
    """Write one page and move the run's cursor past it; return the run's counts. Raises LostLease, writing nothing."""
    run = renew(connection, lease)
    counts, profile = Counter(run.counts), profile_of(run.profile)
    page = Page(connection, lease, counts, profile)
    page.load(read.records)
    for record in read.records:
        page.take(record)
    page.write()
    accepted = [record.key for record in read.records if record.key is not None] if page.whole else None
    write_exchanged(connection, lease, read.exchanged, accepted, counts)
    counts.update(read.traffic)
    renew(connection, lease, cursor=read.cursor, counts=dict(counts), profile=profile, pages=run.pages + 1)
    return counts
