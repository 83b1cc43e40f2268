"""The harvest of the network: every run in the queue, and as many workers as there are cores."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import Process

from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.demo.network import SimulatedSource
from hub.errors import BusySource, HubError
from hub.harvest.perform import start
from hub.harvest.queue import waiting
from hub.harvest.registry import named
from hub.harvest.worker import work
from hub.models import Run
from hub.models.run import OPEN_STATES

OpenApp = Callable[[], Flask]
_LOOK = 0.1
"""Seconds between two looks at the queue."""


@dataclass(frozen=True)
class Outcome:
    """What the harvest of one source gave; `took` is in whole seconds."""

    source: SimulatedSource
    state: str
    counts: Mapping[str, int]
    message: str | None
    took: int


def harvest_all(open_app: OpenApp, sources: Sequence[SimulatedSource], processes: int) -> Iterator[Outcome]:
    """Queue the harvest of each source; yield the outcomes as they come. `open_app` makes the application of a worker.

    Whoever stops listening stops the workers: the pages they read are kept, the runs go back to the queue. Raises
    HubError when the workers die.
    """
    left = {queued(source): source for source in sources}
    db.session.remove()
    db.engine.dispose()  # a connection opened here must not be shared by the processes that follow
    workers = [Process(target=_work, args=(open_app,), daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        while left:
            alive = any(worker.is_alive() for worker in workers)
            for run in closed(list(left)):
                yield _outcome(left.pop(run.id), run)
            if left and not alive:
                raise HubError("Les processus de moisson se sont arrêtés avant la fin : relancez « hub demo ».")
            time.sleep(_LOOK if left else 0)
    finally:
        for worker in workers if left else ():
            worker.terminate()
        for worker in workers:
            worker.join()


def queued(source: SimulatedSource) -> int:
    """Return the run that will read a source: a new one, or the one that an interrupted demonstration left open."""
    known = named(source.slug)
    try:
        return start(known, "cli")
    except BusySource:
        return db.session.scalars(select(Run.id).where(Run.source_id == known.id, Run.state.in_(OPEN_STATES))).one()


def closed(ids: Sequence[int]) -> list[Run]:
    """Return those of these runs that are closed."""
    db.session.remove()
    return list(db.session.scalars(select(Run).where(Run.id.in_(ids), Run.closed_at.is_not(None)).order_by(Run.id)))


def cores() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(source: SimulatedSource, run: Run) -> Outcome:
    began, ended = (datetime.fromisoformat(at) for at in (run.started_at, run.closed_at or run.started_at))
    return Outcome(source, run.state, dict(run.counts), run.message, int((ended - began).total_seconds()))


def _work(open_app: OpenApp) -> None:
    """One worker, in a process of its own: until nothing waits any more, or until it is asked to stop."""
    over = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda _signal, _frame: over.set())

    def idle() -> None:
        over.wait(_LOOK) if waiting() else over.set()

    with open_app().app_context():
        work(over.is_set, idle)
