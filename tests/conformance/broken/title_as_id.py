"""Broken on purpose: names each idea by its title."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import Endpoint, Record, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        yield replace(item, remote_id=item.data["title"]) if isinstance(item, Record) else item
