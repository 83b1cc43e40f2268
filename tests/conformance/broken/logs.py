"""Broken on purpose: writes the author of each idea in the log."""

from __future__ import annotations

import logging

from connectors.base import Checkpoint, Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing.sample import *
from connectors.testing.sample import latest, pages, process_of, read


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    process = process_of(endpoint)
    cursor = endpoint.cursor or ""
    for page in pages(endpoint, fetch):
        for rank, row in enumerate(page["ideas"]):
            logging.getLogger(__name__).debug("idée de %s", row and row.get("author"))
            yield read(row, process, f"/ideas/{rank}")
        cursor = max(cursor, latest(page))
        yield Checkpoint(cursor, page["total"], end=page["whole"])
