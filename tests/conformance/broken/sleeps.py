"""Broken on purpose: waits of its own accord."""

from __future__ import annotations

import time

from connectors.base import Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    for item in sample.harvest(endpoint, fetch):
        time.sleep(0.001)
        yield item
