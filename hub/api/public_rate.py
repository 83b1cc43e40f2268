"""How often a network address reads without a token, and what each answer says of it (`push-api.md` §10)."""

from __future__ import annotations

from flask import Flask, Response, g, request

from hub.access.limits import headers_left, hit, in_memory
from hub.api.bearer import PROTECTED
from hub.contract import READS

RATE = "RATE_READS"


def register(app: Flask) -> None:
    """Count each read without a token, and say in its answer how many are left. A token is its client's affair."""

    @app.before_request
    def _count() -> None:
        if _is_anonymous_read():
            hit(RATE, request.remote_addr or "", in_memory)

    @app.after_request
    def _tell(response: Response) -> Response:
        if _is_anonymous_read():
            response.headers.update(headers_left(RATE, request.remote_addr or "", in_memory))
        return response


def _is_anonymous_read() -> bool:
    """Tell whether nobody is known: only the change feed takes a token without asking for one."""
    if request.method not in ("GET", "HEAD") or not request.path.startswith(READS) or g.get("caller") is not None:
        return False
    listens = request.endpoint == "api.changes" and "Authorization" in request.headers
    return not listens and not request.path.startswith(PROTECTED)
