"""Broken on purpose: takes a 404 for an empty list."""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    try:
        yield from sample.harvest(endpoint, fetch)
    except SourceChanged as error:
        if "404" not in str(error):
            raise
        yield Checkpoint("", end=True)
