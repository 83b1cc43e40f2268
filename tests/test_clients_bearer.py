"""The door of the API: no protected view without its scopes, no token that is over, no word more than needed (P16)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from hub.access import clients
from hub.access.declared import needs, right_of, scopes_of
from hub.access.scopes import SCOPES
from hub.api.bearer import PROTECTED, asks, caller, must_all_ask
from hub.app import create_app
from hub.clock import iso, now
from hub.db import writing
from hub.harvest.founding import load_metropoles
from tests.clients import bearing, made, row, token_of
from tests.conftest import FIXED
from tests.people import ESSAIS, NANTES, RENNES, entered


@asks("push:figures", "push:commitments")
def figures() -> dict[str, Any]:
    found = caller()
    return {"siren": found.siren, "environment": found.environment, "kinds": sorted(found.kinds)}


@asks(*SCOPES)
def me() -> dict[str, Any]:
    return {"scopes": sorted(caller().scopes)}


@needs("push")
def unasked() -> str:
    return "entré"


@pytest.fixture
def house(app: Flask) -> Flask:
    """The hub with three more addresses: two that name their scopes, one that forgot."""
    app.add_url_rule("/api/v1/essai/figures", view_func=figures, methods=["GET", "POST"])
    app.add_url_rule("/api/v1/essai/me", view_func=me)
    app.add_url_rule("/api/v1/essai/oubli", view_func=unasked)
    load_metropoles()
    return app


def get(app: Flask, path: str, token: str | None = None, **options: Any) -> Any:
    return app.test_client().get(path, headers=bearing(token) if token else {}, **options)


def test_a_token_of_one_of_the_named_scopes_says_for_whom_it_writes_and_what(house: Flask) -> None:
    ref = made(kinds=("observation", "deliberation", "process")).ref
    answer = get(house, "/api/v1/essai/figures", token_of(ref, "push:figures"))
    assert answer.json == {"siren": NANTES, "environment": "production", "kinds": ["observation"]}
    assert get(house, "/api/v1/essai/me", token_of(ref, "own:read")).json == {"scopes": ["own:read"]}


def test_no_token_is_told_how_to_get_one(house: Flask) -> None:
    answer = get(house, "/api/v1/essai/figures")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hub"'
    assert "/oauth/token" in answer.json["detail"]


def test_expired_revoked_foreign_and_malformed_tokens_are_refused_in_the_same_words(house: Flask) -> None:
    """P16."""
    ref, other = made().ref, made(siren=RENNES, name="Rennes").ref
    suspended, revoked = made().ref, made().ref
    over, taken, stopped = token_of(ref, lasts=0), token_of(revoked), token_of(suspended)
    with writing() as connection:
        clients.revoke(connection, ESSAIS, row(revoked))
        clients.suspend(connection, ESSAIS, row(suspended))
    client = house.test_client()
    answers = [
        client.get("/api/v1/essai/figures", headers={"Authorization": text})
        for text in (
            *(f"Bearer {over}", f"Bearer {taken}", f"Bearer {stopped}", "Bearer d'un-autre-hub", "Bearer", "Bearer  "),
            *(f"Basic {token_of(ref)}", f"bearer{token_of(ref)}", "Bearer é\udcff", "Bearer " + "x" * 5000),
        )
    ]
    assert {(each.status_code, each.mimetype) for each in answers} == {(401, "application/problem+json")}
    assert {each.headers["WWW-Authenticate"] for each in answers} == {'Bearer realm="hub", error="invalid_token"'}
    assert len({each.json["detail"] for each in answers if "absent" not in each.json["detail"]}) == 1
    assert get(house, "/api/v1/essai/figures", token_of(other)).json["siren"] == RENNES


def test_a_missing_scope_is_named(house: Flask) -> None:
    """P16."""
    answer = get(house, "/api/v1/essai/figures", token_of(made().ref, "push:processes", "own:read"))
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "« push:figures » ou « push:commitments »" in answer.json["detail"].replace("\u202f", " ")
    challenge = 'error="insufficient_scope", scope="push:figures push:commitments"'
    assert answer.headers["WWW-Authenticate"] == f'Bearer realm="hub", {challenge}'


def test_what_an_address_accepts_is_told_without_a_token_and_runs_nothing(house: Flask) -> None:
    answer = house.test_client().options("/api/v1/essai/figures")
    assert (answer.status_code, answer.data) == (200, b"")
    assert {"GET", "POST", "OPTIONS"} <= {name.strip() for name in answer.headers["Allow"].split(",")}
    assert house.test_client().head("/api/v1/essai/figures").status_code == 401


def test_a_token_in_the_address_or_in_a_cookie_is_not_read(house: Flask) -> None:
    token = token_of(made().ref)
    client = house.test_client()
    client.set_cookie("access_token", token)
    for answer in (
        client.get("/api/v1/essai/me", query_string={"access_token": token}),
        client.post("/api/v1/essai/figures", data={"access_token": token}),
    ):
        assert answer.status_code == 401


def test_no_person_calls_what_is_for_programs_whatever_their_role(house: Flask) -> None:
    client = entered(house, "administration")
    assert client.get("/api/v1/essai/figures").status_code == 401
    assert client.get("/api/v1/essai/oubli").status_code == 401


def test_a_view_that_named_no_scope_lets_in_nobody_even_with_a_token(house: Flask) -> None:
    assert get(house, "/api/v1/essai/oubli", token_of(made().ref)).status_code == 401


def test_a_token_works_only_from_the_networks_of_its_client(house: Flask) -> None:
    token = token_of(made(ranges=("192.0.2.0/24", "2001:db8::/32")).ref)
    for address, status in (
        *(("192.0.2.9", 200), ("::ffff:192.0.2.9", 200), ("2001:db8::1", 200)),
        *(("198.51.100.1", 403), ("127.0.0.1", 403), ("unix:", 403)),
    ):
        answer = get(house, "/api/v1/essai/me", token, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status, address


def test_a_token_lives_for_an_hour(house: Flask) -> None:
    token = token_of(made().ref)
    for minutes, status in ((59, 200), (60, 401)):
        house.config["CLOCK"] = FIXED["CLOCK"]
        house.config["CLOCK"] = iso(now() + timedelta(minutes=minutes))
        assert get(house, "/api/v1/essai/me", token).status_code == status
    house.config["CLOCK"] = FIXED["CLOCK"]


def test_a_view_cannot_be_protected_without_naming_a_scope() -> None:
    with pytest.raises(ValueError, match="push:figures"):
        asks()
    with pytest.raises(ValueError, match="push:figures"):
        asks("push:everything")


def test_a_protected_view_without_a_scope_stops_the_start(tmp_path: Path) -> None:
    app = create_app(FIXED, tmp_path)
    app.add_url_rule(f"{PROTECTED}/oubli", view_func=unasked)
    with pytest.raises(RuntimeError, match="unasked"):
        must_all_ask(app)


def test_every_view_of_the_push_api_names_scopes_of_the_table(tmp_path: Path) -> None:
    """P10: the walk of the URL map."""
    app = create_app(FIXED, tmp_path)
    app.add_url_rule(f"{PROTECTED}/essai", view_func=figures)
    walked = [rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(PROTECTED)]
    assert "figures" in walked
    for endpoint in walked:
        scopes = scopes_of(app, endpoint)
        assert scopes
        assert scopes <= SCOPES.keys()
        assert right_of(app, endpoint) == "push"
