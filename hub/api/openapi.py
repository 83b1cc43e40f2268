"""`/api/v1/openapi.json`, and what an operation that will end says of itself in each answer (`push-api.md` §13)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.http import http_date

from hub.api.query import accept
from hub.api.read import bp
from hub.config import FICTITIOUS
from hub.contract import LEAVING, document


@bp.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document of this hub."""
    accept(request.args)
    told = document(current_app)
    if current_app.config["DEMO"]:
        told = {**told, "x-notice": FICTITIOUS}
    body = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    return current_app.response_class(body, mimetype="application/json")


def register(app: Flask) -> None:
    """Say in each answer of an operation that will end since when, until when, and where to read what to do."""

    @app.after_request
    def _announce(response: Response) -> Response:
        leaving = LEAVING.get(request.endpoint or "")
        if leaving:
            response.headers["Deprecation"] = f"@{int(_instant(leaving.since).timestamp())}"
            response.headers["Sunset"] = http_date(_instant(leaving.sunset))
            response.headers.add("Link", f'<{leaving.link}>; rel="deprecation"; type="text/html"')
        return response


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
