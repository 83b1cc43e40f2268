"""Broken on purpose: gathers all pages before it gives the first record."""

from __future__ import annotations

from connectors.base import Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    yield from list(sample.harvest(endpoint, fetch))
