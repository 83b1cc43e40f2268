"""A worker in a process of its own, on an instance of the tests."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

from hub.harvest.queue import waiting
from hub.harvest.tick import tick
from hub.harvest.worker import work
from hub.instance import open_instance
from tests.forked import READY, Forked
from tests.harvesting import reading_plain

SETTINGS = {"ALLOW_PRIVATE_NETWORKS": True, "RUN_IDS": "sequence", "LEASE_SECONDS": 2}


def worker(instance: str, url: str, action: str = "work") -> Forked:
    """Start a process that does this ("work" until nothing waits, or "tick"), and says each run with its state."""
    return Forked(_act, instance, url, action)


def _act(said: Connection, instance: str, url: str, action: str) -> None:
    app = open_instance({**SETTINGS, "DATABASE_URL": url, "SECRET_KEY": "clé-des-essais-du-hub"}, Path(instance))
    with app.app_context(), reading_plain():
        said.send(READY)
        if action == "tick":
            tick()
            return
        work(lambda: not waiting(), lambda: time.sleep(0.05), lambda run, state: said.send(f"{run.ref} {state}"))
