"""Broken on purpose: keeps the address that someone wrote in a title."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, Record, Walk
from connectors.fetch import Fetch
from connectors.testing.sample import *
from connectors.testing.sample import latest, pages, process_of, read


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    process = process_of(endpoint)
    cursor = endpoint.cursor or ""
    for page in pages(endpoint, fetch):
        for rank, row in enumerate(page["ideas"]):
            item = read(row, process, f"/ideas/{rank}")
            if isinstance(item, Record):
                item.data["title"] = row["title"]
            yield item
        cursor = max(cursor, latest(page))
        yield Checkpoint(cursor, page["total"], end=page["whole"])
