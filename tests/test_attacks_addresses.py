"""Hostile addresses: SQL, paths that climb, bytes at random, line breaks for the log; none breaks or tells anything."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import schemas
from hub.access import links
from hub.access.rights import ADMINISTRATION, AGENT
from hub.db import db, writing
from hub.harvest import upload
from hub.log import Lines
from hub.models import Facet, Metropole, Person
from schemas.personal import masked
from tests.clients import bearing, made
from tests.conftest import ready
from tests.hostile import SQL
from tests.make import make_source, ndjson
from tests.people import entered, person, token
from tests.routes import filled

CLIMBING = (
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/config.py", "....//....//secret_key",
    "..\\..\\secret_key", "/etc/passwd", "%2fetc%2fpasswd", "..%252f..%252fsecret_key", "hub.css/../../config.py",
    "..;/secret_key", "C:/Windows/win.ini", "file:///etc/passwd", "%c0%ae%c0%ae/secret_key",
    "codelists/../../secret_key",
)  # fmt: skip
NAMES = (
    *("page", "metropole", "etat", "annee", "type", "theme", "orientation", "demarche", "source", "state", "year"),
    *("after", "limit", "kind", "siren", "presence", "m", "suivre", "next", "portee", "preuve", "tri"),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub with some things, which answers errors as it does in service."""
    folder = tmp_path_factory.mktemp("adresses")
    for app in ready(folder / "instance", "", TESTING=False):
        records = [
            {"kind": kind, "remote_id": "1", "data": schemas.schema(kind)["examples"][0]}
            for kind in schemas.KINDS
            if kind != "observation"
        ]
        upload(make_source(), ndjson(folder / "envoi.ndjson", records))
        yield app


def paths(app: Flask) -> list[str]:
    """The rules whose address takes something, `{}` standing for it."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments - {"plural"} and "GET" in (rule.methods or ())]
    return sorted({filled(rule, "{}") for rule in rules})


@pytest.mark.parametrize("text", SQL)
def test_no_statement_is_slipped_into_the_database_by_an_address(house: Flask, text: str) -> None:
    client, people = house.test_client(use_cookies=False), db.session.query(Person).count()
    things = db.session.query(Facet).count()
    for path in paths(house):
        harmless, hostile = (client.get(path.replace("{}", quote(word, safe=""))) for word in ("riendetel", text))
        assert hostile.status_code == harmless.status_code < 500, path
    for path in ("/demarches", "/engagements", "/documents", "/comparer", "/sources", "/api/v1/processes"):
        for name in NAMES:
            answers = [client.get(path, query_string={name: word}).status_code for word in ("riendetel", text)]
            assert answers[0] == answers[1] < 500, (path, name)
    db.session.rollback()
    assert (db.session.query(Facet).count(), db.session.query(Person).count()) == (things, people)


@pytest.mark.parametrize("text", SQL)
def test_no_statement_is_slipped_into_the_database_by_a_form(house: Flask, text: str) -> None:
    client = entered(house, ADMINISTRATION, name=f"saisie {abs(hash(text))}")
    things = db.session.query(Facet).count()
    for path, data in (
        ("/compte/nom", {"full_name": text}),
        ("/compte/sessions/fermer", {"ref": text}),
        ("/compte/agir-pour", {"siren": text}),
        ("/connexion/courriel", {"email": text}),
        ("/personnes/inviter", {"role": AGENT, "metropole": text, "email": f"{abs(hash(text))}@essais.fr"}),
    ):
        answer = client.post(path, data={"csrf_token": token(client, "/compte"), **data})
        assert answer.status_code < 500, path
    db.session.rollback()
    assert db.session.query(Facet).count() == things
    assert client.get("/compte").status_code == 200


@pytest.mark.parametrize("text", CLIMBING)
def test_no_path_climbs_out_of_what_is_published(house: Flask, text: str) -> None:
    client = house.test_client(use_cookies=False)
    secret = house.config["SECRET_KEY"]
    for path in ["/static/{}", "/schemas/{}.json", "/schemas/codelists/{}.json", "/{}", *paths(house)]:
        with client.get(path.replace("{}", text)) as answer:
            told = answer.get_data(as_text=True)
            assert answer.status_code in (301, 303, 308, 400, 401, 404, 405), (path, answer.status_code)
            assert "root:" not in told
            assert secret not in told


WEIRD = st.text(st.characters(codec=None, exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["\x00", "\r\nSet-Cookie: x=1", "9" * 400, "-1", "1e9", "NaN", "[]", "%", "%ff", "\ufeff", "٣", "²", "A" * 5000]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_address_however_strange_breaks_the_hub_or_is_repeated(house: Flask, data: st.DataObject) -> None:
    """Every route, with any text as argument and any parameters (C28)."""
    client = house.test_client(use_cookies=False)
    path = data.draw(st.sampled_from([*paths(house), "/demarches", "/comparer", "/engagements", "/connexion", "/{}"]))
    marker = "<fuzz attr=\"'&>"
    words = quote(data.draw(WEIRD) + data.draw(st.sampled_from(["", marker])), safe="")
    names = data.draw(st.lists(WEIRD | st.sampled_from(NAMES), max_size=2))
    query = {name: data.draw(WEIRD) + marker for name in names}
    method = data.draw(st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "DELETE"]))
    with client.open(path.replace("{}", words), method=method, query_string=query) as answer:
        assert answer.status_code < 500
        if answer.mimetype == "text/html":
            assert marker not in answer.get_data(as_text=True)
        assert not any("\n" in value or "Set-Cookie" in value for value in answer.headers.values())


LOGGED = (
    "première\nseconde",
    "a\r\n2026-01-01 ERROR tout est perdu",
    "x\u2028y",
    "\x1b[31mrouge",
    '"},{"level":"error',
)


@pytest.mark.parametrize("text", LOGGED)
def test_what_is_logged_stays_on_its_line(text: str) -> None:
    record = logging.LogRecord("hub", logging.ERROR, __file__, 1, "lu : %s", (text,), None)
    line = Lines().format(record)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert json.loads(line)["message"] == f"lu : {text}"


def test_no_secret_address_or_person_is_logged(house: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person_id = person(AGENT, name="canari")
    with writing() as connection:
        secret = links.give(connection, person_id)
    client = house.test_client()
    proof = token(client, f"/connexion/lien/{secret}")
    client.post("/connexion/courriel", data={"csrf_token": proof, "email": "canari-244400404@essais.fr"})
    client.post(f"/connexion/lien/{secret}", data={"csrf_token": proof, "code": "482913"})
    client.get("/demarches", query_string={"metropole": "canariparametre"})
    cookie = client.get_cookie("hub")
    assert cookie
    program = made(siren=db.session.scalars(select(Metropole.siren).limit(1)).one())
    assert program.secret
    said = {"auth": (program.ref, program.secret), "data": {"grant_type": "client_credentials"}}
    bearer = (client.post("/oauth/token", **said).json or {})["access_token"]
    client.get("/api/v1/processes", headers=bearing(bearer))
    for path in ("/oauth/introspect", "/oauth/revoke"):
        client.post(path, auth=(program.ref, program.secret), data={"token": bearer})
    lines = [Lines().format(record) for record in caplog.records]
    assert len([line for line in lines if "/connexion/lien/<secret>" in line]) >= 2
    people = ("canari", "482913", "127.0.0.1", "essais.fr")
    for canary in (program.secret, bearer, secret, proof, cookie.value, house.config["SECRET_KEY"], *people):
        assert not [line for line in lines if canary in line], canary


def test_what_fails_is_logged_with_its_place_and_without_its_words() -> None:
    try:
        raise ValueError("canari-secret")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("hub", logging.ERROR, __file__, 1, "panne", (), info)
    line = json.loads(Lines().format(record))
    assert line["exception"] == "ValueError"
    assert "test_attacks_addresses.py" in line["traceback"]
    assert "canari" not in json.dumps({name: value for name, value in line.items() if name != "traceback"})


STUBBORN = ("a" * 100_000, "1 " * 50_000, "a@" * 50_000, "0" * 100_000, "((" * 50_000, "2026-" * 20_000, " " * 100_000)


@pytest.mark.parametrize("text", STUBBORN)
def test_no_pattern_of_a_schema_takes_long_on_a_stubborn_text(text: str) -> None:
    """Every field of every kind, and the masking of persons, on 100 kB made to mislead them."""
    began = time.process_time()
    for kind in schemas.KINDS:
        example = schemas.schema(kind)["examples"][0]
        assert schemas.check(kind, {name: text if isinstance(value, str) else value for name, value in example.items()})
    masked(text)
    assert time.process_time() - began < 5


def test_every_query_of_the_hub_is_written_without_interpolation() -> None:
    """`S608` of ruff sees what is joined; here, what SQLAlchemy is given as text (C29)."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "hub").rglob("*.py")):
        written = re.search(r"\b(text|execute)\(\s*f[\"'](?!PRAGMA)", path.read_text("utf-8"))
        if written and "migrations" not in path.parts:
            found.append(path.name)
    assert found == []
