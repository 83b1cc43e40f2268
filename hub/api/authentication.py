"""Who asks the authorization server: a client known by its secret, or by an assertion that it signs (RFC 7523)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749.util import scope_to_list
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from flask import current_app
from flask import request as asked
from joserfc import jwt
from joserfc.errors import JoseError

from hub.access import client_keys, tokens
from hub.access.scopes import in_order
from hub.clock import now
from hub.db import db, writing

GRANT = "client_credentials"
METHODS = ["client_secret_basic", "client_assertion_jwt"]
"""How a client may say who it is, by the names of Authlib's registry: its `private_key_jwt` would be a KeyError."""
LONGEST, SKEW = 60, 10
"""Seconds: how long an assertion may live, and by how much its clock may differ from ours."""
LONGEST_ASSERTION = 10_000


class Known:
    """The client that asks, as Authlib wants it. `secret_id`: the secret by which it was known."""

    def __init__(self, row: Any, secret_id: int | None = None) -> None:
        self.row, self.secret_id = row, secret_id

    def get_client_id(self) -> str:
        """Return its public identifier."""
        return str(self.row.ref)

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return the scopes asked for that it was granted; all of its own when it asks for none."""
        granted = set(self.row.scopes)
        return " ".join(in_order(granted & set(scope_to_list(scope or "") or granted)))

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Tell whether it may say so who it is."""
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may have tokens of this kind."""
        return grant_type == GRANT


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib has no types
    """A client that signs who it is (`private_key_jwt`): short assertions, for this endpoint, each once."""

    def get_audiences(self) -> list[str]:
        """Return what an assertion must be meant for: the token endpoint."""
        return [f"{issuer()}/oauth/token"]

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the unverified header and claims. Raises InvalidClientError, whatever is wrong with them."""
        if len(assertion) > LONGEST_ASSERTION:
            raise InvalidClientError()
        try:
            header, claims = super().extract_assertion(assertion)
        except (ValueError, RecursionError) as error:
            raise InvalidClientError() from error
        self.kid = header.get("kid") if isinstance(header.get("kid"), str) else None
        return header, claims

    def resolve_client_public_key(self, client: Known) -> Any:
        """Return the public keys of a client. Raises InvalidClientError when it has none."""
        found = client_keys.key_set(client.row, self.kid)
        if found is None:
            raise InvalidClientError()
        return found

    def process_assertion_claims(self, assertion: str, key: Any) -> dict[str, Any]:
        """Return the claims, verified. Raises InvalidClientError."""
        try:
            claims = jwt.decode(assertion, key, algorithms=client_keys.ALGORITHMS).claims
            self.verify_claims(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidClientError() from error
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> None:
        """Check that an assertion is this client's, for here, short, new. Raises InvalidClientError, JoseError."""
        at = int(now().timestamp())
        wanted: dict[str, Any] = {name: {"essential": True} for name in ("iss", "sub", "exp", "jti")}
        wanted["aud"] = {"essential": True, "values": self.get_audiences()}
        jwt.JWTClaimsRegistry(now=at, leeway=SKEW, **wanted).validate(claims)
        begun, ends = claims.get("iat", claims["exp"] - LONGEST), claims["exp"]
        is_short = ends <= at + LONGEST + SKEW and ends - begun <= LONGEST  # written so that NaN is refused
        if claims["iss"] != claims["sub"] or not is_short or not self.validate_jti(claims, claims["jti"]):
            raise InvalidClientError()

    def validate_jti(self, claims: dict[str, Any], jti: object) -> bool:
        """Tell whether an assertion serves for the first time; it is noted, until nobody could send it again."""
        ends = datetime.fromtimestamp(claims["exp"] + SKEW, UTC)
        client = known(claims["sub"])
        if not isinstance(jti, str) or client is None:
            return False
        with writing() as connection:
            return tokens.first_use(connection, client.row.id, jti, ends)


def known(ref: str) -> Known | None:
    """Return the client called `ref`, if it may ask for tokens from here; None otherwise."""
    with db.engine.connect() as connection:
        row = tokens.usable_client(connection, ref, asked.remote_addr or "")
    return Known(row) if row is not None else None


def by_assertion(_known: Any, request: Any) -> Known | None:
    """Return the client that signed the assertion sent, None when none was. Raises InvalidClientError."""
    found: Known | None = Assertion()(known, request)
    return found


def by_secret(_known: Any, _request: Any) -> Known | None:
    """Return the client whose identifier and secret came by HTTP Basic (RFC 6749 §2.3.1), or None."""
    if not asked.headers.get("Authorization", "").isascii():  # Werkzeug's reading of it would break
        return None
    sent = asked.authorization
    if sent is None or sent.type != "basic":
        return None
    client, secret = known(unquote(sent.username or "")), unquote(sent.password or "")
    with db.engine.connect() as connection:  # asked for an unknown client too: the time says nothing
        secret_id = tokens.secret_behind(connection, client.row.id if client else 0, secret)
    return Known(client.row, secret_id) if client and secret_id else None


def issuer() -> str:
    """Return the address under which this hub is known: the public one, else the one asked."""
    return str(current_app.config["PUBLIC_URL"] or asked.host_url).rstrip("/")
