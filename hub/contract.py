"""The contract of the API, told to programs (OpenAPI 3.1, `push-api.md` §13) and to people (`/api`), from one table.

`hub/data/operations.json` says in French what each view of the API does, by endpoint; `hub/data/openapi.json` the forms
of what it takes and answers. Addresses, methods, scopes, kinds, rules and limits are read where they are decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from werkzeug.routing import Rule

from hub.access.declared import scopes_of
from hub.access.limits import HEADERS
from hub.access.scopes import SCOPES, in_order
from hub.config import SETTINGS
from hub.errors import SENTENCES
from hub.models.run import MODE_LABELS, STATE_LABELS, TRIGGER_LABELS, WRITER_LABELS
from hub.push.report import ALWAYS, COUNTS
from schemas import KINDS, documents, rules

Json = dict[str, Any]
DATA = Path(__file__).parent / "data"
BLUEPRINTS = ("api", "oauth", "keys")
"""Whose views programs call: each stands in the table."""
LIMITS = (
    *("PUSH_BODY_BYTES", "PUSH_UNPACKED_BYTES", "PUSH_BATCH_JSON", "PUSH_BATCH", "PUSH_SNAPSHOT", "PUSH_AT_ONCE"),
    *("RATE_PUSH", "RATE_PUSH_RECORDS", "RATE_READS", "RATE_VALIDATE", "RATE_TOKENS", "TOKEN_SECONDS", "API_PAGE_MAX"),
)
READS = "/api/v1"
"""Where reads without a token are counted by address."""
PROBLEM, JSON = "application/problem+json", "application/json"
_ANY = re.compile(r"<any\(([^)]*)\):(\w+)>")
_ARGUMENT = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


@dataclass(frozen=True)
class Leaving:
    """An operation that will end: since when it is deprecated, when it ends, the page that says what to use instead."""

    since: date
    sunset: date
    link: str


LEAVING: dict[str, Leaving] = {}
"""By endpoint, the operations that will end, each announced twelve months ahead at least (RFC 9745, RFC 8594)."""


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `scopes`: a token bears one of them at least; where there are none, none is asked."""

    endpoint: str
    method: str
    path: str
    scopes: tuple[str, ...]
    told: Mapping[str, Any]
    choices: Mapping[str, tuple[str, ...]]

    @property
    def counted(self) -> bool:
        """Return whether each answer says how many calls are left: to a client, or to an address that reads."""
        return bool(self.scopes) or (self.method == "GET" and self.path.startswith(READS))

    @property
    def arguments(self) -> list[str]:
        """Return the names in its path."""
        return re.findall(r"{(\w+)}", self.path)


def operations(app: Flask) -> list[Operation]:
    """Return the operations of an application in the order of the table, with what its URL map says of each."""
    table = _read("operations")
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules() if rule.endpoint in table}
    return [_operation(app, rules[endpoint], told) for endpoint, told in table.items()]


def document(app: Flask) -> Json:
    """Return the OpenAPI 3.1 document of an application, with its own limits."""
    found = _read("openapi")
    parts = found["components"]
    parts["schemas"] |= {**_words(), **_records()}
    parts["securitySchemes"] = _security()
    parts["parameters"]["limit"]["schema"] |= {
        "maximum": app.config["API_PAGE_MAX"],
        "default": app.config["API_PAGE_SIZE"],
    }
    parts["schemas"]["Batch"]["properties"]["records"]["maxItems"] = app.config["PUSH_BATCH_JSON"]
    paths: dict[str, Json] = {}
    for each in operations(app):
        paths.setdefault(each.path, {})[each.method.lower()] = _told(each)
    return {**found, "paths": paths, "x-limits": {row["name"]: row["value"] for row in limits(app)}}


def limits(app: Flask) -> list[Json]:
    """Return the limits of an application: `name`, `value`, `meaning` in French."""
    meaning = {setting.name: setting.meaning for setting in SETTINGS}
    return [{"name": name, "value": app.config[name], "meaning": meaning[name]} for name in LIMITS]


@cache
def _bytes(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def _read(name: str) -> Json:
    found: Json = orjson.loads(_bytes(name))
    return found


def _operation(app: Flask, rule: Rule, told: Mapping[str, Any]) -> Operation:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    choices = {name: tuple(words.split(", ")) for words, name in _ANY.findall(rule.rule)}
    scopes = tuple(in_order(scopes_of(app, rule.endpoint)))
    return Operation(rule.endpoint, method, _ARGUMENT.sub(r"{\1}", rule.rule), scopes, told, choices)


def _told(each: Operation) -> Json:
    """Return an operation as OpenAPI writes it."""
    said: Json = {"operationId": each.endpoint.partition(".")[2], "tags": [each.told["tag"]]}
    said |= {name: each.told[name] for name in ("summary", "description") if name in each.told}
    if parameters := [*_path_parameters(each), *_parameters(each.told.get("parameters", ()))]:
        said["parameters"] = parameters
    if "body" in each.told:
        said["requestBody"] = {"$ref": f"#/components/requestBodies/{each.told['body']}"}
    said["responses"] = _responses(each)
    said["security"] = [{"clientCredentials": [scope]} for scope in each.scopes]
    if each.endpoint.startswith("oauth.") and each.method == "POST":
        said["security"] = [{"clientSecret": []}, {}]
    if "scope" in each.told:
        said["security"] = [{}, {"clientCredentials": [each.told["scope"]]}]
    if each.endpoint in LEAVING:
        said["deprecated"] = True
    return said


def _parameters(names: Iterable[str]) -> Iterator[Json]:
    return ({"$ref": f"#/components/parameters/{name}"} for name in names)


def _path_parameters(each: Operation) -> Iterator[Json]:
    """Yield the parameters of the path; one that takes few words says which."""
    known = _read("openapi")["components"]["parameters"]
    for name in each.arguments:
        if name in each.choices:
            yield known[name] | {"schema": {"enum": list(each.choices[name])}}
        else:
            yield from _parameters([name])


def _responses(each: Operation) -> Json:
    """Return the answers, then the problems: those of the operation, of any address, of names in it, of tokens."""
    found: Json = {status: _answer(form, status, each) for status, form in each.told["answers"].items()}
    errors = {400, 503, *each.told.get("errors", ())}
    errors |= ({404} if each.arguments else set()) | ({401, 403} if each.scopes else set())
    errors |= {429} if each.counted else set()
    for status in map(str, sorted(errors)):
        answer = found.setdefault(status, {"description": _phrase(status)})
        answer.setdefault("content", {})[PROBLEM] = {"schema": {"$ref": "#/components/schemas/Problem"}}
        if status in ("401", "429"):
            name = "WWW-Authenticate" if status == "401" else "Retry-After"
            answer.setdefault("headers", {})[name] = {"schema": {"type": "string"}}
    return dict(sorted(found.items()))


def _answer(form: str | None, status: str, each: Operation) -> Json:
    said: Json = {"description": _phrase(status)}
    if form == "text/csv":
        said["content"] = {form: {"schema": {"type": "string"}}}
    elif form:
        said["content"] = {JSON: {"schema": {"$ref": f"#/components/schemas/{form}"}}}
    if each.counted:
        said["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
    return said


def _phrase(status: str) -> str:
    words = {200: "Lu", 201: "Créé", 202: "Attend une décision", 204: "Fait", 304: "Inchangé"}
    return words.get(int(status)) or SENTENCES.get(int(status), (HTTPStatus(int(status)).phrase,))[0]


def _security() -> Json:
    scopes = {scope.name: scope.label for scope in SCOPES.values()}
    flow = {"tokenUrl": "/oauth/token", "scopes": scopes}
    basic = "L'identifiant et le secret d'un client ; ou, sans eux, une assertion signée dans le formulaire."
    return {
        "clientCredentials": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "clientSecret": {"type": "http", "scheme": "basic", "description": basic},
    }


def _words() -> Json:
    """Return the closed lists of words that answers use, each word with what it says."""
    kinds = {kind: str(documents()[kind]["title"]) for kind in KINDS}
    scopes = {scope.name: scope.label for scope in SCOPES.values()}
    broken = {code: str(row["title"]) for code, row in rules().items()}
    lists = {"Kind": kinds, "Scope": scopes, "Rule": broken, "Writer": WRITER_LABELS, "RunState": STATE_LABELS}
    lists |= {"Trigger": TRIGGER_LABELS, "Mode": MODE_LABELS}
    found: Json = {
        name: {"oneOf": [{"const": code, "title": said} for code, said in words.items()]}
        for name, words in lists.items()
    }
    counts = {name: {"type": "integer", "minimum": 0} for name in COUNTS}
    return found | {"Counts": {"type": "object", "required": list(ALWAYS), "properties": counts}}


def _records() -> Json:
    """Return the schemas of records as they are published, and a record that is sent: of one kind, or withdrawn."""
    found: Json = {name: _within(documents()[name]) for name in ("common", "record", *KINDS)}
    fields = {
        name: {"$ref": f"#/components/schemas/record/properties/{name}"} for name in found["record"]["properties"]
    }
    sent = {"type": "object", "additionalProperties": False, "required": ["kind", "remote_id", "data"]}
    found["Data"] = {"anyOf": [{"$ref": f"#/components/schemas/{kind}"} for kind in KINDS]}
    found["Record"] = {
        "oneOf": [
            *(
                sent | {"title": found[kind]["title"], "properties": fields | _of(kind) | {"deleted": {"const": False}}}
                for kind in KINDS
            ),
            sent
            | {"title": "Fiche retirée", "required": ["kind", "remote_id", "deleted"]}
            | {"properties": fields | {"deleted": {"const": True}}},
        ]
    }
    return found


def _of(kind: str) -> Json:
    return {"kind": {"const": kind}, "data": {"$ref": f"#/components/schemas/{kind}"}}


def _within(node: Any) -> Any:
    """Return a published schema with its references leading to the components of the document."""
    if isinstance(node, list):
        return [_within(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _within(value) for key, value in node.items() if key not in ("$id", "$schema")}
    if "$ref" in found:
        found["$ref"] = found["$ref"].replace("/schemas/", "#/components/schemas/").replace(".json#", "")
    return found
