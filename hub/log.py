"""The log: one line of JSON an event, on the error output. Neither address of a reader, parameter nor secret (C36)."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime

from flask import Flask, Response, g, request

log = logging.getLogger("hub.requests")


class Lines(logging.Formatter):
    """JSON lines: whatever a text holds, a line break in it is written `\\n` and begins no other line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event on one line; of an exception, its type and where it was raised."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["traceback"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(line, ensure_ascii=True)


def to_error_output() -> None:
    """Write what the hub logs, requests included, as JSON lines on the error output."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    hub = logging.getLogger("hub")
    hub.handlers, hub.propagate = [handler], False
    hub.setLevel(logging.INFO)


def register(app: Flask) -> None:
    """Log each request by its route, never by its address, which may hold a secret; name it by its identifier."""

    @app.before_request
    def _begin() -> None:
        g.request_id, g.began = secrets.token_hex(8), time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else None
        took = round((time.perf_counter() - g.began) * 1000) if "began" in g else None
        fields = {"request": g.get("request_id"), "method": request.method, "route": route}
        log.info("request", extra={"fields": fields | {"status": response.status_code, "ms": took}})
        return response
