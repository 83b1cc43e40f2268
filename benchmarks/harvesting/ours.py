"""Our side: `python -m benchmarks.harvesting.ours INSTANCE prepare|harvest URL` (one process, one harvest)."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import db
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.harvest.registry import named, propose, step
from hub.models import Change, Exchange, Facet, FacetVersion, Run

MAPPING = {
    "request": {"url": "", "paging": {"style": "page", "name": "page", "total": "total"}},
    "items": "items[*]",
    "kind": "contribution",
    "key": ["id"],
    "fields": {
        "process_id": {"from": "process_id"},
        "type": {"from": "type"},
        "title": {"from": "title"},
        "reference": {"from": "reference"},
        "status_raw": {"from": "status"},
        "votes": {"from": "votes", "as": "integer"},
        "supports": {"from": "supports", "as": "integer"},
        "comments": {"from": "comments", "as": "integer"},
        "amount": {"from": "amount", "as": "integer"},
        "location.label": {"from": "place"},
        "location.lat": {"from": "lat", "as": "decimal"},
        "location.lon": {"from": "lon", "as": "decimal"},
        "published_at": {"from": "published_at", "as": "datetime"},
        "updated_at": {"from": "updated_at", "as": "datetime"},
    },
}


def prepare(url: str) -> None:
    """Make the database and the accepted source: done once, as `hub init` and `hub source accept` do."""
    prepare_database()
    mapping = MAPPING | {"request": MAPPING["request"] | {"url": f"{url}/proposals"}}
    row = {"slug": "mesure", "name": "Mesure", "connector": "json_mapping", "url": url}
    source = propose(row | {"options": {"mapping": json.dumps(mapping)}}, "mesure")
    step(source, "accept", "mesure")


def harvest() -> None:
    """Harvest once and print what was written and how long the pass took, imports left out."""
    began = time.perf_counter()
    start(named("mesure"), "cli")
    lease = claim()
    assert lease is not None
    state = perform(lease)
    seconds = time.perf_counter() - began
    run = db.session.get_one(Run, lease.run_id)
    tables = (Facet, FacetVersion, Change, Exchange)
    rows = {table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
    print(json.dumps({"state": state, "seconds": seconds, "counts": run.counts, "rows": rows, "message": run.message}))


if __name__ == "__main__":
    folder, action, address = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    app = create_app({"ALLOW_PRIVATE_NETWORKS": True}, folder)
    with app.app_context():
        if action == "prepare":
            prepare(address)
        else:
            harvest()
