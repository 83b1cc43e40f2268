"""Broken on purpose: asks for what changed after its cursor, not at it."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import Endpoint, Walk
from connectors.fetch import Fetch
from connectors.testing import sample
from connectors.testing.sample import *


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    after = endpoint.cursor and endpoint.cursor.replace("Z", "~")
    for item in sample.harvest(replace(endpoint, cursor=after), fetch):
        yield replace(item, cursor=item.cursor.replace("~", "Z")) if hasattr(item, "cursor") else item
