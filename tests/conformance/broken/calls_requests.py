"""Broken on purpose: asks without fetch."""

from __future__ import annotations

from contextlib import suppress

import requests

from connectors.base import Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    with suppress(requests.RequestException):
        requests.get("http://127.0.0.1:9/", timeout=1)
    yield from sample.harvest(endpoint, fetch)
