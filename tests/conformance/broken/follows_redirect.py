"""Broken on purpose: goes where it is sent, were it inside the house."""

from __future__ import annotations

import re

from connectors.base import Endpoint, SourceChanged, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    try:
        yield from sample.harvest(endpoint, fetch)
    except SourceChanged as error:
        if not (found := re.search(r"a déménagé vers (\S+)\.$", str(error))):
            raise
        yield from sample.harvest(Endpoint(found[1], endpoint.options, endpoint.cursor), fetch)
