"""Broken on purpose: calls the walk ended at the last page, whatever the total says."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.testing.sample import *
from connectors.testing.sample import ask, process_of, read


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    process = process_of(endpoint)
    seen: set[str] = set()
    number = 1
    while number is not None:
        page = ask(endpoint, fetch, number)
        items = [read(row, process, f"/ideas/{rank}") for rank, row in enumerate(page["ideas"])]
        fresh = [item for item in items if item.remote_id not in seen or item.remote_id is None]
        if number > 1 and not fresh:
            raise SourceChanged("La plateforme rend toujours les mêmes idées : la lecture s'arrête.")
        yield from fresh
        seen |= {item.remote_id for item in items}
        yield Checkpoint("", page["total"], end=page["next"] is None)
        number = page["next"]
