"""Who calls the API by a token: each protected view names its scopes, the door reads the token (RFC 6750)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from hub.access.declared import needs, scopes_of
from hub.access.scopes import SCOPES, in_order
from hub.access.tokens import Caller, TokenRefused, WrongNetwork, caller_of
from hub.db import db
from hub.errors import HubError, answer

View = TypeVar("View", bound=Callable[..., Any])
PROTECTED = "/api/v1/push"
"""Where no view stands without its scopes."""
RIGHT = "push"
CHALLENGE = 'Bearer realm="hub"'


class ScopeMissing(HubError):
    """The token bears none of the scopes that a view names."""

    status = 403

    def __init__(self, scopes: frozenset[str]) -> None:
        self.scopes = in_order(scopes)
        wanted = " ou ".join(f"« {name} »" for name in self.scopes)
        super().__init__(f"Ce jeton ne porte pas la portée {wanted} : demandez-en un qui la porte à /oauth/token.")


def asks(*scopes: str) -> Callable[[View], View]:
    """Declare that a view takes a token with one of these scopes, at least; stands under the route, like `needs`.

    Raises ValueError without a scope, or for one that the table does not know.
    """
    if not scopes or not SCOPES.keys() >= set(scopes):
        raise ValueError(f"scopes of the table are expected: {', '.join(SCOPES)}")

    def declare(view: View) -> View:
        view.scopes = frozenset(scopes)  # type: ignore[attr-defined]  # a function bears what is written on it
        return needs(RIGHT)(view)

    return declare


def caller() -> Caller:
    """Return the client that calls this view. Raises TokenRefused where none was asked for."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise TokenRefused("Cette adresse demande un jeton.")
    return found


def must_bear(kind: str) -> None:
    """Raise ScopeMissing when the token of this call opens no record of a kind."""
    if kind not in caller().kinds:
        raise ScopeMissing(frozenset(scope.name for scope in SCOPES.values() if kind in scope.kinds))


def register(app: Flask) -> None:
    """Put the door on the application, whose views are all registered. Raises RuntimeError (see `must_all_ask`)."""
    must_all_ask(app)
    app.before_request(admit_client)
    app.register_error_handler(TokenRefused, _refused)
    app.register_error_handler(WrongNetwork, lambda error: answer(error.status, str(error)))
    app.register_error_handler(ScopeMissing, _insufficient)


def must_all_ask(app: Flask) -> None:
    """Raise RuntimeError when a protected view names no scope: it would let in a token that may do nothing (§3)."""
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PROTECTED) and not scopes_of(app, rule.endpoint)
    ]
    if bare:
        raise RuntimeError(f"protected views without a scope: {', '.join(bare)}")


def admit_client() -> Response | None:
    """Find whose token this is, where the view asks for one. Raises TokenRefused, WrongNetwork, ScopeMissing.

    What an address accepts (OPTIONS) is told to anybody: no view runs.
    """
    scopes = scopes_of(current_app, request.endpoint) if request.endpoint else frozenset()
    if not scopes:
        return None
    if request.method == "OPTIONS":
        return current_app.make_default_options_response()
    g.caller = bearer_of(scopes)
    return None


def bearer_of(scopes: frozenset[str]) -> Caller:
    """Return the client whose token this request bears. Raises TokenRefused, WrongNetwork, ScopeMissing."""
    with db.engine.connect() as connection:
        found = caller_of(connection, _token(), request.remote_addr or "")
    if not scopes & found.scopes:
        raise ScopeMissing(scopes)
    return found


def _token() -> str:
    """Return the token of the header `Authorization`, the only place where it is read; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _refused(error: TokenRefused) -> Response:
    answered = answer(error.status, str(error))
    sent = "Authorization" in request.headers
    answered.headers["WWW-Authenticate"] = f'{CHALLENGE}, error="invalid_token"' if sent else CHALLENGE
    return answered


def _insufficient(error: ScopeMissing) -> Response:
    answered = answer(error.status, str(error))
    scopes = " ".join(error.scopes)
    answered.headers["WWW-Authenticate"] = f'{CHALLENGE}, error="insufficient_scope", scope="{scopes}"'
    return answered
