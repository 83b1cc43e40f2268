"""One harvest: the connector walks the platform, each page is committed, the run is closed."""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType

import orjson
from sqlalchemy.exc import DBAPIError

import schemas
from connectors.answer import without_secrets
from connectors.base import Walk
from connectors.fetch import Fetch
from hub.clock import now
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.beat import beating
from hub.harvest.closing import conclude
from hub.harvest.follow import Following, Outcome, Progress, Stopped, Traffic
from hub.harvest.ingest import bodies_of, context_of
from hub.harvest.memory import Remembering
from hub.harvest.options import connector_called, endpoint_of, manners, secrets_of
from hub.harvest.queue import Turn, cancel, enqueue, release
from hub.harvest.runs import Lease, LostLease
from hub.harvest.schedule import PERIODS
from hub.models import Run, Source

log = logging.getLogger(__name__)
FULL_EVERY = timedelta(days=7)
ASKED = ("accepted", "paused")
"""The states of a source that may be read: by its schedule, or by a person alone."""
OUR_FAULT = "Le hub a rencontré une panne en lisant cette source ; son exploitant est prévenu."


def start(source: Source, trigger: str, *, full: bool = False, turn: Turn = lambda _connection: True) -> int:
    """Put a harvest of an accepted source in the queue; return its run's id. Raises BadQuery, BusySource."""
    if source.state not in ASKED:
        raise BadQuery(f"La source « {source.slug} » n'est pas acceptée : elle ne peut pas être moissonnée.")
    return enqueue(source, trigger, mode_of(source, connector_called(source.connector), full=full), turn)


def mode_of(source: Source, module: ModuleType, *, full: bool) -> str:
    """Return how to read a source: `full`, `incremental` (what changed), or `extract`, which never tells the whole."""
    whole = getattr(module, "CONCLUDES_ABSENCE", True) and source.options.get("complete", True) not in (False, "non")
    last = db.session.get(Run, source.good_run_id) if source.good_run_id else None
    next_one = now() + PERIODS.get(source.frequency, timedelta(0))
    recent = source.full_at is not None and next_one <= datetime.fromisoformat(source.full_at) + FULL_EVERY
    same = last is not None and last.connector_version == module.VERSION
    if getattr(module, "INCREMENTAL", False) and source.cursor and recent and same and not full:
        return "incremental"
    return "full" if whole else "extract"


def perform(
    lease: Lease, progress: Progress = lambda _counts: None, stopping: Callable[[], bool] = lambda: False
) -> str:
    """Do the work of a claimed run; return its state, `queued` when stopped half-way, `lost` when taken over."""
    if db.session.get_one(Source, lease.source_id, populate_existing=True).state not in ASKED:
        cancel(db.session.get_one(Run, lease.run_id), "le hub : la source n'est plus acceptée")
        return "cancelled"
    try:
        with beating(lease):
            return concluded(lease, _read(lease, progress, stopping))
    except Stopped:
        release(lease)
        return "queued"
    except LostLease:
        return "lost"


def concluded(lease: Lease, outcome: Outcome) -> str:
    """Close a run. What the hub itself cannot apply leaves the run failed, never the worker dead."""
    try:
        with writing() as connection:
            return conclude(connection, lease, outcome)
    except (LostLease, DBAPIError):
        raise
    except Exception:  # as below: a fault of ours becomes a state of the run
        log.exception("run %s", lease.run_id)
    with writing() as connection:
        return conclude(connection, lease, Outcome(cause="system", message=OUR_FAULT))


def _read(lease: Lease, progress: Progress, stopping: Callable[[], bool]) -> Outcome:
    source = db.session.get_one(Source, lease.source_id)
    try:
        following, walk = _walk(source, lease)
    except BadQuery as error:
        return Outcome(cause="contract", message=str(error))
    following.progress, following.stopping = progress, stopping
    return followed(lease, source, following, walk)


def followed(lease: Lease, source: Source, following: Following, walk: Walk) -> Outcome:
    """Follow a walk to its end; a fault of ours is an outcome too. Raises Stopped, LostLease."""
    secrets, slug = secrets_of(source), source.slug
    try:
        outcome = following.follow(walk)
    except (Stopped, LostLease):
        raise
    except Exception:  # noqa: BLE001 — the one place where a fault of ours becomes a state (§13); its trace is logged
        trace = without_secrets(traceback.format_exc(), secrets)
        log.error("run %s of %s\n%s", lease.run_id, slug, trace)
        return Outcome(cause="system", message=OUR_FAULT)
    outcome.message = outcome.message and without_secrets(outcome.message, secrets)
    return outcome


def _walk(source: Source, lease: Lease) -> tuple[Following, Walk]:
    module = connector_called(source.connector)
    endpoint = endpoint_of(source, source.cursor if lease.mode == "incremental" else None)
    secrets = secrets_of(source)
    texts = () if bodies_of(source) else getattr(module, "TEXTS", ())
    memory = Remembering(lease, reading_of(module, source), (*module.PERSONAL, *texts), secrets)
    memory.held_back = getattr(module, "HOLDS_PAGES", False)
    fetch = Fetch(manners(module, agent=source.agent, secrets=secrets), memory)
    following = Following(lease, context_of(source), Traffic(fetch, memory, Counter()))
    return following, module.harvest(endpoint, fetch)


def reading_of(module: ModuleType, source: Source) -> str:
    """Return what names a way of reading: connector, version, schema, options. Another way reads pages anew."""
    options = hashlib.sha256(orjson.dumps(source.options, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    return f"{module.NAME} {module.VERSION} {schemas.VERSION} {options}"
