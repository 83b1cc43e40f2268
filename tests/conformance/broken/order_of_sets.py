"""Broken on purpose: gives its themes in the order of a set."""

from __future__ import annotations

from connectors.base import Endpoint, Record, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        if isinstance(item, Record):
            item.data["themes_raw"] = list(set(item.data["themes_raw"]))
        yield item
