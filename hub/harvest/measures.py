"""What the hub measures of its harvests, in SQL, at each asking: no counter lives in a process (`harvest.md` §16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from hub.access.audit import head_of
from hub.clock import iso, now
from hub.db import db
from hub.harvest.schedule import is_late
from hub.harvest.tick import CLOCK
from hub.models import Facet, Issue, Pulse, Run, Source
from hub.models.history import last_complete, last_held
from hub.models.run import STATE_LABELS, issues
from hub.models.thing import visible

SILENCE = 3
"""After how many missed ticks the clock of the workers counts as stopped (H57)."""
RECENT = timedelta(days=7)
"""The days over which ratios are taken."""


@dataclass(frozen=True)
class Measure:
    """One family of measures: its name, its meaning, its points (labels, value)."""

    name: str
    meaning: str
    points: list[tuple[dict[str, str], float]]


def pulse() -> str | None:
    """Return the last instant when a worker ticked; None when none ever did. Raises when the database is away."""
    return db.session.scalar(select(Pulse.at).where(Pulse.name == CLOCK))


def ticking() -> bool | None:
    """Tell whether a worker ticked lately. None: none ever did, and no source waits for one.

    A hub that only receives files needs no worker; one whose accepted sources have a rhythm is ill without it.
    """
    last = pulse()
    if last is None:
        rhythm = select(Source.id).where(Source.state == "accepted", Source.frequency != "manual").limit(1)
        return None if db.session.scalar(rhythm) is None else False
    limit: int = SILENCE * current_app.config["TICK_SECONDS"]
    return _age(last) <= limit


def measures() -> Iterator[Measure]:
    """Yield every family of measures. No label holds more than the short name of a source."""
    states = {row[0]: row[1] for row in db.session.execute(select(Run.state, func.count()).group_by(Run.state))}
    yield _by("hub_runs", "Runs by state.", "state", {state: states.get(state, 0) for state in STATE_LABELS})
    yield from _of_sources()
    told = issues(Issue.state == "open").order_by(None).group_by(Issue.rule).order_by(Issue.rule)
    rules = db.session.execute(told.with_only_columns(Issue.rule, func.count(), maintain_column_froms=True))
    yield _by("hub_issues_open", "Open issues by rule.", "rule", {row[0]: row[1] for row in rules})
    yield from _of_recent_runs()
    yield from _of_trust()
    resumed = select(func.coalesce(func.sum(Run.attempt - 1), 0)).where(Run.attempt > 1)
    yield _one("hub_run_resumptions", "Runs taken up again after a dead worker.", db.session.scalar(resumed))
    presence = select(Facet.presence, func.count()).where(Facet.lead, visible()).group_by(Facet.presence)
    yield _by("hub_things", "Things by presence.", "presence", {row[0]: row[1] for row in db.session.execute(presence)})
    with db.engine.connect() as connection:
        lines, digest = head_of(connection)
    yield _by("hub_audit_lines", "Lines of the audit log, with the digest of the last one.", "digest", {digest: lines})
    last = pulse()
    yield _one("hub_tick_age_seconds", "Seconds since a worker last ticked.", None if last is None else _age(last))


def _of_sources() -> Iterator[Measure]:
    slugs = {source.id: source for source in db.session.scalars(select(Source).order_by(Source.slug))}
    good = {run.source_id: run.closed_at for run in db.session.scalars(last_complete())}
    held = {run.source_id: run.closed_at for run in db.session.scalars(last_held())}
    ages = {slugs[id_].slug: _age(str(at)) for id_, at in good.items()}
    waits = {slugs[id_].slug: _age(str(at)) for id_, at in held.items()}
    late = {one.slug: float(is_late(one, good.get(id_), now())) for id_, one in slugs.items()}
    ailing = {one.slug: float(one.ailing_since is not None) for one in slugs.values()}
    yield _by("hub_source_last_good_run_age_seconds", "Age of the last good run of a source.", "source", ages)
    yield _by("hub_source_held_age_seconds", "Age of the run of a source that waits for a decision.", "source", waits)
    yield _by("hub_source_late", "1 for a source without a good run for two of its periods.", "source", late)
    yield _by("hub_source_ailing", "1 for a source that was not read well last time.", "source", ailing)


def _of_recent_runs() -> Iterator[Measure]:
    """Ratios over the last days; without any request they have no value, which is not zero."""
    recent = (Run.writer == "harvest", Run.closed_at >= iso(now() - RECENT))
    requests, same = (Run.counts[name].as_integer() for name in ("requests", "not_modified"))
    query = select(func.count(requests), func.sum(requests), func.sum(same)).where(*recent)
    runs, asked, unchanged = (float(figure or 0) for figure in db.session.execute(query).one())
    ratio = unchanged / asked if asked else None
    yield _one("hub_unchanged_ratio", "Share of the answers of the last 7 days that were unchanged (304).", ratio)
    mean = asked / runs if runs else None
    yield _one("hub_requests_per_run", "Requests per run over the last 7 days.", mean)


def _of_trust() -> Iterator[Measure]:
    """What must be 1 and 0: the values in force derived again, the things wrongly said to be gone (H35, H41)."""
    rows = db.session.execute(select(Source.rederived)).all()
    same, total = (sum(row.rederived[name] for row in rows if row.rederived) for name in ("same", "total"))
    meaning = "Share of the harvested records in force that their payloads gave again, when last verified."
    yield _one("hub_rederivable_ratio", meaning, same / total if total else None)
    mistaken = select(func.coalesce(func.sum(Run.counts["false_deletions"].as_integer()), 0))
    meaning = "Things said to be gone that came back within 30 days."
    yield _one("hub_false_deletions", meaning, db.session.scalar(mistaken))


def _age(instant: str) -> float:
    return (now() - datetime.fromisoformat(instant)).total_seconds()


def _by(name: str, meaning: str, label: str, values: dict[str, float]) -> Measure:
    return Measure(name, meaning, [({label: key}, value) for key, value in values.items()])


def _one(name: str, meaning: str, value: float | None) -> Measure:
    return Measure(name, meaning, [] if value is None else [({}, value)])
