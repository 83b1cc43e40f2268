"""The contract of the API: OpenAPI 3.1, whole, true, and kept from one version to the next (`push-api.md` §13)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

import schemas
from hub.access.scopes import SCOPES
from hub.contract import BLUEPRINTS, LEAVING, LIMITS, Leaving, document, operations
from hub.harvest.founding import load_register
from schemas import KINDS
from tests.contract import Contract, contract
from tests.test_push_api import Program

ADDRESS = "/api/v1/openapi.json"
FROZEN = Path(__file__).parent / "contracts"


def test_the_document_is_openapi_3_1(sqlite_app: Flask) -> None:
    answer = sqlite_app.test_client().get(ADDRESS)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told = answer.get_json()
    assert told["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(told).validate()


def test_every_route_of_the_api_is_in_the_document_and_the_reverse(sqlite_app: Flask) -> None:
    routes = {rule.endpoint for rule in sqlite_app.url_map.iter_rules() if rule.endpoint.split(".")[0] in BLUEPRINTS}
    assert {each.endpoint for each in operations(sqlite_app)} == routes
    paths = document(sqlite_app)["paths"]
    told = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    ruled = {
        (re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in sqlite_app.url_map.iter_rules()
        if rule.endpoint in routes
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == ruled


def test_the_schemas_of_records_are_those_that_are_published(sqlite_app: Flask) -> None:
    client, told = sqlite_app.test_client(), document(sqlite_app)["components"]["schemas"]
    for name in ("common", "record", *KINDS):
        published = json.loads(client.get(f"/schemas/{name}.json").data)
        text = json.dumps({key: value for key, value in published.items() if key not in ("$id", "$schema")})
        text = text.replace('"#/', f'"/schemas/{name}.json#/')
        expected = re.sub(r'"/schemas/(\w+)\.json#?', r'"#/components/schemas/\1', text)
        assert told[name] == json.loads(expected), name


def test_scopes_rules_and_limits_are_those_of_the_hub(sqlite_app: Flask) -> None:
    sqlite_app.config["PUSH_BATCH_JSON"] = 17
    told = document(sqlite_app)
    flow = told["components"]["securitySchemes"]["clientCredentials"]["flows"]["clientCredentials"]
    assert list(flow["scopes"]) == list(SCOPES)
    rules = {each["const"]: each["title"] for each in told["components"]["schemas"]["Rule"]["oneOf"]}
    assert rules == {code: row["title"] for code, row in schemas.rules().items()}
    assert told["components"]["schemas"]["Batch"]["properties"]["records"]["maxItems"] == 17
    assert set(told["x-limits"]) == set(LIMITS)
    for each in operations(sqlite_app):
        said = told["paths"][each.path][each.method.lower()]["security"]
        asked = [scope for one in said for scope in one.get("clientCredentials", ())]
        assert asked == [*each.scopes, *([each.told["scope"]] if "scope" in each.told else [])], each.endpoint


def test_each_rule_has_its_page(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    for rule in schemas.rules():
        assert client.get(f"/problems/{rule}").status_code == 200, rule


class Reader:
    """A program that knows the API by its document alone."""

    def __init__(self, app: Flask) -> None:
        load_register()
        self.contract, self.program, self.told = Contract(app), Program(app), document(app)
        self.app, self.done = app, set[str]()
        self.names = {"kind": "process", "remote_id": "118", "name": "nantes", "plural": "processes"}
        self.names |= {"covered_year": "2024", "key": "demarches"}

    def do(self, operation_id: str, **changed: Any) -> Any:
        """Call an operation with its own examples; return the answer, which must be a good one."""
        path, method, told = next(
            (path, method, told)
            for path, methods in self.told["paths"].items()
            for method, told in methods.items()
            if told["operationId"] == operation_id
        )
        asked: dict[str, Any] = {}
        if "requestBody" in told:
            media_type, content = self._body(told)
            value = content["example"] | changed if isinstance(content.get("example"), dict) else changed
            assert not self.contract.errors(content["schema"]["$ref"], value), operation_id
            asked = {"json": value} if media_type == "application/json" else {"data": value}
        if operation_id in ("token", "revoke", "introspect"):
            asked |= {"auth": (self.program.client.ref, self.program.client.secret)}
            answer = self.program.browser.open(path, method=method.upper(), **asked)
        else:
            answer = self.program.call(method.upper(), path.format_map(self.names), **asked)
        assert answer.status_code < 300, (operation_id, answer.text)
        self.done.add(operation_id)
        return answer.get_json(silent=True)

    def in_sandbox(self, operation_id: str) -> None:
        """Call an operation as a client of the sandbox."""
        kept, self.program = self.program, Program(self.app, environment="sandbox")
        self.do(operation_id)
        self.program = kept

    def _body(self, told: Any) -> tuple[str, Any]:
        body = self.told["components"]["requestBodies"][told["requestBody"]["$ref"].rsplit("/", 1)[1]]
        return next(iter(body["content"].items()))


def test_the_examples_of_the_document_succeed_in_their_order(app: Flask) -> None:
    reader = Reader(app)
    for each in ("index", "openapi", "list_metropoles", "metropole", "jwks", "metadata", "validate", "me",
                 "list_indicators", "read_indicator", "list_measures"):  # fmt: skip
        reader.do(each)
    token = reader.do("token")["access_token"]
    reader.names["ref"] = reader.do("send_records")["run"]
    for each in ("list_runs", "read_run", "run_issues", "run_issues_sheet", "read_record", "put_record"):
        reader.do(each)
    reader.names["hub_id"] = reader.do("things")["items"][0]["id"]
    reader.do("thing")
    assert [each["op"] for each in reader.do("changes")["changes"]] == ["created", "updated"]
    reader.names["ref"] = reader.do("open_one")["snapshot"]
    reader.do("add_records")
    known = reader.do("read_snapshot")
    reader.do("commit_one", count=known["count"], sha256=known["sha256"])
    reader.names["ref"] = reader.do("open_one")["snapshot"]
    for each in ("abandon_one", "delete_record", "state_coverage"):
        reader.do(each)
    reader.in_sandbox("reset_sandbox")
    assert reader.do("introspect", token=token)["active"] is True
    reader.do("revoke", token=token)
    assert reader.do("introspect", token=token) == {"active": False}
    assert reader.done == {each.endpoint.split(".")[1] for each in operations(app)}


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson", "text/csv"])
def test_the_example_of_each_form_of_a_batch_is_taken(sqlite_app: Flask, media_type: str) -> None:
    reader = Reader(sqlite_app)
    example = reader.told["components"]["requestBodies"]["Batch"]["content"][media_type]["example"]
    body = example if isinstance(example, str) else json.dumps(example)
    query = "?kind=process" if media_type == "text/csv" else ""
    sent = reader.program.call("POST", f"/api/v1/push/records{query}", data=body.encode(), content_type=media_type)
    assert [each["status"] for each in sent.get_json()["results"]] == ["created"], sent.text


def test_the_documented_digest_of_a_snapshot_is_the_one_that_the_hub_computes(sqlite_app: Flask) -> None:
    """The lines that `/api` shows, run as they stand."""
    page = sqlite_app.test_client().get("/api").text
    (code,) = re.findall(r'<pre[^>]*id="empreinte"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    records = [{"remote_id": name, "data": {"title": f"Été {name}", "state": "en_cours"}} for name in ("b", "é", "a")]
    said: dict[str, Any] = {"records": records}
    exec(code.replace("&#34;", '"').replace("&#39;", "'").replace("&lt;", "<"), said)
    reader = Reader(sqlite_app)
    reader.names["ref"] = reader.do("open_one")["snapshot"]
    reader.do("add_records", records=[{"kind": "process", **each} for each in records])
    known = reader.do("read_snapshot")
    assert (said["count"], said["sha256"]) == (known["count"], known["sha256"])
    assert known["sha256"] != hashlib.sha256(b"").hexdigest()


def test_what_is_not_in_the_contract_is_seen(sqlite_app: Flask) -> None:
    """The witness itself: an answer with one field more, one less, or a status that nothing announces."""
    known = contract(sqlite_app)
    problem = {"type": "about:blank", "title": "x", "status": 400, "detail": "x", "instance": "/"}
    assert known.errors("#/components/schemas/Problem", problem) == []
    assert known.errors("#/components/schemas/Problem", problem | {"trace": "x"})
    assert known.errors("#/components/schemas/Problem", {"type": "about:blank"})
    answer = sqlite_app.response_class(b"{}", 418, mimetype="application/json")
    assert known.wrong("api.index", "GET", answer) == ["status 418 is not announced"]
    assert known.wrong("api.forgotten", "GET", answer) == ["api.forgotten is not in the contract"]
    html = sqlite_app.response_class("<p>", 200, mimetype="text/html")
    assert known.wrong("api.index", "GET", html) == ["text/html is not announced for 200"]


def test_an_operation_that_will_end_says_so_in_each_answer(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sqlite_app.test_client()
    assert "Deprecation" not in client.get("/api/v1").headers
    leaving = Leaving(date(2027, 1, 1), date(2028, 1, 1), "/api#versions")
    monkeypatch.setitem(LEAVING, "api.index", leaving)
    for answer in (client.get("/api/v1"), client.get("/api/v1?inconnu=1")):
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        assert 'rel="deprecation"' in answer.headers["Link"]
    assert "Sunset" not in client.get("/api/v1/metropoles").headers
    assert document(sqlite_app)["paths"]["/api/v1"]["get"]["deprecated"] is True
    assert "1er janvier 2028" in client.get("/api").text


def test_what_will_end_is_announced_twelve_months_ahead() -> None:
    for endpoint, leaving in LEAVING.items():
        assert (leaving.sunset - leaving.since).days >= 365, endpoint


@pytest.mark.parametrize("kind", [*KINDS, "record"])
def test_what_was_valid_in_this_major_version_still_is(kind: str) -> None:
    """P47: a change of schema that breaks an old example moves the major version, and freezes new examples."""
    file = FROZEN / f"examples-{schemas.VERSION.partition('.')[0]}.json"
    assert file.exists(), f"freeze the examples of this major version in {file.name}"
    for example in json.loads(file.read_bytes())[kind]:
        problems = schemas.check_record(example) if kind == "record" else schemas.check(kind, example)
        assert not [each for each in problems if each.severity == "error"], (kind, example)


def test_a_visitor_is_told_where_the_api_is_described(client: FlaskClient) -> None:
    told = client.get("/api/v1").get_json()
    for name in ("openapi", "documentation", "schemas"):
        assert client.get(told[name]).status_code == 200
