"""Broken on purpose: follows the next page as long as one is announced."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.testing.sample import *
from connectors.testing.sample import ask, latest, process_of, read


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    process = process_of(endpoint)
    seen: set[str | None] = set()
    cursor, number, first = endpoint.cursor or "", 1, None
    while number is not None:
        page = ask(endpoint, fetch, number)
        first = page["total"] if first is None else first
        for rank, row in enumerate(page["ideas"]):
            item = read(row, process, f"/ideas/{rank}")
            if item.remote_id not in seen:
                yield item
            seen.add(item.remote_id or f"{number}/{rank}")
        if page["next"] is None and len(seen) < page["total"] == first:
            raise SourceChanged("Des idées manquent.")
        cursor, number = max(cursor, latest(page)), page["next"]
        yield Checkpoint(cursor, page["total"], end=number is None and len(seen) == first == page["total"])
