"""How each fault is played on the connection, in place of the genuine answer or upon it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from connectors.testing.exchange import Reply

CAP = 1_000_000
"""Bytes: the largest answer that a trial accepts."""
_JSON = (("Content-Type", "application/json"),)


class Line(Protocol):
    """The connection that an effect is played on."""

    def send(self, reply: Reply, length: int | None = None) -> None: ...
    def write(self, content: bytes) -> None: ...
    def cut(self) -> None: ...
    def hold(self, seconds: float) -> None: ...


Genuine = Callable[[], Reply]
Effect = Callable[[Line, Genuine], None]


def says(status: int, body: bytes = b"", **headers: str) -> Effect:
    """Return the effect that answers this instead."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    sent = Reply(status, body, named if "Content_Type" in headers else (*_JSON, *named))
    return lambda line, _: line.send(sent)


def altered(change: Callable[[Reply], Reply]) -> Effect:
    """Return the effect that alters the genuine answer."""
    return lambda line, genuine: line.send(change(genuine()))


def stall(line: Line, _genuine: Genuine) -> None:
    """Accept the question and say nothing."""
    line.hold(3)
    line.cut()


def drip(line: Line, genuine: Genuine) -> None:
    """Give the genuine answer one byte after another."""
    line.send(replace(genuine(), body=b""), length=10_000)
    for _ in range(60):
        line.write(b" ")
        line.hold(0.05)


def reset(line: Line, _genuine: Genuine) -> None:
    """Break off before any answer."""
    line.cut()


def reset_within(line: Line, genuine: Genuine) -> None:
    """Break off in the middle of the body."""
    reply = genuine()
    line.send(replace(reply, body=reply.body[: len(reply.body) // 2]), length=len(reply.body) + 10)
    line.cut()


def short(line: Line, genuine: Genuine) -> None:
    """Announce more than is sent, and close properly."""
    reply = genuine()
    line.send(replace(reply, headers=(*reply.headers, ("Connection", "close"))), length=len(reply.body) + 100)


def squeezed(body: bytes, keep: float = 1) -> Effect:
    """Return the effect that answers `body` compressed, only a share of it."""
    packed = gzip.compress(body)
    return says(200, packed[: int(len(packed) * keep)], Content_Encoding="gzip")


def with_bom(reply: Reply) -> Reply:
    """Put a byte order mark before a text; what is no text is left alone."""
    try:
        reply.body.decode("utf-8")
    except UnicodeDecodeError:
        return reply
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def mislabelled(reply: Reply) -> Reply:
    """Say another charset than that of the JSON sent."""
    if reply.body.lstrip()[:1] not in (b"{", b"["):
        return reply
    others = tuple((name, value) for name, value in reply.headers if name.lower() != "content-type")
    return replace(reply, headers=(*others, ("Content-Type", "application/json; charset=iso-8859-1")))


def truncated(reply: Reply) -> Reply:
    """Give the first half of the body as if it were all."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])
