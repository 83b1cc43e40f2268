"""What our side harvests: `python -m benchmarks.harvesting.prepared INSTANCE URL` (a database, an accepted source)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hub.cli.database import prepare_database
from hub.harvest.registry import propose, step
from hub.instance import open_instance

MAPPING: dict[str, Any] = {
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


if __name__ == "__main__":
    app = open_instance({"ALLOW_PRIVATE_NETWORKS": True}, Path(sys.argv[1]))
    with app.app_context():
        prepare(sys.argv[2])
