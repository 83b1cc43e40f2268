"""What no program should send, to each address of the API: refused in French; never a failure, never a page (§9)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hub.access.scopes import SCOPES
from hub.contract import Operation, operations
from hub.harvest.founding import load_register
from tests.clients import bearing, token_of
from tests.conftest import ready
from tests.fuzzing import UNLIMITED
from tests.sending import demarche
from tests.test_push_api import Program

TELLING = re.compile(
    r"(/work/|/usr/|/home/|\.py\b|Traceback|SELECT |INSERT |sqlite|psycopg|sqlalchemy|orjson|werkzeug|"
    r"\b[A-Z]\w+(?:Error|Exception)\b|<class|line \d+|0x[0-9a-f]{6})"
)
"""What only we should know: paths, statements, classes, traces (P35)."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub that answers errors as it does in service, and counts no calls; on each database."""
    folder = tmp_path_factory.mktemp("hostile") / "instance"
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("databases").lent())
        for app in ready(folder, url, TESTING=False, PUSH_AT_ONCE=1000, **UNLIMITED):
            load_register()
            yield app


@pytest.fixture(scope="module")
def nantes(house: Flask) -> Program:
    """A program of Nantes that may do everything."""
    return Program(house)


def address(each: Operation) -> str:
    """An address of an operation, whose names lead nowhere."""
    known = {"plural": "processes", "kind": "process", "key": "demarches"}
    return each.path.format_map({name: known.get(name, "0") for name in each.arguments})


def every(app: Flask) -> list[Operation]:
    return [each for each in operations(app) if each.path.startswith("/api/")]


def sound(answer: TestResponse) -> bool:
    """Tell whether a refusal is one: no failure, no page, nothing told that only we should know."""
    if answer.status_code >= 500 or answer.mimetype == "text/html":
        return False
    return answer.status_code < 400 or not TELLING.search(answer.text)


def test_a_token_without_the_scope_is_refused_by_name(house: Flask, nantes: Program) -> None:
    for each in every(house):
        missing = [scope for scope in SCOPES if scope not in each.scopes]
        if not each.scopes or not missing:
            continue
        wrong = bearing(token_of(nantes.client.ref, *missing))
        answer = nantes.browser.open(address(each), method=each.method, headers=wrong)
        assert answer.status_code == 403, each.path
        assert each.scopes[0] in answer.get_json()["detail"]
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
        assert nantes.browser.open(address(each), method=each.method).status_code == 401


def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(house: Flask, nantes: Program) -> None:
    taken: dict[str, set[str]] = {}
    for each in every(house):
        taken.setdefault(address(each), set()).add(each.method)
    for path, methods in taken.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            answer = nantes.call(method, path)
            assert (answer.status_code, answer.mimetype) == (405, "application/problem+json"), (method, path)
            assert methods <= set(answer.headers["Allow"].split(", ")), (method, path)


def test_head_and_options_are_answered_at_every_address(house: Flask, nantes: Program) -> None:
    for each in every(house):
        told = nantes.browser.options(address(each))
        assert told.status_code == 200, each.path
        assert each.method in told.headers["Allow"].split(", ")
        if each.method == "GET":
            asked, head = (nantes.call(method, address(each)) for method in ("GET", "HEAD"))
            assert (head.status_code, head.data) == (asked.status_code, b""), each.path


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "", 'a/b; c="', "json"])
def test_a_body_of_another_type_is_refused_with_those_that_are_taken(
    house: Flask, nantes: Program, media_type: str
) -> None:
    for each in every(house):
        if each.told.get("body"):
            answer = nantes.call(each.method, address(each), data=b"{}", content_type=media_type)
            assert answer.status_code in (415, 404), (each.path, answer.text)
            if answer.status_code == 415:
                assert "application/json" in answer.get_json()["errors"][0]["expected"], each.path
    whole = nantes.call("POST", "/api/v1/push/snapshots", json={"kind": "document"}).headers.get("Location")
    if whole:
        assert nantes.call("POST", f"{whole}/records", data=b"{}", content_type=media_type).status_code == 415
        assert nantes.call("POST", f"{whole}/commit", data=b"{}", content_type=media_type).status_code == 415
        nantes.call("DELETE", whole)


def opened(program: Program) -> str:
    """The address of a snapshot of démarches that is open."""
    answer = program.call("POST", "/api/v1/push/snapshots", json={"kind": "process"})
    said = answer.get_json()
    return f"/api/v1/push/snapshots/{said['snapshot'] if answer.status_code == 201 else said['errors'][0]['value']}"


def record(**changed: Any) -> bytes:
    return json.dumps({"records": [demarche("1") | changed]}).encode()


def data(text: str) -> bytes:
    """A batch of one record, which has this text among its data."""
    return b'{"records": [{"kind": "process", "remote_id": "1", "data": {"title": "T", %s}}]}' % text.encode()


BODIES = {
    "nothing": b"",
    "deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep lists": b"[" * 10_000,
    "deep in a record": data('"summary": ' + "[" * 10_000 + "]" * 10_000),
    "less deep in a record": data('"summary": ' + "[" * 200 + "]" * 200),
    "not a number": data('"budget": NaN'),
    "infinite": data('"budget": -Infinity'),
    "too large a power": data('"budget": 1e999'),
    "two to the 70": data('"budget": 1180591620717411303424'),
    "400 digits": data('"budget": ' + "9" * 400),
    "5000 digits": data('"budget": ' + "9" * 5000),
    "minus zero": data('"budget": -0.0'),
    "not UTF-8": b'{"records": [{"kind": "\xff\xfe"}]}',
    "UTF-16": '{"records": []}'.encode("utf-16"),
    "with a mark": b"\xef\xbb\xbf" + record(),
    "half a character": data(r'"summary": "\ud800"'),
    "half a character as a key": data(r'"\ud800": "x"'),
    "half a character as a name": record(remote_id="\ud800"),
    "half a character as a kind": record(kind="\ud800"),
    "a null character": data(r'"summary": "a\u0000b"'),
    "a null character as a name": record(remote_id="a\0b"),
    "the same key twice": data('"state": "en_cours", "state": "terminee"'),
    "keys that NFC makes one": data('"é": 1, "é": 2'),
    "a number": b"12",
    "a word": b'"records"',
    "null": b"null",
    "nothing in it": b"{}",
    "no list": b'{"records": {"a": 1}}',
    "no records": b'{"records": [null, 1, "a", [], {}, true]}',
    "a kind that is a list": record(kind=["process"]),
    "a name that is a number": record(remote_id=12),
    "a name that is too long": record(remote_id="x" * 100_000),
    "data that is a list": record(data=[1]),
    "data that is null": record(data=None),
    "a revision that is a list": record(revision=[1]),
    "a revision that is a whole number with a decimal point, twice": json.dumps(
        {"records": [demarche("1") | {"revision": 1.0}, demarche("1") | {"revision": 2.0}]}
    ).encode(),
    "a revision of 400 digits": record(revision=10**399),
    "a revision that is no instant": record(revision="2026-02-30T25:61:61Z"),
    "a revision that is true": record(revision=True),
    "a revision that is negative": record(revision=-(2**63)),
    "a day that is a list": record(public_on=["2026"]),
    "a diffusion that is an object": record(diffusion={"a": 1}),
    "deleted in a word": record(deleted="oui"),
    "another metropole as an object": record(siren={"a": [1]}),
    "another metropole": b'{"siren": 1e400, "records": []}',
    "a large key": data(f'"{"k" * 70_000}": 1'),
    "many keys": data(", ".join(f'"k{rank}": 1' for rank in range(3000))),
    "SQL": record(remote_id="1'; DROP TABLE facet; --"),
    "a comma too many": b'{"records": [],}',
    "comments": b'{"records": [] /* rien */}',
    "two values": b"{} {}",
    "carriage returns": b"\r\r\r\n\n\r",
    "a line that is no JSON": b'{"kind"\n{}\n[]\nnull\n"a"\n',
    "the size of a snapshot": b'{"count": 1e400, "sha256": "' + b"0" * 64 + b'"}',
    "a huge size": b'{"count": ' + b"9" * 400 + b', "sha256": "' + b"0" * 64 + b'"}',
    "a digest with a line break": b'{"count": 0, "sha256": "' + b"0" * 64 + b'\\n"}',
    "a huge year": b'{"kind": "process", "year": ' + b"9" * 400 + b"}",
    "a true year": b'{"kind": "process", "year": true}',
    "a theme that is a list": b'{"kind": "process", "theme": ["a"]}',
    "half a theme": rb'{"kind": "process", "theme": "\ud800"}',
    "half a kind": rb'{"kind": "\ud800"}',
    "a kind that is an object": b'{"kind": {"a": 1}}',
    "half a level": rb'{"level": "\ud800"}',
    "half a statement": rb'{"level": "complete", "statement": "\ud800"}',
    "a null character in a level": rb'{"level": "a\u0000b"}',
    "a share of 400 digits": b'{"level": "partielle", "share": ' + b"9" * 400 + b"}",
    "an infinite share": b'{"level": "partielle", "share": 1e999}',
    "half an unknown field": rb'{"\ud800": 1}',
}


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson", "text/csv"])
@pytest.mark.parametrize("said", BODIES)
def test_no_body_makes_an_address_fail_or_answer_a_page(
    house: Flask, nantes: Program, said: str, media_type: str
) -> None:
    whole = opened(nantes)
    for path in [
        *(address(each) for each in every(house) if each.method == "POST"),
        *(f"{whole}/records", f"{whole}/commit", "/api/v1/push/records?dry_run=true"),
    ]:
        answer = nantes.call("POST", path, data=BODIES[said], content_type=media_type)
        assert sound(answer), (path, answer.status_code, answer.text[:500])
    for path in ("/api/v1/push/records/process/1", "/api/v1/push/coverage/process/2024"):
        answer = nantes.call("PUT", path, data=BODIES[said], content_type=media_type)
        assert sound(answer), (path, answer.status_code, answer.text[:500])
    assert nantes.call("DELETE", whole).status_code in (204, 409)


HEADERS = {
    "Content-Encoding": ("gzip", "br", "gzip, gzip", "é"),
    "If-Match": ("*", '""', 'W/"a"', "a, b", '"é"', "x" * 8000),
    "If-None-Match": ("*", '"' + "0" * 64, "é"),
    "Idempotency-Key": ("", " ", '""', "é", "x" * 300, "a\tb"),
    "Authorization": ("Bearer", "Bearer é", "Basic ???", "Bearer " + "x" * 8000, "Digest a=b"),
    "Content-Type": ("application/json; charset=utf-7", "application/json; charset=klingon", "é/é", ";;;"),
    "Accept": ("text/html", "*/*;q=zz", "é"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_makes_an_address_fail_or_answer_a_page(house: Flask, nantes: Program, name: str) -> None:
    for each in every(house):
        for value in HEADERS[name]:
            sent = {"Content-Type": "application/json", name: value}
            sent_body = {"data": record()} if each.told.get("body") else {}
            answer = nantes.call(each.method, address(each), headers=sent, **sent_body)
            assert sound(answer), (each.path, value, answer.status_code, answer.text[:500])


NAMES = (
    "%00",
    "9" * 20,
    "9" * 5000,
    "é",
    "%ff",
    "..",
    "%2e%2e%2f",
    "a/b",
    "x" * 3000,
    "'; DROP TABLE run; --",
    "%ed%a0%80",
    "a\u2028b",
    "*",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_or_parameter_makes_an_address_fail_or_answer_a_page(house: Flask, nantes: Program, name: str) -> None:
    text = name if "%" in name else quote(name)
    for each in every(house):
        known = {"plural": "processes", "kind": "process"}
        path = each.path.format_map({argument: known.get(argument, text) for argument in each.arguments})
        said = {"level": "complete"} if each.told.get("body") == "Coverage" else {"data": {"title": "T"}}
        body = {"json": said} if each.told.get("body") else {}
        for query in ("", f"?limit={text}", f"?after={text}", f"?{text}=1", f"?dry_run={text}", "?limit=1&limit=2"):
            answer = nantes.call(each.method, path + query, **body)
            assert sound(answer), (path, query, answer.status_code, answer.text[:500])


def test_what_fails_inside_is_a_problem_that_tells_nothing(tmp_path: Path) -> None:
    """A database that is lost: the only failure that an address may answer."""
    for app in ready(tmp_path / "instance", "", TESTING=False):
        load_register()
        program = Program(app)
        app.extensions["sqlalchemy"].engine.dispose()
        for file in Path(app.instance_path).glob("hub.sqlite*"):
            file.write_bytes(b"ce n'est plus une base" * 1000)
        for each in every(app):
            answer = program.call(each.method, address(each), **({"json": {}} if each.told.get("body") else {}))
            assert answer.mimetype in ("application/problem+json", "application/json"), each.path
            assert answer.status_code in (200, 400, 401, 503), (each.path, answer.status_code)
            assert not TELLING.search(answer.text) or answer.status_code == 200, answer.text
