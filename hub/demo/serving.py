"""Serves the whole network from one process: a loopback port a platform, answers written at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlsplit

from hub.demo.exchange import Platform, Reply, Request

HOST = "127.0.0.1"
_REASONS = {200: "OK", 201: "Created", 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable"}


async def open_ports(platforms: Iterable[Platform], port: int) -> list[tuple[asyncio.Server, int]]:
    """Start answering; return each server with its port: `port` and the next ones, any free one where it is taken."""
    return [await _open(platform, port + rank if port else 0) for rank, platform in enumerate(platforms)]


async def _open(platform: Platform, port: int) -> tuple[asyncio.Server, int]:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                reply = platform.reply(await _request(reader))
                await asyncio.sleep(reply.delay)
                writer.write(_written(reply))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(converse, HOST, port)
    except OSError:
        server = await asyncio.start_server(converse, HOST, 0)
    return server, server.sockets[0].getsockname()[1]


async def _request(reader: asyncio.StreamReader) -> Request:
    """Read one request. Raises IncompleteReadError when the visitor has gone."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, unquote(parts.path), query, headers, body)


def _written(reply: Reply) -> bytes:
    head = (
        f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}\r\n"
        f"Content-Type: {reply.media_type}\r\nContent-Length: {len(reply.body)}\r\n\r\n"
    )
    return head.encode() + reply.body
