"""Broken on purpose: takes a setting from the environment of the process."""

from __future__ import annotations

import os

from connectors.base import Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    process = os.environ.get("IDEES_DEMARCHE", endpoint.options.get("process"))
    yield from sample.harvest(Endpoint(endpoint.url, {"process": process}, endpoint.cursor), fetch)
