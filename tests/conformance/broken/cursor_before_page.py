"""Broken on purpose: moves its cursor before the page that it covers."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    page = []
    for item in sample.harvest(endpoint, fetch):
        if not isinstance(item, Checkpoint):
            page.append(item)
            continue
        yield Checkpoint(item.cursor, item.total)
        yield from page
        page = []
        if item.end:
            yield item
