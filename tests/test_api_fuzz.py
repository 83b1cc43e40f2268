"""Every operation of the API, called rightly and wrongly: it never breaks, and answers what its contract says (P33)."""

from __future__ import annotations

import os

import pytest
from flask import Flask

from hub.contract import operations
from tests.fuzzing import Fuzz

CALLS = 400
"""The test takes less than a minute; `make fuzz` tries many more."""


@pytest.mark.filterwarnings("default")
def test_calls_drawn_from_the_contract_get_answers_of_the_contract(sqlite_app: Flask) -> None:
    fuzz = Fuzz(sqlite_app)
    fuzz.try_calls(CALLS, derandomize=os.environ.get("CI") == "true")
    tried = {label for label, _ in fuzz.statuses}
    assert tried == {f"{each.method} {each.path}" for each in operations(sqlite_app)}
    assert {200, 201, 400, 404, 409, 422} <= {status for _, status in fuzz.statuses}, fuzz.statuses
