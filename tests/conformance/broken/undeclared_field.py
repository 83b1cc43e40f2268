"""Broken on purpose: gives a field that its FIELDS do not declare."""

from __future__ import annotations

from connectors.base import Endpoint, Record, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        if isinstance(item, Record):
            item.data["reference"] = f"IDEE-{item.remote_id}"
        yield item
