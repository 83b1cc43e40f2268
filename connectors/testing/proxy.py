"""The proxy between `fetch` and a platform: it counts, keeps what passes, and plays one fault at one request."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from dataclasses import replace
from urllib.parse import quote

from connectors.testing.exchange import Asked, Exchange, Reply, Source
from connectors.testing.faults import LOGIN, SIGN_IN, Fault
from connectors.testing.server import Loopback, Quiet


class Wire(Quiet):
    """One connection to the proxy: what a fault plays on."""

    proxy: Proxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.proxy.answer(self, Asked(self.command, self.path, headers, body))

    do_POST = do_GET

    def send(self, reply: Reply, length: int | None = None) -> None:
        """Write an answer; `length` is what it claims to be long, when that is not the truth."""
        self.send_response(reply.status)
        for name, value in reply.headers:
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)

    def write(self, content: bytes) -> None:
        """Write bytes as they are."""
        self.wfile.write(content)
        self.wfile.flush()

    def cut(self) -> None:
        """Break the connection off: what was promised and not sent never comes."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def hold(self, seconds: float) -> None:
        """Wait, no longer than the walk lasts."""
        self.proxy.over.wait(seconds)


class Proxy(Loopback):
    """Stands at a loopback port for the platform at `netloc`. Requests are counted from 1.

    `exchanges`: what passed; `busiest`: the most requests that were in flight at one moment.
    """

    def __init__(self, source: Source, netloc: str, fault: Fault | None = None, at: int = 0) -> None:
        self.source, self.behind, self.fault, self.at = source, netloc, fault, at
        self.exchanges: list[Exchange] = []
        self.asked, self.flying, self.busiest = 0, 0, 0
        self.lock, self.over = threading.Lock(), threading.Event()
        self.serve(type("Connected", (Wire,), {"proxy": self}))

    def answer(self, wire: Wire, asked: Asked) -> None:
        """Answer one request on its connection."""
        with self.lock:
            self.asked += 1
            rank, self.flying = self.asked, self.flying + 1
            self.busiest = max(self.busiest, self.flying)
        try:
            self._answer(wire, self._outward(asked), rank)
        except (OSError, http.client.HTTPException):
            wire.close_connection = True
        finally:
            with self.lock:
                self.flying -= 1

    def close(self) -> None:
        """Stop serving, and end what is held; whoever made the walk does not wait for it."""
        self.over.set()
        threading.Thread(target=super().close, daemon=True).start()

    def _answer(self, wire: Wire, asked: Asked, rank: int) -> None:
        def genuine() -> Reply:
            return self._inward(self.source(asked))

        if asked.path == SIGN_IN:
            wire.send(Reply(200, LOGIN, (("Content-Type", "text/html"),)))
            return
        if self.fault and (rank == self.at or (self.fault.lasting and rank > self.at)):
            self.exchanges.append((asked, Reply(0)))
            self.fault.play(wire, genuine)
            return
        reply = self.source(asked)
        self.exchanges.append((asked, reply))
        wire.send(self._inward(reply))

    def _outward(self, asked: Asked) -> Asked:
        """The question in the platform's own address."""
        path = asked.path.replace(self.netloc, self.behind).replace(quote(self.netloc), quote(self.behind))
        return replace(asked, path=path, body=asked.body.replace(self.netloc.encode(), self.behind.encode()))

    def _inward(self, reply: Reply) -> Reply:
        """The answer in the proxy's address."""
        headers = tuple((name, value.replace(self.behind, self.netloc)) for name, value in reply.headers)
        body = reply.body.replace(self.behind.encode(), self.netloc.encode())
        return replace(reply, headers=headers, body=body)
