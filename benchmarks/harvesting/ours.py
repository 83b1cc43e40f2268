"""Our side: `python -m benchmarks.harvesting.ours INSTANCE` (one process, one harvest, as `hub worker` does it)."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from hub.cli.main import collect_seldom
from hub.db import db
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.harvest.registry import named
from hub.instance import open_instance
from hub.models import Change, Exchange, Facet, FacetVersion, Run


def harvest() -> None:
    """Harvest once and print what was written and the CPU seconds of the pass, imports left out."""
    began = time.process_time()
    start(named("mesure"), "cli")
    lease = claim()
    assert lease is not None
    state = perform(lease)
    cpu = time.process_time() - began
    run = db.session.get_one(Run, lease.run_id)
    tables = (Facet, FacetVersion, Change, Exchange)
    rows = {table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
    print(json.dumps({"state": state, "cpu": cpu, "counts": run.counts, "rows": rows, "message": run.message}))


if __name__ == "__main__":
    app = open_instance({"ALLOW_PRIVATE_NETWORKS": True}, Path(sys.argv[1]))
    collect_seldom()
    gc.freeze()  # as every command that works on a database does
    with app.app_context():
        harvest()
