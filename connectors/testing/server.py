"""The loopback server that every simulated platform stands on, the proxy of the kit included."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Quiet(BaseHTTPRequestHandler):
    """A handler that keeps connections open, writes each answer at once and prints nothing."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *words: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    """A client that goes away, as one whose patience ends, is no error."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Loopback:
    """A platform that runs on a free port of 127.0.0.1 until `close`."""

    netloc: str
    url: str

    def serve(self, handler: type[Quiet]) -> None:
        """Start answering; sets `netloc` and `url`."""
        self.server = _Server(("127.0.0.1", 0), handler)
        self.netloc = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.netloc}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
