"""A run before it is applied, weighed against what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from hub.harvest.census import Census, census
from hub.harvest.guards import THRESHOLDS, Verdict, judge_content, judge_expected, judge_walk
from hub.harvest.profile import Profile, count, merge, profile_of
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion, Run, Source
from hub.models.facet import bearer_of


@dataclass(frozen=True)
class Weighed:
    """A run and its source as rows, whom it met, how filled records are before it and would be after it.

    `whole`: its walk went to the end of everything, so that what it did not meet means something.
    """

    run: Any
    source: Any
    census: Census
    before: Profile
    after: Profile
    whole: bool


def weigh(connection: Connection, lease: Lease) -> Weighed:
    """Weigh a run. Cost: the keys of its source, and the data of what the run rewrites."""
    run = connection.execute(select(Run.__table__).where(Run.id == lease.run_id)).one()
    source = connection.execute(select(Source.__table__).where(Source.id == lease.source_id)).one()
    before = profile_of(source.profile)
    after = merge(before, merge(profile_of(run.profile), replaced(connection, lease, run.counts)))
    whole = run.walk == "ended" and lease.mode == "full"
    return Weighed(run, source, census(connection, lease), before, after, whole)


def judge(weighed: Weighed) -> list[Verdict]:
    """Return the verdicts of the guards on a run."""
    source, counts = weighed.source, weighed.run.counts
    bounds = THRESHOLDS | source.thresholds
    verdicts = list(judge_content(weighed.census, weighed.before, weighed.after, counts, bounds))
    if weighed.whole:
        verdicts += judge_walk(weighed.census, bounds, first=source.good_run_id is None)
        verdicts += judge_expected(counts, expected_of(source))
    return verdicts


def expected_of(source: Any) -> dict[str, Any]:
    """Return how many rows a source declares, in its thresholds or in its mapping; empty when it does not."""
    mapping = source.options.get("mapping")
    if isinstance(mapping, str):
        try:
            mapping = orjson.loads(mapping)
        except orjson.JSONDecodeError:
            mapping = None
    declared = mapping.get("expect") if isinstance(mapping, dict) else None
    return source.thresholds.get("expect") or declared or {}


def replaced(connection: Connection, lease: Lease, counts: Mapping[str, int]) -> Profile:
    """Return what the versions in force say of the things that the run rewrites, to be taken away from a profile.

    `counts` are the run's: where it updates nothing, nothing is looked for.
    """
    if not counts.get("updated"):
        return {}
    old = FacetVersion.__table__.alias()
    rows = connection.execute(
        select(Facet.kind, old.c.data.label("data"))
        .join_from(FacetVersion, Facet, Facet.id == bearer_of(FacetVersion, lease.source_id))
        .join(old, old.c.id == Facet.version_id)
        .where(FacetVersion.run_id == lease.run_id, FacetVersion.void.is_(False))
    )
    found: Profile = {}
    for row in rows:
        count(found, row.kind, [orjson.loads(row.data)], sign=-1)
    return found
