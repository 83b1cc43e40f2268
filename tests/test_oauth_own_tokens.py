"""A client and its own tokens: it ends them, asks what they are worth; another's are not its business (§3)."""

from __future__ import annotations

from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Flask
from werkzeug.test import TestResponse

from hub.access import clients
from hub.access.clients import Made
from hub.access.scopes import SCOPES
from hub.api.bearer import asks
from hub.clock import now
from hub.db import writing
from hub.harvest.founding import load_metropoles
from tests.clients import bearing, made, row, token_of
from tests.people import ESSAIS, RENNES


@asks(*SCOPES)
def me() -> dict[str, Any]:
    return {}


@pytest.fixture
def house(app: Flask) -> Flask:
    """The hub with its metropoles and one address that asks for a token."""
    app.add_url_rule("/api/v1/essai", view_func=me)
    load_metropoles()
    return app


def send(app: Flask, path: str, client: Made, **data: Any) -> TestResponse:
    return app.test_client().post(path, auth=(client.ref, client.secret or ""), data=data)


def opened(app: Flask, token: str) -> int:
    return app.test_client().get("/api/v1/essai", headers=bearing(token)).status_code


def test_a_client_ends_its_own_token_and_that_one_only(house: Flask) -> None:
    client = made()
    first, second = token_of(client.ref), token_of(client.ref)
    for _ in range(2):  # what is over is over: RFC 7009 §2.2
        assert send(house, "/oauth/revoke", client, token=first, token_type_hint="access_token").status_code == 200
    assert [opened(house, first), opened(house, second)] == [401, 200]


def test_a_client_does_not_end_the_token_of_another(house: Flask) -> None:
    client, other = made(), made(siren=RENNES)
    token = token_of(other.ref)
    answer = send(house, "/oauth/revoke", client, token=token)
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_grant")
    assert opened(house, token) == 200


def test_what_is_no_token_at_all_is_already_ended(house: Flask) -> None:
    client = made()
    for token in ("x", "é", "x" * 5000):
        assert send(house, "/oauth/revoke", client, token=token).status_code == 200
    for data in ({}, {"token": ""}):
        assert send(house, "/oauth/revoke", client, **data).status_code in (200, 400)
    answer = send(house, "/oauth/revoke", client, token="x", token_type_hint="id_token")
    assert (answer.status_code, (answer.json or {})["error"]) == (400, "unsupported_token_type")


def test_a_client_learns_what_its_own_token_is_worth(house: Flask) -> None:
    client = made()
    token = token_of(client.ref, "own:read", "push:figures")
    at = int(now().timestamp())
    assert send(house, "/oauth/introspect", client, token=token).json == {
        "active": True,
        "client_id": client.ref,
        "exp": at + 3600,
        "iat": at,
        "iss": "http://localhost",
        "scope": "own:read push:figures",
        "token_type": "Bearer",
    }


def test_any_other_token_is_not_active_and_nothing_more(house: Flask) -> None:
    client, other, stopped = made(), made(siren=RENNES), made()
    tokens = [token_of(other.ref), token_of(client.ref, lasts=0), token_of(stopped.ref), "inconnu", "é"]
    with writing() as connection:
        clients.suspend(connection, ESSAIS, row(stopped.ref))
    for token in tokens:
        answer = send(house, "/oauth/introspect", client, token=token)
        assert (answer.status_code, answer.json) == (200, {"active": False})


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_nobody_acts_on_a_token_without_saying_who_they_are(house: Flask, path: str) -> None:
    token = token_of(made().ref)
    for headers in ({}, bearing(token)):
        answer = house.test_client().post(path, data={"token": token}, headers=headers)
        assert (answer.status_code, (answer.json or {})["error"]) == (401, "invalid_client")
    assert opened(house, token) == 200


def test_what_the_server_can_do_is_published_under_its_standard_names(house: Flask) -> None:
    """P11, P12: `private_key_jwt` is for readers, `client_assertion_jwt` only for Authlib."""
    where = "/.well-known/oauth-authorization-server"
    secure = house.test_client().get(where, base_url="https://localhost").json or {}
    AuthorizationServerMetadata(secure | {"response_types_supported": ["none"]}).validate()  # it refuses an empty list
    answer = house.test_client().get(where)
    said = answer.json or {}
    assert said["issuer"] == "http://localhost"
    assert said["token_endpoint"] == "http://localhost/oauth/token"
    for name in ("token", "revocation", "introspection"):
        assert said[f"{name}_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
        assert said[f"{name}_endpoint_auth_signing_alg_values_supported"] == ["ES256", "RS256"]
        assert house.test_client().post(said[f"{name}_endpoint"].removeprefix("http://localhost")).status_code in (
            400,
            401,
        )
    assert said["grant_types_supported"] == ["client_credentials"]
    assert said["scopes_supported"] == list(SCOPES)
    assert "Set-Cookie" not in answer.headers
