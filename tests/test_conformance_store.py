"""Every built-in connector before its simulated platforms, on the real engine: the groups that need the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hub.harvest.perform import perform
from hub.harvest.queue import claim
from tests.conformance.breaking import killed
from tests.conformance.desk import Desk
from tests.conformance.groups import STORED
from tests.conformance.trials import TRIALS
from tests.conftest import ready
from tests.harvesting import run_of

CLOCK = "2027-01-31T12:00:00Z"
"""After all that the simulated platforms say of the past."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One hub for all trials: each has sources of its own."""
    yield from ready(tmp_path_factory.mktemp("kit") / "instance", "", ALLOW_PRIVATE_NETWORKS=True, CLOCK=CLOCK)


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    running = Desk(request.param)
    yield running
    running.close()


@pytest.mark.parametrize("group", STORED)
@pytest.mark.parametrize("desk", TRIALS, indirect=True)
def test_a_connector_conforms_in_the_store(
    stored: Flask, desk: Desk, group: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    STORED[group](desk)
    assert not any(canary in caplog.text for canary in desk.site.canaries)


@pytest.mark.parametrize("at", [3, 9, 13, 16, 19, 22])
def test_a_list_read_twice_because_it_moved_is_whole_though_its_reader_was_killed(stored: Flask, at: int) -> None:
    desk = Desk("decidim")
    desk.site.turn("page_shift")
    source = desk.source()
    run_id = killed(desk, source, at)
    lease = claim(run_id)
    assert lease is not None
    perform(lease)
    assert run_of(run_id).walk == "ended"
    assert desk.state(source).keys() == desk.expected()
    desk.close()
