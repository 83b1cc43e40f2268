"""A look at a platform before anything is decided: real requests, real checks, nothing written (`harvest.md` §3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import ModuleType

from connectors.base import Checkpoint, Endpoint, Record, RecordRefused, SourceChanged, SourceDown
from connectors.fetch import Fetch
from hub.db import db, writing
from hub.harvest.census import counted
from hub.harvest.door import Checked, Context, check
from hub.harvest.guards import THRESHOLDS, Verdict, judge_content, judge_expected, judge_walk
from hub.harvest.ingest import context_of
from hub.harvest.options import connector_called, endpoint_of, manners, secrets_of, typed
from hub.harvest.perform import mode_of
from hub.harvest.profile import Profile, count, profile_of
from hub.harvest.registry import note
from hub.harvest.weighing import expected_of
from hub.models import Facet, Source

MAX_REQUESTS = 10


@dataclass
class Preview:
    """What a platform says: the first records as the door checks them, the requests it took, what stopped the walk.

    `ended`: everything was read. `verdicts`: the guards that a run would meet; None when nothing can be compared.
    """

    records: list[Checked] = field(default_factory=list)
    requests: int = 0
    stopped: str | None = None
    ended: bool = False
    verdicts: list[Verdict] | None = None


def preview(connector: str, endpoint: Endpoint, context: Context, limit: int = 20) -> Preview:
    """Return the first `limit` records of a platform, checked as an ingestion would. Raises BadQuery.

    Nothing is stored; a platform that does not answer, or not as expected, is told in `stopped`.
    """
    module = connector_called(connector)
    endpoint = replace(endpoint, options=typed(module, endpoint.options))
    return _look(module, endpoint, Fetch(manners(module, requests=MAX_REQUESTS)), context, limit)


def preview_source(source: Source, actor: str, limit: int = 20, url: str | None = None) -> Preview:
    """Return the same of a registered source, draft or not, at its address or another one, before switching to it.

    Writes one line of the journal of decisions, and nothing else. Raises BadQuery.
    """
    module = connector_called(source.connector)
    endpoint = endpoint_of(source)
    endpoint = replace(endpoint, url=url or endpoint.url)
    manner = manners(module, requests=MAX_REQUESTS, agent=source.agent, secrets=secrets_of(source))
    found = _look(module, endpoint, Fetch(manner), context_of(source), limit)
    if found.ended and source.good_run_id:
        found.verdicts = _judge(source, found, whole=mode_of(source, module, full=True) == "full")
    with writing() as connection:
        note(connection, source.id, actor, "preview", details={"url": endpoint.url, "requests": found.requests})
    return found


def _look(module: ModuleType, endpoint: Endpoint, fetch: Fetch, context: Context, limit: int) -> Preview:
    found = Preview()
    try:
        for item in module.harvest(endpoint, fetch):
            if isinstance(item, Record | RecordRefused):
                found.records.append(check(item, context))
                found.ended = False
            elif isinstance(item, Checkpoint):
                found.ended = item.end and (item.total or 0) <= len(found.records)
            if len(found.records) >= limit and not found.ended:
                break
    except (SourceDown, SourceChanged) as error:
        found.stopped, found.ended = str(error), False
    found.requests = fetch.counts["requests"]
    return found


def _judge(source: Source, found: Preview, *, whole: bool) -> list[Verdict]:
    """The verdicts that a run which read just that would meet."""
    good = {record.key: record for record in found.records if record.key and not record.problems}
    met = {record.key for record in found.records if record.key}
    known = db.session.execute(
        db.select(Facet.key, Facet.sha256).where(Facet.source_id == source.id, Facet.writer == "harvest")
    )
    same = {row.key for row in known if row.key in good and good[row.key].sha256 == row.sha256}
    written = {key: record.kind or "" for key, record in good.items() if key not in same}
    after: Profile = {}
    for record in good.values():
        count(after, record.kind or "", [record.content or {}])
    with db.engine.connect() as connection:
        met_of = counted(connection, source.id, "harvest", written, met)
    counts = {"received": len(found.records), "problems": sum(bool(record.problems) for record in found.records)}
    bounds = THRESHOLDS | source.thresholds
    verdicts = list(judge_content(met_of, profile_of(source.profile), after, counts, bounds))
    if whole:
        verdicts += [*judge_walk(met_of, bounds, first=False), *judge_expected(counts, expected_of(source))]
    return verdicts
