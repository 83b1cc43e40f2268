"""What the API answers in tests, held against what it says of itself (`push-api.md` P46)."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
from flask import Flask, Response, request

from hub.contract import BLUEPRINTS, JSON, PROBLEM, document, operations
from hub.errors import MACHINES

Json = dict[str, Any]
SELF = "urn:hub:openapi"


def closed(node: Any) -> Any:
    """A form in which nothing is said that is not written: a reader may be given more some day, our tests may not."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: closed(each) for name, each in node.items()}
    if isinstance(found.get("properties"), dict) and "additionalProperties" not in found:
        found |= {"additionalProperties": False, "properties": {"notice": {"type": "string"}, **found["properties"]}}
    return found


class Contract:
    """The contract of an application, with its forms ready to be compared."""

    def __init__(self, app: Flask) -> None:
        self.document = document(app)
        self.answers = {each.endpoint: self._answers(each.path, each.method) for each in operations(app)}
        forms = self.document["components"]["schemas"]
        kept = {name for name in forms if name[0].islower()}  # the schemas of records, as they are published
        shut = {name: form if name in kept else closed(form) for name, form in forms.items()}
        said = {"components": {"schemas": shut}}
        self.registry = jsonschema_rs.Registry([(SELF, said)])
        self.validators: dict[str, Any] = {}

    def _answers(self, path: str, method: str) -> Json:
        found: Json = self.document["paths"][path][method.lower()]["responses"]
        return found

    def errors(self, reference: str, value: Any) -> list[str]:
        """What of a value is not as a form of the contract says."""
        if reference not in self.validators:
            form = {"$ref": SELF + reference}
            self.validators[reference] = jsonschema_rs.Draft202012Validator(form, registry=self.registry)
        found = self.validators[reference].iter_errors(value)
        return [f"/{'/'.join(map(str, each.instance_path))} {each.message[:200]}" for each in found]

    def wrong(self, endpoint: str, method: str, response: Response) -> list[str]:
        """What of an answer is not in the contract."""
        known = self.answers.get(endpoint)
        if known is None:
            return [f"{endpoint} is not in the contract"]
        if str(response.status_code) not in known:
            return [f"status {response.status_code} is not announced"]
        forms: Json = known[str(response.status_code)].get("content", {})
        if method == "HEAD" or response.status_code in (204, 304):
            return []
        if response.mimetype not in forms:
            return [f"{response.mimetype} is not announced for {response.status_code}"]
        if response.mimetype not in (JSON, PROBLEM):
            return []
        return self.errors(forms[response.mimetype]["schema"]["$ref"], orjson.loads(response.get_data()))


_KNOWN: list[Contract] = []


def contract(app: Flask) -> Contract:
    """The contract, read once: its forms are the same for every application."""
    if not _KNOWN:
        _KNOWN.append(Contract(app))
    return _KNOWN[0]


def watch(app: Flask) -> list[str]:
    """Hold every answer of the API against the contract; return the list in which what is wrong will be written."""
    wrong: list[str] = []

    def _look(response: Response) -> Response:
        endpoint = request.endpoint or ""
        if request.method == "OPTIONS" or response.status_code == 308:
            return response
        if endpoint.partition(".")[0] in BLUEPRINTS:
            found = contract(app).wrong(endpoint, request.method, response)
        elif not endpoint and request.path.startswith(MACHINES) and response.mimetype == PROBLEM:
            found = contract(app).errors("#/components/schemas/Problem", orjson.loads(response.get_data() or b"{}"))
        else:
            return response
        wrong.extend(f"{request.method} {request.path} → {response.status_code} : {each}" for each in found[:3])
        return response

    app.after_request_funcs.setdefault(None, []).insert(0, _look)
    return wrong
