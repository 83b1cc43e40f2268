"""A request to a simulated platform and its reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `query` holds the first value of each parameter; names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, after `delay` seconds."""

    status: int
    body: bytes
    media_type: str = "application/json; charset=utf-8"
    delay: float = 0


class Platform(Protocol):
    """A platform that answers."""

    def reply(self, request: Request, /) -> Reply:
        """Return the answer; the same request has the same answer."""


def json_reply(value: Any, status: int = 200, delay: float = 0) -> Reply:
    """Return a reply whose body is `value`."""
    return Reply(status, orjson.dumps(value), delay=delay)


NOT_FOUND = Reply(404, b"Introuvable", "text/plain; charset=utf-8")
