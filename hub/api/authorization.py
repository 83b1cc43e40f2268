"""The authorization server (RFC 6749 §4.4, 7009, 7523, 7662): Authlib's, with the traps of `push-api.md` §3 cured."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import orjson
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientCredentialsGrant, InvalidClientError, InvalidScopeError
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, Response, current_app

from hub.access import tokens
from hub.access.limits import hit
from hub.access.scopes import SCOPES
from hub.access.sessions import new_secret
from hub.api.authentication import GRANT, METHODS, Known, by_assertion, by_secret, issuer, known
from hub.db import db, writing

ERRORS = {
    "invalid_request": (400, "Il manque un champ attendu, ou un champ est en double."),
    "invalid_client": (401, "Client, secret ou assertion non reconnus, ou plus valables."),
    "invalid_grant": (400, "Ce jeton n'est pas celui de ce client."),
    "unauthorized_client": (400, "Ce client ne peut pas obtenir de jeton de cette sorte."),
    "unsupported_grant_type": (400, "Seul grant_type=client_credentials est permis."),
    "invalid_scope": (400, "Au moins un des scopes n'existe pas, ou n'est pas permis pour ce client."),
    "unsupported_token_type": (400, "Seuls les access_token existent ici."),
}
"""What each error of RFC 6749 (§5.2), 7009 (§2.2.1) is answered: nothing of it says which part was wrong.

In ASCII, the only characters that an `error_description` may hold.
"""


class Token:
    """A living token, as Authlib wants it."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def check_client(self, client: Known) -> bool:
        """Tell whether it was given to this client."""
        return bool(self.row.client_id == client.row.id)

    def is_expired(self) -> bool:
        """Return False: what is over is not found."""
        return False

    def is_revoked(self) -> bool:
        """Return False: what is revoked is not found."""
        return False


class Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib has no types
    """Tokens against credentials: with exactly the scopes asked for, or none (Authlib would leave some out)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = METHODS

    def validate_token_request(self) -> None:
        """Check who asks and for what. Raises OAuth2Error, TooManyRequests."""
        super().validate_token_request()
        hit("RATE_TOKENS", self.client.get_client_id())
        wanted = scope_to_list(self.request.payload.scope or "")
        granted = scope_to_list(self.client.get_allowed_scope(self.request.payload.scope))
        if not granted or not set(wanted) <= set(granted):
            raise InvalidScopeError()

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Return a token, kept as a digest. Authlib's own writes the token to its log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class OwnTokens:
    """The tokens that a client may revoke or ask about: a living one, found by its digest."""

    CLIENT_AUTH_METHODS: ClassVar = METHODS

    def query_token(self, token: str, _hint: str | None) -> Token | None:
        """Return the living token that this is, or None."""
        with db.engine.connect() as connection:
            row = tokens.living_token(connection, token)
        return Token(row) if row is not None else None


class Revocation(OwnTokens, RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RFC 7009: a client revokes a token of its own."""

    def revoke_token(self, token: Token, request: Any) -> None:
        """End the token now."""
        with writing() as connection:
            tokens.take_back(connection, request.client.row.id, token_id=token.row.token_id)


class Introspection(OwnTokens, IntrospectionEndpoint):  # type: ignore[misc]  # Authlib has no types
    """RFC 7662: a client asks about a token of its own; any other is « not active »."""

    def check_permission(self, token: Token, client: Known, _request: Any) -> bool:
        """Tell whether this client may know about the token."""
        return token.check_client(client)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """Return what the token says."""
        issued, expires = (datetime.fromisoformat(text) for text in (token.row.issued_at, token.row.expires_at))
        said = {"active": True, "client_id": token.row.ref, "token_type": "Bearer", "scope": token.row.scope}
        return said | {"iat": int(issued.timestamp()), "exp": int(expires.timestamp()), "iss": issuer()}


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """The server: its answers are never kept, its refusals say one thing each."""

    def handle_response(self, status_code: int, payload: Any, _headers: Any) -> Response:
        """Return an answer that nothing keeps (RFC 6749 §5.1)."""
        return answered(status_code, payload)

    def handle_error_response(self, _request: Any, error: Any) -> Response:
        """Return a refusal that does not say which part was wrong."""
        return refused(error.error)


def register(app: Flask) -> None:
    """Set up the server on an application."""
    lasts = {GRANT: app.config["TOKEN_SECONDS"]}  # Authlib's default is ten days
    app.config.update(OAUTH2_TOKEN_EXPIRES_IN=lasts, OAUTH2_SCOPES_SUPPORTED=list(SCOPES))
    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = lambda **_said: new_secret()
    server = Server(app, known, keep)
    server.register_client_auth_method("client_secret_basic", by_secret)
    server.register_client_auth_method("client_assertion_jwt", by_assertion)
    server.register_grant(Grant)
    server.register_endpoint(Revocation)
    server.register_endpoint(Introspection)
    app.extensions["authorization"] = server


def keep(token: dict[str, Any], request: Any) -> None:
    """Keep the digest of a token. Raises InvalidClientError when its client stopped meanwhile."""
    client, scopes = request.client, scope_to_list(token["scope"])
    with writing() as connection:
        given = tokens.give(
            connection, client.row.id, client.secret_id, token["access_token"], scopes, token["expires_in"]
        )
    if not given:
        raise InvalidClientError()


def answered(status: int, content: Any) -> Response:
    """Return JSON that nobody keeps."""
    response = current_app.response_class(orjson.dumps(content), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(code: str) -> Response:
    """Return an error of RFC 6749 §5.2."""
    status, sentence = ERRORS.get(code, ERRORS["invalid_request"])
    response = answered(status, {"error": code if code in ERRORS else "invalid_request", "error_description": sentence})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="hub"'
    return response
