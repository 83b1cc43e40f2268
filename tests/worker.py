"""A worker in a process of its own: `python -m tests.worker INSTANCE DATABASE_URL ACTION` (work, tick)."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hub.app import create_app
from hub.harvest.queue import waiting
from hub.harvest.tick import tick
from hub.harvest.worker import work
from tests.harvesting import reading_plain


def main(instance: str, url: str, action: str) -> None:
    """Do it until nothing waits; print each run and its state."""
    settings = {"DATABASE_URL": url, "ALLOW_PRIVATE_NETWORKS": True, "RUN_IDS": "sequence", "LEASE_SECONDS": 2}
    app = create_app({**settings, "SECRET_KEY": "clé-des-essais-du-hub"}, Path(instance))
    with app.app_context(), reading_plain():
        print("prêt", flush=True)
        if action == "tick":
            tick()
            return
        work(lambda: not waiting(), lambda: time.sleep(0.05), lambda run, state: print(run.ref, state, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
