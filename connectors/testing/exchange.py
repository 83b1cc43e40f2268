"""A question and its answer as they pass through the proxy, and the two places where answers come from."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_NOT_FORWARDED = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding"}


@dataclass(frozen=True)
class Asked:
    """What a connector asked. Header names are in lower case; `path` includes the parameters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What a platform answers: the length is counted again when it is sent."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


Exchange = tuple[Asked, Reply]
Source = Callable[[Asked], Reply]


class Live:
    """Answers come from the simulated platform itself."""

    def __init__(self, url: str) -> None:
        self.netloc = urlsplit(url).netloc

    def __call__(self, asked: Asked) -> Reply:
        """Return what the platform answers. Raises OSError, HTTPException when it breaks off."""
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        try:
            headers = {name: value for name, value in asked.headers.items() if name not in _NOT_FORWARDED}
            connection.request(asked.method, asked.path, asked.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _NOT_FORWARDED]
            return Reply(answer.status, body, tuple(kept))
        finally:
            connection.close()


class Recorded:
    """Answers come from an earlier walk, in the order in which they were given; elsewhere, a 404."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.replies: dict[tuple[str, str, bytes], list[Reply]] = {}
        for asked, reply in exchanges:
            self.replies.setdefault((asked.method, asked.path, asked.body), []).append(reply)

    def __call__(self, asked: Asked) -> Reply:
        """Return the next answer to this question; the last one is repeated."""
        known = self.replies.get((asked.method, asked.path, asked.body), [Reply(404)])
        return known.pop(0) if len(known) > 1 else known[0]
