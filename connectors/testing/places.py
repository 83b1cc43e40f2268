"""At which requests of a walk a fault is tried."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence

from connectors.testing.exchange import Asked, Exchange

_FEW = 12
"""A walk of so many requests is tried at each of them."""


def every_place(exchanges: Sequence[Exchange]) -> list[int]:
    """Return the ranks, from 1, at which a quick fault is played: all, or those that ask something else.

    In a longer walk, the first and the last time that each question is asked: the pages between them go through the
    same lines of the connector, in the same state.
    """
    asked = [question(each) for each, _ in exchanges]
    if len(asked) <= _FEW:
        return list(range(1, len(asked) + 1))
    last = {each: rank for rank, each in enumerate(asked, 1)}
    first = {each: rank for rank, each in reversed(list(enumerate(asked, 1)))}
    return sorted({*first.values(), *last.values()})


def few_places(exchanges: Sequence[Exchange]) -> list[int]:
    """Return the ranks at which a slow fault is played: the first request, the second, that in the middle, the last."""
    asked = len(exchanges)
    return sorted({1, min(2, asked), (asked + 1) // 2, asked})


def question(asked: Asked) -> Hashable:
    """Return what is asked, whatever the page: the path, and the document of a GraphQL request."""
    try:
        body = json.loads(asked.body or b"null")
    except ValueError:
        body = None
    return asked.method, asked.path.partition("?")[0], body.get("query") if isinstance(body, dict) else None
