"""Addresses that lead nowhere: the faults that stand before any request."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

from connectors.base import Endpoint
from connectors.testing.platform import Simulated

NOWHERE = ("port_ferme", "nom_inconnu", "connexion_sans_reponse", "sans_tls")
"""The codes of these faults."""


def nowhere(site: Simulated) -> Iterator[tuple[str, str, Endpoint]]:
    """Yield each fault: its code, its name in French, the Source's address as it then is."""
    behind = urlsplit(site.url).netloc
    with ExitStack() as opened:
        closed = opened.enter_context(closing(socket.socket()))
        closed.bind(("127.0.0.1", 0))
        full = opened.enter_context(closing(_full(opened)))
        places = (
            (NOWHERE[0], "un port fermé", f"127.0.0.1:{closed.getsockname()[1]}", "http"),
            (NOWHERE[1], "un nom inconnu", "plateforme-inconnue.invalid", "http"),
            (NOWHERE[2], "une machine qui n'accepte pas la connexion", f"127.0.0.1:{full.getsockname()[1]}", "http"),
            (NOWHERE[3], "une machine sans certificat", behind, "https"),
        )
        for name, label, netloc, scheme in places:
            written = json.dumps([site.url, dict(site.options)])
            url, options = json.loads(written.replace(f"http://{behind}", f"{scheme}://{netloc}"))
            yield name, label, Endpoint(url, options)


def _full(opened: ExitStack) -> socket.socket:
    """A port whose queue is full: who knocks waits until tired."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    for _ in range(4):
        waiting = opened.enter_context(closing(socket.socket()))
        waiting.setblocking(False)
        waiting.connect_ex(server.getsockname())
    return server
