"""Broken on purpose: reads everything and returns without a last Checkpoint."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import Checkpoint, Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        yield replace(item, end=False) if isinstance(item, Checkpoint) else item
