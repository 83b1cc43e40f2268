"""`POST /api/v1/validate`: what the hub would say of any records, for everybody; nothing is stored (§4)."""

from __future__ import annotations

from flask import Response, request

from hub.access.declared import needs
from hub.access.limits import hit
from hub.api.push_calls import body, media_type
from hub.api.query import accept
from hub.api.read import answer, bp
from hub.errors import Refused
from hub.push.bodies import sendings
from hub.push.validation import validated

MOST = 100


@bp.post("/validate")
@needs("read")
def validate() -> Response:
    """The problems of a batch, record by record: those that a sending, a harvest or a file would meet."""
    accept(request.args, ("kind",))
    hit("RATE_VALIDATE", request.remote_addr or "")
    found = list(sendings(body(), media_type(), None, request.args.get("kind")))
    if len(found) > MOST:
        raise Refused(413, "envoi_trop_de_fiches", limit=str(MOST))
    response = answer(validated(found))
    response.headers["Cache-Control"] = "no-store"
    return response
