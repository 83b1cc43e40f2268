"""Broken on purpose: asks again after a 403."""

from __future__ import annotations

from connectors.base import Endpoint, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    try:
        yield from sample.harvest(endpoint, fetch)
    except SourceChanged as error:
        if error.cause == "access":
            fetch.get(f"{endpoint.url}/api/ideas")
        raise
