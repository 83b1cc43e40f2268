"""A run's heartbeat: its lease is renewed while the worker waits for a slow platform (`harvest.md` §4)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from hub.db import db
from hub.harvest.runs import Lease, mine
from hub.models import Run

log = logging.getLogger(__name__)


@contextmanager
def beating(lease: Lease) -> Iterator[None]:
    """Renew the lease from a thread, four times within its length, until the block ends."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy hides it
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(app, lease, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(app: Flask, lease: Lease, over: threading.Event) -> None:
    while not over.wait(app.config["LEASE_SECONDS"] / 4):
        try:
            with app.app_context(), db.engine.connect() as connection, connection.begin():
                ours = (Run.id == lease.run_id, Run.attempt == lease.attempt, Run.state == "running")
                connection.execute(update(Run).where(*ours).values(**mine(connection)))
        except DBAPIError as error:  # a base busy with a long close, or away for a while: the next beat may do
            log.warning("run %s : battement manqué (%s)", lease.run_id, type(error).__name__)
