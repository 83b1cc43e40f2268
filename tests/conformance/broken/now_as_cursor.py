"""Broken on purpose: takes the hour of the hub for a cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from connectors.base import Checkpoint, Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(replace(endpoint, cursor=None), fetch):
        yield replace(item, cursor=datetime.now(UTC).isoformat()) if isinstance(item, Checkpoint) else item
