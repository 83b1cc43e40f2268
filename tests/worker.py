"""Workers in processes of their own, forked from one that has read the code: nothing is read again for each."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from hub.harvest.queue import waiting
from hub.harvest.tick import tick
from hub.harvest.worker import work
from hub.instance import open_instance
from tests.harvesting import reading_plain

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([__name__])
READY = "prêt"
SETTINGS = {"ALLOW_PRIVATE_NETWORKS": True, "RUN_IDS": "sequence", "LEASE_SECONDS": 2}


def _act(said: Connection, instance: str, url: str, action: str) -> None:
    """Tick, or work until nothing waits; say each run and its state."""
    app = open_instance({**SETTINGS, "DATABASE_URL": url, "SECRET_KEY": "clé-des-essais-du-hub"}, Path(instance))
    with app.app_context(), reading_plain():
        said.send(READY)
        if action == "tick":
            tick()
            return
        work(lambda: not waiting(), lambda: time.sleep(0.05), lambda run, state: said.send(f"{run.ref} {state}"))


class Forked:
    """A process that runs a function, and what it says through the connection that is its first argument."""

    def __init__(self, act: Callable[..., None], *words: str) -> None:
        self.said, end = FORKING.Pipe(duplex=False)
        self.process = FORKING.Process(target=act, args=(end, *words))
        self.process.start()
        end.close()

    @property
    def pid(self) -> int:
        """Its number for the system."""
        assert self.process.pid
        return self.process.pid

    def ready(self) -> None:
        """Wait until it is about to work."""
        assert self.said.recv() == READY

    def ended(self, seconds: float = 120) -> list[str]:
        """All it said (and was not heard yet), once it is over; it must have ended well, or been killed."""
        self.process.join(seconds)
        assert self.process.exitcode in (0, -signal.SIGKILL)
        found = []
        while self.said.poll():
            try:
                found.append(str(self.said.recv()))
            except EOFError:
                break
        return found

    def kill(self) -> None:
        """End it at once, wherever it is, and wait until it is gone."""
        self.process.kill()
        self.process.join()


def worker(instance: str, url: str, action: str = "work") -> Forked:
    """Start a process that does this ("work" or "tick") on an instance."""
    return Forked(_act, instance, url, action)
