"""What every call that writes goes through: its limits, its body, its key, its sender (`push-api.md` §6, §10)."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from flask import Response, after_this_request, current_app, g, request
from sqlalchemy import Connection
from werkzeug.exceptions import TooManyRequests

from hub.access.limits import headers_left, hit, look
from hub.access.tokens import Caller
from hub.api.bearer import PROTECTED, caller
from hub.errors import BadQuery, Refused
from hub.models.client import SANDBOX
from hub.push.bodies import ACCEPTED, JSON, Body, spooled, value_of
from hub.push.calls import Answered, Call, Claim, Repeated, answer_to, at_work
from hub.push.receipts import write_receipt
from hub.push.report import Report
from hub.push.senders import Sender

RATE, DAILY = "RATE_PUSH", "RATE_PUSH_RECORDS"
LATE = ("api.send_records",)
"""The calls counted once what they send is looked into: to count is to write, and others write for seconds."""
Written = Callable[[Connection, Report], None]


def sender_of(client: Caller) -> Sender:
    """Return who writes: the metropole is the token's, never the body's (§15)."""
    sandbox = client.ref if client.environment == SANDBOX else None
    return Sender(client.siren, client_id=client.client_id, sandbox=sandbox, kinds=client.kinds)


def media_type() -> str:
    """Return the type of the body. Raises Refused (415), saying those that are accepted."""
    if request.mimetype not in ACCEPTED:
        raise Refused(415, "contenu_non_accepte", value=request.mimetype[:50], expected=", ".join(ACCEPTED))
    return request.mimetype


def must_be_json() -> None:
    """Refuse any other type of body. Raises Refused (415)."""
    if request.mimetype != JSON:
        raise Refused(415, "contenu_non_accepte", value=request.mimetype[:50], expected=JSON)


def body() -> Body:
    """Read the body within the limits of a sending. Raises Refused."""
    request.max_content_length = sys.maxsize  # counted here, with a message that says what to do
    if (request.content_length or 0) > current_app.config["PUSH_BODY_BYTES"]:
        raise Refused(413, "envoi_trop_grand", limit=f"{current_app.config['PUSH_BODY_BYTES'] // 1_000_000} Mo")
    found = spooled(request.stream, request.headers.get("Content-Encoding"), request.content_length)

    @after_this_request
    def _closed(response: Response) -> Response:
        found.file.close()
        return response

    return found


def asked(came: Body, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON object of a body with these names alone. Raises Refused."""
    must_be_json()
    value = value_of(came)
    if not isinstance(value, dict):
        raise Refused(400, "type_invalide", expected="un objet JSON")
    if extra := sorted(set(value) - set(names)):
        raise Refused(400, "champ_inconnu", key=extra[0])
    try:
        orjson.dumps(value)
    except TypeError as error:  # half a character, a number of 400 digits: nothing could store them, nor answer them
        raise Refused(400, "valeur_refusee") from error
    return value


def flag(name: str) -> bool:
    """Return a parameter that is yes or no. Raises BadQuery."""
    value = request.args.get(name, "false")
    if value not in ("true", "false"):
        raise BadQuery(f"{name} : « {value[:50]} » n'est pas accepté. Acceptés : true, false.")
    return value == "true"


def once(
    sent_sha256: str, do: Callable[[Claim, Written], Report], location: Callable[[Report], str | None]
) -> Response:
    """Do what a call asks, once for its key, and answer; a repeated call gets the first answer, byte for byte.

    `do` claims the call before it writes anything.
    """
    client = caller()
    call = Call(client.client_id, _key(), _digest(sent_sha256))

    def written(connection: Connection, report: Report) -> None:
        write_receipt(connection, report, client.client_id, client.ref, sent_sha256)
        call.keep(connection, _answered(report, location(report)))

    if (before := answer_to(call)) is not None:
        return _replayed(before)
    try:
        with at_work(call) as claim:
            report = do(claim, written)
    except Repeated as again:
        return _replayed(again.answered)
    return _response(_answered(report, location(report)))


def count_records(number: int) -> None:
    """Count records against what a client may send in a day. Raises TooManyRequests."""
    hit(DAILY, caller().ref, cost=number)


def count_call() -> None:
    """Count this call against how many a client may make, once. Raises TooManyRequests."""
    if not g.get("counted"):
        g.counted = True
        hit(RATE, caller().ref)


def register_limits(app: Any) -> None:
    """Count each call of a client, and say in every answer how many are left (§10)."""

    @app.before_request  # type: ignore[untyped-decorator]  # Flask's application is passed as anything
    def _count() -> None:
        if request.path.startswith(PROTECTED) and g.get("caller") is not None:
            if request.endpoint in LATE:
                look(RATE, caller().ref)
            else:
                count_call()

    @app.after_request  # type: ignore[untyped-decorator]  # the same
    def _tell(response: Response) -> Response:
        if request.path.startswith(PROTECTED) and g.get("caller") is not None:
            with suppress(TooManyRequests):  # one that was refused before it was counted
                count_call()
            response.headers.update(headers_left(RATE, caller().ref))
        return response


def _key() -> str:
    """Return the key of this call. Raises Refused when it is absent or no printable text."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise Refused(400, "cle_repetition_manquante")
    key = key.strip().strip('"')
    if not key or len(key) > 200 or not (key.isascii() and key.isprintable()):
        raise Refused(400, "cle_repetition_invalide")
    return key


def _digest(sent_sha256: str) -> str:
    words = (request.method, request.path, request.query_string.decode("latin-1"), sent_sha256)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _answered(report: Report, location: str | None) -> Answered:
    return Answered(report.status, orjson.dumps(report.body(), option=orjson.OPT_APPEND_NEWLINE).decode(), location)


def _replayed(answered: Answered) -> Response:
    response = _response(answered)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _response(answered: Answered) -> Response:
    response = current_app.response_class(answered.body, answered.status, mimetype="application/json")
    if answered.location:
        response.headers["Location"] = answered.location
    response.headers["Cache-Control"] = "no-store"
    return response
