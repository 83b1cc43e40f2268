"""A client that signs who it is instead of sending a secret: short assertions, for here, each once (RFC 7523)."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.access import client_keys, clients, upkeep
from hub.clock import iso, now
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.founding import load_metropoles
from hub.models.client import ClientAssertion, ClientToken
from tests.clients import made, row
from tests.conftest import FIXED, ready
from tests.people import ESSAIS

Key = ECKey | RSAKey
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENDPOINT = "http://localhost/oauth/token"
EC = ECKey.generate_key("P-256", {"kid": "un"})
OTHER = ECKey.generate_key("P-256", {"kid": "deux"})
RSA = RSAKey.generate_key(2048, {"kid": "trois"})


def jwks(*keys: Key) -> str:
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


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


def signed(
    ref: str, key: Any = EC, algorithm: str = "ES256", header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """An assertion; claims given as None are left out."""
    at = int(now().timestamp())
    said = {"iss": ref, "sub": ref, "aud": ENDPOINT, "iat": at, "exp": at + 60, "jti": "a"} | claims
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": key.kid} | (header or {}), kept, key, algorithms=[algorithm])


def send(app: Flask, assertion: str, **data: Any) -> TestResponse:
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
    return app.test_client().post("/oauth/token", data=form | data)


def error_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("error", "")


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256")])
def test_a_signed_assertion_gives_a_token_and_no_secret_exists(small: Flask, key: Key, algorithm: str) -> None:
    """P11: the method has another name in Authlib's registry; the published one is a KeyError there, hence a 500."""
    client = made(keys=jwks(key))
    assert client.secret is None
    answer = send(small, signed(client.ref, key, algorithm), scope="own:read")
    assert answer.status_code == 200
    assert (answer.json or {})["scope"] == "own:read"
    assert row(client.ref).last_used_at == FIXED["CLOCK"]


def test_no_module_of_ours_wakes_what_authlib_has_given_up() -> None:
    """P15: `authlib.jose` warns, and where it is loaded Authlib takes its keys for ours."""
    code = "import sys, hub.app, hub.cli.clients; sys.exit('authlib.jose' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=60, check=False).returncode == 0


def test_an_assertion_serves_once(house: Flask) -> None:
    """P6."""
    client, other = made(keys=jwks(EC)), made(keys=jwks(EC))
    assertion = signed(client.ref)
    assert send(house, assertion).status_code == 200
    assert error_of(send(house, assertion)) == (401, "invalid_client")
    assert error_of(send(house, signed(client.ref, scope="autre"))) == (401, "invalid_client")
    assert send(house, signed(client.ref, jti="b")).status_code == 200
    assert send(house, signed(other.ref)).status_code == 200  # the same word of another client is another one
    assert len(db.session.scalars(select(ClientToken)).all()) == 3
    assert all(len(digest) == 64 for digest in db.session.scalars(select(ClientAssertion.digest)))


def test_an_assertion_sent_many_times_at_once_serves_once(house: Flask) -> None:
    client = made(keys=jwks(EC))
    assertion = signed(client.ref)

    def once(_: int) -> int:
        with house.app_context():
            return send(house, assertion).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(once, range(8)))
    assert statuses == [200] + [401] * 7


def test_an_assertion_that_was_refused_does_not_use_up_its_identifier(house: Flask) -> None:
    client = made(keys=jwks(EC))
    assert send(house, signed(client.ref, OTHER)).status_code == 401
    assert send(house, signed(client.ref)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://localhost"},
        {"aud": "https://ailleurs.fr/oauth/token"},
        {"aud": None},
        {"aud": {}},
        {"iss": "c-autre"},
        {"iss": None},
        {"sub": "c-" + "0" * 20},
        {"sub": None},
        {"sub": 3},
        {"sub": "\0"},
        {"jti": None},
        {"jti": 3},
        {"jti": ""},
        {"exp": None},
        {"exp": "demain"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": float("nan")},
        {"iat": "hier"},
    ],
)
def test_a_claim_that_is_wrong_is_refused(small: Flask, claims: dict[str, Any]) -> None:
    client = made(keys=jwks(EC))
    assert error_of(send(small, signed(client.ref, **claims))) == (401, "invalid_client")
    assert send(small, signed(client.ref)).status_code == 200


@pytest.mark.parametrize(
    ("issued", "ends", "status"),
    [(0, 60, 200), (-30, 30, 200), (-59, 1, 200), (0, 61, 401), (0, 3600, 401), (-90, -20, 401), (-3000, 30, 401),
     (120, 180, 401)],
)  # fmt: skip
def test_an_assertion_lives_for_a_minute_at_most(small: Flask, issued: int, ends: int, status: int) -> None:
    client, at = made(keys=jwks(EC)), int(now().timestamp())
    assert send(small, signed(client.ref, iat=at + issued, exp=at + ends)).status_code == status


def test_an_assertion_without_the_instant_of_its_making_is_short_all_the_same(small: Flask) -> None:
    client, at = made(keys=jwks(EC)), int(now().timestamp())
    assert send(small, signed(client.ref, iat=None)).status_code == 200
    assert send(small, signed(client.ref, iat=None, exp=at + 600, jti="b")).status_code == 401


def packed(*parts: bytes) -> str:
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def forgery(ref: str, algorithm: str, secret: bytes = b"") -> str:
    """An assertion signed by nobody, or by what everybody may read as if it were a shared secret."""
    at = int(now().timestamp())
    said = {"iss": ref, "sub": ref, "aud": ENDPOINT, "iat": at, "exp": at + 60, "jti": "a"}
    begun = packed(json.dumps({"alg": algorithm, "kid": "un"}).encode(), json.dumps(said).encode())
    return f"{begun}.{packed(hmac.digest(secret, begun.encode(), 'sha256')) if secret else ''}"


def test_another_key_none_at_all_or_the_public_one_as_a_secret_is_refused(small: Flask) -> None:
    client = made(keys=jwks(EC))
    forged = ECKey.generate_key("P-256", {"kid": "un"})
    embedded = {"jwk": forged.as_dict(private=False)}
    by_public = forgery(client.ref, "HS256", EC.as_pem(private=False))
    for assertion in (
        *(signed(client.ref, OTHER), signed(client.ref, forged), signed(client.ref, forged, header=embedded)),
        *(by_public, forgery(client.ref, "none"), signed(client.ref, RSA, "RS256", {"kid": "un"})),
        *(signed(client.ref)[:-4] + "AAAA", signed(made().ref), "a.b.c", "", ".", "é", "x" * 20_000),
        base64.urlsafe_b64encode(b"[" * 6000).decode() + ".e30.",
        "eyJhbGciOiJFUzI1NiJ9." + base64.urlsafe_b64encode(b"[" * 6000).decode() + ".",
    ):
        assert error_of(send(small, assertion)) == (401, "invalid_client"), assertion[:40]
    assert send(small, signed(client.ref), client_assertion_type="autre").status_code == 401
    assert send(small, signed(client.ref)).status_code == 200


def test_keys_are_changed_and_the_tokens_of_the_old_ones_end(house: Flask) -> None:
    client = made(keys=jwks(EC))
    assert send(house, signed(client.ref)).status_code == 200
    with writing() as connection:
        clients.set_keys(connection, ESSAIS, row(client.ref), jwks(OTHER, RSA))
    assert send(house, signed(client.ref, jti="b")).status_code == 401
    assert send(house, signed(client.ref, OTHER, jti="c")).status_code == 200
    revoked = db.session.scalars(select(ClientToken.revoked_at).order_by(ClientToken.id)).all()
    assert [bool(each) for each in revoked] == [True, False]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{}", "JWKS"),
        ('{"keys": []}', "JWKS"),
        ('{"keys": [3]}', "JWKS"),
        ('{"keys": "un"}', "JWKS"),
        ("[" * 9000, "JWKS"),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": 3, "y": 4}]}', "JWKS"),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "3", "y": "4"}]}', "lisible"),
        ('{"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}', "P-256"),
        ('{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}', "2048"),
        ('{"keys": [{"kty": "RSA", "n": "é", "e": "AQAB"}]}', "2048"),
        ('{"keys": [{"kty": "oct", "k": "secret"}]}', "privée"),
        (json.dumps({"keys": [EC.as_dict(private=True)]}), "privée"),
        (json.dumps({"keys": [EC.as_dict(private=False)] * 11}), "10 clés"),
        ("http://metropole.fr/jwks.json", "https"),
        ("https://127.0.0.1/jwks.json", "publique"),
        ("https://10.0.0.1/jwks.json", "publique"),
        ("https://hub.internal/jwks.json", "publique"),
        ("https://metropole.fr@10.0.0.1/", "identifiants"),
        ("file:///etc/passwd", "https"),
    ],
)
def test_what_is_no_public_key_of_ours_is_refused_with_its_cure(small: Flask, text: str, word: str) -> None:
    with small.app_context(), pytest.raises(BadQuery, match=word):
        client_keys.given(text)


class Keys:
    """A web server of this machine that shows keys, or does not."""

    def __init__(self) -> None:
        self.content, self.status, self.asked = b"", 200, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks.json"


@contextmanager
def showing(*keys: Key) -> Iterator[Keys]:
    shown = Keys()
    shown.content = jwks(*keys).encode()
    thread = Thread(target=shown.server.serve_forever, daemon=True)
    thread.start()
    yield shown
    shown.server.shutdown()
    shown.server.server_close()
    thread.join(timeout=10)


@pytest.fixture(params=["sqlite", "postgresql"])
def near(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A hub that may read keys on this machine."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    for app in ready(tmp_path / "instance", url, ALLOW_PRIVATE_NETWORKS=True):
        load_metropoles()
        yield app


def later(app: Flask, **delay: float) -> None:
    app.config["CLOCK"] = iso(now() + timedelta(**delay))


def test_keys_are_read_where_the_client_shows_them_and_again_when_it_is_time(near: Flask) -> None:
    with showing(EC) as shown:
        client = made(keys=shown.url)
        assert send(near, signed(client.ref)).status_code == 200
        assert send(near, signed(client.ref, jti="b")).status_code == 200
        assert shown.asked == 1
        shown.content = jwks(EC, OTHER).encode()
        assert send(near, signed(client.ref, OTHER, jti="c")).status_code == 401  # asked a moment ago: not again
        assert shown.asked == 1
        later(near, seconds=60)
        assert send(near, signed(client.ref, OTHER, jti="d")).status_code == 200
        assert shown.asked == 2
        shown.content = jwks(OTHER).encode()
        later(near, minutes=61)
        assert send(near, signed(client.ref, EC, jti="e")).status_code == 401  # withdrawn: no longer believed
        assert shown.asked == 3
        shown.status = 503
        later(near, minutes=61)
        assert send(near, signed(client.ref, OTHER, jti="f")).status_code == 200
    near.config["CLOCK"] = FIXED["CLOCK"]


def test_keys_that_cannot_be_read_let_nobody_in_and_tell_nothing(near: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for content in (b"<html>", b"", json.dumps({"keys": [EC.as_dict(private=True)]}).encode(), b"x" * 60_000):
        with showing(EC) as shown:
            shown.content = content
            client = made(keys=shown.url)
            answer = send(near, signed(client.ref))
            assert error_of(answer) == (401, "invalid_client")
            assert shown.asked == 1
    assert [record.getMessage() for record in caplog.records if "illisibles" in record.getMessage()]
    assert not [record for record in caplog.records if str(EC.as_dict(private=True)["d"]) in record.getMessage()]


def test_an_address_inside_the_house_is_never_asked_even_if_it_was_kept(small: Flask) -> None:
    """The guard of the only HTTP stands at each reading, not only when the address is typed."""
    with showing(EC) as shown:
        small.config["ALLOW_PRIVATE_NETWORKS"] = True
        client = made(keys=shown.url)
        small.config["ALLOW_PRIVATE_NETWORKS"] = False
        assert send(small, signed(client.ref)).status_code == 401
        assert shown.asked == 0


def test_used_assertions_and_old_tokens_are_forgotten_a_day_after(house: Flask) -> None:
    client = made(keys=jwks(EC))
    assert send(house, signed(client.ref)).status_code == 200
    for hours, left in ((2, 1), (26, 0)):
        house.config["CLOCK"] = FIXED["CLOCK"]
        later(house, hours=hours)
        with writing() as connection:
            upkeep.tidy(connection)
        db.session.rollback()
        assert len(db.session.scalars(select(ClientAssertion)).all()) == left
        assert len(db.session.scalars(select(ClientToken)).all()) == left
    house.config["CLOCK"] = FIXED["CLOCK"]
