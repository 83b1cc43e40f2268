"""Broken on purpose: stops quietly at the first failure, and calls the walk ended."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, SourceDown, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    try:
        yield from sample.harvest(endpoint, fetch)
    except SourceDown:
        yield Checkpoint("", end=True)
