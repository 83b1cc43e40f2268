"""`/oauth/…`: tokens for the clients of the API; what the server can do (RFC 8414)."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, current_app, request

from hub.access.client_keys import ALGORITHMS
from hub.access.declared import all_need, needs
from hub.access.limits import hit
from hub.access.scopes import SCOPES
from hub.api.authentication import GRANT, issuer
from hub.api.authorization import answered, refused

bp = Blueprint("oauth", __name__)
all_need(bp, "enter")
AUTHENTICATION = ["client_secret_basic", "private_key_jwt"]
"""The standard names of how a client says who it is (RFC 7591 §2, OpenID Connect Core §9)."""


@bp.post("/oauth/token")
def token() -> Response:
    """A token against credentials (RFC 6749 §4.4)."""
    hit("RATE_TOKENS", request.remote_addr or "")
    must_be_sound("grant_type")
    response: Response = server().create_token_response()
    return response


@bp.post("/oauth/revoke")
def revoke() -> Response:
    """The end of a token (RFC 7009)."""
    must_be_sound()
    response: Response = server().create_endpoint_response("revocation")
    return response


@bp.post("/oauth/introspect")
def introspect() -> Response:
    """What a token is worth (RFC 7662)."""
    must_be_sound()
    response: Response = server().create_endpoint_response("introspection")
    return response


@bp.get("/.well-known/oauth-authorization-server")
@needs("read")
def metadata() -> Response:
    """What this server can do (RFC 8414 §2)."""
    base = issuer()
    said: dict[str, str | list[str]] = {}
    for name, path in (("token", "token"), ("revocation", "revoke"), ("introspection", "introspect")):
        said[f"{name}_endpoint"] = f"{base}/oauth/{path}"
        said[f"{name}_endpoint_auth_methods_supported"] = AUTHENTICATION
        said[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return answered(
        200,
        {
            "issuer": base,
            **said,
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "scopes_supported": list(SCOPES),
            "ui_locales_supported": ["fr"],
        },
    )


@bp.errorhandler(OAuth2Error)
def _refused(error: OAuth2Error) -> Response:
    return refused(error.error)


def server() -> Any:
    """Return the authorization server of this application."""
    return current_app.extensions["authorization"]


def must_be_sound(*fields: str) -> None:
    """Refuse a form without these fields, or with one given twice (RFC 6749 §3.2). Raises InvalidRequestError."""
    if any(len(values) > 1 for _, values in request.form.lists()) or not all(map(request.form.get, fields)):
        raise InvalidRequestError()
