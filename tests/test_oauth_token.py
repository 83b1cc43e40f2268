"""The token endpoint: what it gives, what it refuses, in whose words (`push-api.md` §2–§3)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from werkzeug.test import TestResponse

from hub.access import clients
from hub.access.scopes import SCOPES
from hub.api.bearer import asks, caller
from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models.client import ClientSecret, ClientToken, secrets_of
from tests.clients import bearing, made, row, token_of
from tests.conftest import FIXED, ready
from tests.people import ESSAIS

GRANT = {"grant_type": "client_credentials"}


@asks(*SCOPES)
def me() -> dict[str, Any]:
    return {"scopes": sorted(caller().scopes)}


@pytest.fixture
def house(app: Flask) -> Flask:
    """The hub with its metropoles."""
    load_metropoles()
    return app


@pytest.fixture
def small(sqlite_app: Flask) -> Flask:
    """The same on SQLite only."""
    load_metropoles()
    return sqlite_app


def ask(app: Flask, ref: str, secret: str | None, **data: Any) -> TestResponse:
    return app.test_client().post("/oauth/token", auth=(ref, secret or ""), data=GRANT | data)


def opened(app: Flask, token: str) -> int:
    """What the API answers to a token."""
    return app.test_client().get("/api/v1/essai", headers=bearing(token)).status_code


def test_a_secret_gives_an_opaque_token_of_one_hour_that_opens_the_api(house: Flask) -> None:
    """P7: Authlib's own default would be ten days."""
    house.add_url_rule("/api/v1/essai", view_func=me)
    client = made(scopes=("push:figures", "own:read"))
    answer = ask(house, client.ref, client.secret, scope="own:read")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.json or {}
    assert said["expires_in"] == 3600
    assert (said["token_type"], said["scope"]) == ("Bearer", "own:read")
    assert len(said["access_token"]) >= 43
    kept = db.session.scalars(select(ClientToken)).one()
    assert datetime.fromisoformat(kept.expires_at) - datetime.fromisoformat(kept.issued_at) == timedelta(hours=1)
    found = house.test_client().get("/api/v1/essai", headers=bearing(said["access_token"]))
    assert found.json == {"scopes": ["own:read"]}


def test_an_unknown_scope_is_refused_instead_of_a_token_without_scope(house: Flask) -> None:
    """P8."""
    client = made()
    for scope in ("push:everything", "own:read push:everything", "OWN:READ", "é\0"):
        answer = ask(house, client.ref, client.secret, scope=scope)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_scope"), scope
    assert db.session.scalars(select(ClientToken)).all() == []


def test_a_known_scope_that_this_client_does_not_have_is_refused(house: Flask) -> None:
    """P9, first half: Authlib would give a token without it."""
    client = made(scopes=("push:figures",))
    for scope in ("push:processes", "push:figures push:processes"):
        answer = ask(house, client.ref, client.secret, scope=scope)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_scope"), scope
    assert db.session.scalars(select(ClientToken)).all() == []


@pytest.mark.parametrize("scope", [None, "", "  "])
def test_no_scope_asked_is_all_that_the_client_has_written_in_the_answer(small: Flask, scope: str | None) -> None:
    """P9, second half: Authlib would give a token without scope."""
    client = made(scopes=("own:read", "push:figures"))
    answer = ask(small, client.ref, client.secret, **({} if scope is None else {"scope": scope}))
    assert (answer.json or {})["scope"] == "push:figures own:read"


def test_both_secrets_work_during_a_rotation_and_the_end_of_one_leaves_the_other(house: Flask) -> None:
    """P4; the tokens of the ended secret end with it."""
    house.add_url_rule("/api/v1/essai", view_func=me)
    client = made()
    with writing() as connection:
        second = clients.add_secret(connection, ESSAIS, row(client.ref))
    tokens = [(ask(house, client.ref, secret).json or {})["access_token"] for secret in (client.secret, second)]
    with writing() as connection, pytest.raises(clients.BadQuery, match="déjà 2 secrets"):
        clients.add_secret(connection, ESSAIS, row(client.ref))
    first = db.session.scalars(secrets_of(row(client.ref).id)).first()
    assert first is not None
    with writing() as connection:
        clients.end_secret(connection, ESSAIS, row(client.ref), first.ref)
    assert [ask(house, client.ref, secret).status_code for secret in (client.secret, second)] == [401, 200]
    assert [opened(house, token) for token in tokens] == [401, 200]


def test_the_last_use_of_a_secret_moves_and_that_of_the_other_does_not(house: Flask) -> None:
    """P5."""
    client = made()
    with writing() as connection:
        clients.add_secret(connection, ESSAIS, row(client.ref))
    uses = []
    for hours in (1, 2):
        house.config["CLOCK"] = FIXED["CLOCK"]
        house.config["CLOCK"] = iso(now() + timedelta(hours=hours))
        assert ask(house, client.ref, client.secret).status_code == 200
        uses.append([each.last_used_at for each in db.session.scalars(secrets_of(row(client.ref).id))])
        db.session.rollback()
    house.config["CLOCK"] = FIXED["CLOCK"]
    assert uses == [["2026-01-31T13:00:00Z", None], ["2026-01-31T14:00:00Z", None]]


def test_a_secret_works_for_twelve_months(house: Flask) -> None:
    client = made()
    for days, status in ((364, 200), (365, 401)):
        house.config["CLOCK"] = FIXED["CLOCK"]
        house.config["CLOCK"] = iso(now() + timedelta(days=days))
        assert ask(house, client.ref, client.secret).status_code == status
    house.config["CLOCK"] = FIXED["CLOCK"]


def test_a_dump_of_the_database_holds_no_secret_and_no_token(house: Flask) -> None:
    """P3: every value of every table, and no digest of it can be sent in its place."""
    house.add_url_rule("/api/v1/essai", view_func=me)
    client = made()
    token = (ask(house, client.ref, client.secret).json or {})["access_token"]
    with db.engine.connect() as connection:
        tables = [f'SELECT * FROM "{name}"' for name in inspect(db.engine).get_table_names()]
        dump = repr([connection.execute(text(statement)).all() for statement in tables])
    assert client.ref in dump
    for secret in (client.secret or "-", (client.secret or "-").removeprefix("rmp_prod_"), token):
        assert secret not in dump
    digests = [*db.session.scalars(select(ClientSecret.digest)), *db.session.scalars(select(ClientToken.digest))]
    assert len(digests) == 2
    assert opened(house, token) == 200
    for digest in digests:
        assert ask(house, client.ref, digest).status_code == 401
        assert opened(house, digest) == 401


def test_what_begins_a_secret_says_its_environment_to_those_who_search_for_leaks(small: Flask) -> None:
    production, sandbox = made(), made(environment="sandbox")
    assert (production.secret or "").startswith("rmp_prod_")
    assert (sandbox.secret or "").startswith("rmp_test_")
    assert len((production.secret or "").removeprefix("rmp_prod_")) == 43  # 256 bits


def test_a_client_unknown_revoked_suspended_elsewhere_or_with_a_wrong_secret_is_told_the_same(house: Flask) -> None:
    """P14: one shape, no hint of what was wrong; Authlib's own says which methods failed."""
    good, elsewhere = made(), made(ranges=("192.0.2.0/24",))
    suspended, revoked = made(), made()
    with writing() as connection:
        clients.suspend(connection, ESSAIS, row(suspended.ref))
        clients.revoke(connection, ESSAIS, row(revoked.ref))
    answers = [
        ask(house, ref, secret)
        for ref, secret in (
            *((good.ref, "rmp_prod_faux"), (good.ref, ""), ("c-" + "0" * 20, good.secret), ("\0", "\0")),
            *((each.ref, each.secret) for each in (elsewhere, suspended, revoked)),
        )
    ]
    post = house.test_client().post
    answers += [
        post("/oauth/token", data=GRANT | sent, headers=headers)
        for sent, headers in (
            ({}, {}),
            ({"client_id": good.ref, "client_secret": good.secret}, {}),
            ({}, {"Authorization": "Basic ////"}),
            ({}, {"Authorization": "Basic é"}),
            ({}, {"Authorization": f"Bearer {token_of(good.ref)}"}),
        )
    ]
    assert {(each.status_code, each.mimetype) for each in answers} == {(401, "application/json")}
    assert {each.headers["WWW-Authenticate"] for each in answers} == {'Basic realm="hub"'}
    assert len({each.get_data() for each in answers}) == 1
    assert set(answers[0].json or {}) == {"error", "error_description"}
    assert ask(house, good.ref, good.secret).status_code == 200


def test_revoking_a_client_revokes_its_tokens_at_once(house: Flask) -> None:
    house.add_url_rule("/api/v1/essai", view_func=me)
    client = made()
    token = (ask(house, client.ref, client.secret).json or {})["access_token"]
    with writing() as connection:
        clients.revoke(connection, ESSAIS, row(client.ref))
    assert opened(house, token) == 401


def test_a_suspended_client_gets_its_rights_back_but_not_its_old_tokens(house: Flask) -> None:
    house.add_url_rule("/api/v1/essai", view_func=me)
    client = made()
    token = (ask(house, client.ref, client.secret).json or {})["access_token"]
    with writing() as connection:
        stopped = clients.suspend_all(connection, ESSAIS, row(client.ref).siren, "la métropole quitte le réseau")
    assert [each.ref for each in stopped] == [client.ref]
    assert ask(house, client.ref, client.secret).status_code == 401
    with writing() as connection:
        clients.resume(connection, ESSAIS, row(client.ref))
    assert opened(house, token) == 401
    assert ask(house, client.ref, client.secret).status_code == 200


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": ["client_credentials", "password"]}, "invalid_request"),
        (GRANT | {"scope": ["own:read", "feed:read"]}, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
    ],
)
def test_anything_but_client_credentials_is_refused(small: Flask, data: dict[str, Any], error: str) -> None:
    client = made()
    answer = small.test_client().post("/oauth/token", auth=(client.ref, client.secret or ""), data=data)
    assert (answer.status_code, (answer.json or {})["error"]) == (400, error)
    assert all(
        " " <= character <= "~" and character not in '"\\' for character in (answer.json or {})["error_description"]
    )


def test_the_endpoint_answers_programs_in_their_language_whatever_is_asked(small: Flask) -> None:
    client = small.test_client()
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        for method in ("GET", "PUT", "DELETE"):
            answer = client.open(path, method=method)
            assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
            assert "POST" in answer.headers["Allow"]
        assert client.post(path, json={"grant_type": "client_credentials"}).mimetype == "application/json"
        large = client.post(path, data={"grant_type": "x" * 2_000_000})
        assert (large.status_code, large.mimetype) == (413, "application/problem+json")
    assert client.get("/oauth/rien").mimetype == "application/problem+json"


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Flask]:
    """A hub that counts as it does in service."""
    for app in ready(tmp_path / "instance", "", RATE_TOKENS="10/minute"):
        load_metropoles()
        yield app


def test_ten_tokens_a_minute_for_an_address_then_one_is_told_to_wait(hurried: Flask) -> None:
    client = made()
    statuses = [ask(hurried, client.ref, client.secret).status_code for _ in range(10)]
    answer = ask(hurried, client.ref, client.secret)
    assert statuses == [200] * 10
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_ten_tokens_a_minute_for_a_client_wherever_it_asks_from_and_nobody_else_uses_them_up(hurried: Flask) -> None:
    client, other = made(), made()

    def asked_from(address: str, ref: str, secret: str | None) -> int:
        options: dict[str, Any] = {"auth": (ref, secret or ""), "environ_base": {"REMOTE_ADDR": address}}
        return hurried.test_client().post("/oauth/token", data=GRANT, **options).status_code

    assert [asked_from(f"192.0.2.{rank}", client.ref, "faux") for rank in range(12)] == [401] * 12
    assert [asked_from(f"198.51.100.{rank}", client.ref, client.secret) for rank in range(10)] == [200] * 10
    assert asked_from("203.0.113.1", client.ref, client.secret) == 429
    assert asked_from("203.0.113.1", other.ref, other.secret) == 200


def behind_a_proxy(tmp_path: Path, hops: int) -> Iterator[Flask]:
    for app in ready(tmp_path / "instance", "", PUBLIC_URL="https://hub.exemple.fr", PROXY_HOPS=hops):
        load_metropoles()
        yield app


def test_a_token_is_given_behind_a_proxy_that_ends_tls(tmp_path: Path) -> None:
    """P13: without the exact number of hops Authlib raises, and answers 500."""
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "hub.exemple.fr"}
    for hops, status in ((1, 200), (0, 308)):
        for app in behind_a_proxy(tmp_path / str(hops), hops):
            client = made(ranges=("192.0.2.0/24",))
            answer = app.test_client().post(
                "/oauth/token", base_url="http://hub.exemple.fr", auth=(client.ref, client.secret or ""),
                data=GRANT, headers=sent,
            )  # fmt: skip
            assert answer.status_code == status


def test_a_hub_published_without_tls_says_so_instead_of_breaking(tmp_path: Path) -> None:
    for app in ready(tmp_path / "instance", "", PUBLIC_URL="http://hub.exemple.fr"):
        load_metropoles()
        client = made()
        answer = app.test_client().post(
            "/oauth/token", base_url="http://hub.exemple.fr", auth=(client.ref, client.secret or ""), data=GRANT
        )
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_request")


def test_neither_secret_nor_token_is_logged(small: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Authlib writes the token to its own log; so is it not called for that."""
    caplog.set_level(logging.DEBUG)
    client = made()
    token = (ask(small, client.ref, client.secret).json or {})["access_token"]
    for path in ("/oauth/introspect", "/oauth/revoke"):
        small.test_client().post(path, auth=(client.ref, client.secret or ""), data={"token": token})
    ask(small, client.ref, "canari-faux")
    lines = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert len(lines) >= 4
    for canary in (client.secret or "-", token, "canari-faux"):
        assert not [line for line in lines if canary in line]
