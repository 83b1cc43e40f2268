"""Calls drawn from the contract of the API, right ones and wrong ones: no answer may break or leave the contract (P33).

Schemathesis draws the calls and judges the answers; names of runs and snapshots that exist are given half of the time.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.contract import document
from hub.harvest.founding import load_register
from schemas import KINDS
from tests.make import thing
from tests.sending import demarche
from tests.test_push_api import Program

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
UNLIMITED = {"RATE_PUSH": "9999999/minute", "RATE_PUSH_RECORDS": "999999999/day", "RATE_VALIDATE": "9999999/minute"}
HURRIED = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]


def without(node: Any, keyword: str) -> Any:
    """A document without a keyword that Schemathesis does not draw from: records are drawn a little more freely."""
    if isinstance(node, list):
        return [without(each, keyword) for each in node]
    if not isinstance(node, dict):
        return node
    return {name: without(each, keyword) for name, each in node.items() if name != keyword}


def takes(operation: Any) -> bool:
    """Tell whether an operation takes anything that may be wrong."""
    return bool(operation.body) or any(True for _ in operation.iter_parameters())


class Fuzz:
    """A program that tries every operation with a token of every scope. `statuses` counts what was answered."""

    def __init__(self, app: Flask) -> None:
        app.config.update(UNLIMITED)
        load_register()
        self.app, self.program = app, Program(app)
        self.statuses: Counter[tuple[str, int]] = Counter()
        sent = self.program.send(demarche("1"), demarche("2", ends_on="31/02/2026")).get_json()
        self.run: str = sent["run"]
        self.hub_id = thing("process", "1").id
        loaded: Any = schemathesis.openapi.from_dict(without(document(app), "dependentSchemas"))
        loaded.app = app
        self.operations = [each.ok() for each in loaded.get_all_operations()]

    def try_calls(self, calls: int, *, derandomize: bool) -> None:
        """Spread calls over the operations that take something. Raises what Schemathesis finds, reduced."""
        taking = [each for each in self.operations if takes(each)]
        for each in self.operations:
            self.try_one(each, -(-calls // len(taking)) if each in taking else 1, derandomize=derandomize)

    def try_one(self, operation: Any, cases: int, *, derandomize: bool) -> None:
        """Try an operation, rightly and wrongly in turns. Raises what is found."""
        right = operation.as_strategy(schemathesis.GenerationMode.POSITIVE)
        wrong = operation.as_strategy(schemathesis.GenerationMode.NEGATIVE)

        @settings(
            max_examples=cases,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=HURRIED,
            phases=[Phase.generate, Phase.shrink],
        )
        @given(case=st.one_of(right, wrong) if takes(operation) else right, known=st.booleans())
        def tried(case: Any, known: bool) -> None:
            if known and case.path_parameters:
                case.path_parameters |= self.known(case.operation.path, set(case.path_parameters))
            answer = case.call(headers=self.headers(operation))
            self.statuses[operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        tried()

    def headers(self, operation: Any) -> dict[str, str]:
        """Who calls: a token, or the client itself where tokens are given."""
        if operation.path.startswith("/oauth"):
            said = f"{self.program.client.ref}:{self.program.client.secret}"
            return {"Authorization": f"Basic {b64encode(said.encode()).decode()}"}
        return self.program.headers

    def known(self, path: str, names: set[str]) -> dict[str, str]:
        """What exists under the names of a path: a record, a run, or a snapshot that is open."""
        found = {"kind": "process", "remote_id": "1", "plural": "processes", "hub_id": self.hub_id, "name": "nantes"}
        if "ref" in names:
            found["ref"] = self.opened() if "snapshots" in path else self.run
        return {name: value for name, value in found.items() if name in names}

    def opened(self) -> str:
        """A snapshot that is open."""
        for kind in KINDS:
            opened = self.program.call("POST", "/api/v1/push/snapshots", json={"kind": kind})
            if opened.status_code == 201:
                return str(opened.get_json()["snapshot"])
        return str(opened.get_json()["errors"][0]["value"])
