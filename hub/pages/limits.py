"""How often the ways in, forms and exports may be asked for; beyond, 429 with Retry-After (`compliance.md` C38)."""

from __future__ import annotations

from flask import Flask, request

from hub.access.limits import hit, in_memory
from hub.headers import FILES
from hub.pages.admission import SAFE_METHODS, reader


def hit_entry() -> None:
    """Count an attempt to enter from this network address. Raises TooManyRequests."""
    hit("RATE_ENTRY", request.remote_addr or "")


def register(app: Flask) -> None:
    """Count every form and every export, after the door: a person is counted as such, a visitor by address."""

    @app.before_request
    def _count() -> None:
        who = reader().ref or request.remote_addr or ""
        if request.path.startswith("/api/"):
            return
        if request.method not in SAFE_METHODS:
            hit("RATE_FORMS", who)
        elif request.path.endswith(FILES) and request.endpoint != "static":
            hit("RATE_EXPORTS", who, in_memory)
