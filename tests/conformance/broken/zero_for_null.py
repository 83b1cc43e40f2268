"""Broken on purpose: makes a zero of the votes that the platform hides."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import Endpoint, Record, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        if isinstance(item, Record):
            data = {name: value for name, value in item.data.items() if name != "votes_state"}
            item = replace(item, data={**data, "votes": data["votes"] or 0})
        yield item
