"""Every built-in connector before its simulated platforms, group after group of the conformance kit."""

from __future__ import annotations

import pytest

from connectors import BUILT_IN
from connectors.testing.report import GROUPS, check, failures, table
from tests.conformance.trials import TRIALS


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("trial", TRIALS)
def test_a_connector_conforms(trial: str, group: str) -> None:
    module, start = TRIALS[trial]
    found = check(module, start, [group])
    assert failures(module, found) == [], table(module, found, [group])


def test_every_built_in_connector_is_tried() -> None:
    assert {module.NAME for module, _ in TRIALS.values()} == set(BUILT_IN)
