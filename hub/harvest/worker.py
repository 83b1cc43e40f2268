"""A worker: claims runs one after the other until it is asked to stop. Any number may work at once."""

from __future__ import annotations

from collections.abc import Callable

from hub.db import db
from hub.harvest.perform import perform
from hub.harvest.queue import claim
from hub.models import Run


def work(
    stopping: Callable[[], bool], idle: Callable[[], None], told: Callable[[Run, str], None] = lambda _run, _state: None
) -> None:
    """Perform the runs that are free, until `stopping`; `idle` is called when there is none, and waits."""
    while not stopping():
        lease = claim()
        if lease is None:
            idle()
            continue
        state = perform(lease, stopping=stopping)
        told(db.session.get_one(Run, lease.run_id), state)
        db.session.remove()
