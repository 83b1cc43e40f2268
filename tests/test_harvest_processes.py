"""Several processes, killed and paused at any instant: one of them works, and the end is the same (§4, §6)."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from connectors.fetch import Fetch
from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.follow import Following, Traffic
from hub.harvest.ingest import context_of
from hub.harvest.memory import Remembering
from hub.harvest.options import endpoint_of, manners
from hub.harvest.perform import reading_of, start
from hub.harvest.queue import EXHAUSTED, claim
from hub.harvest.tick import tick
from hub.models import Exchange, Facet, Notice, Run, RunSeen, Source
from tests.conftest import ready
from tests.forked import Forked
from tests.harvesting import again, harvest, in_force, plain_source, presences, reading_plain, run_of
from tests.platforms import plain
from tests.platforms.plain import Plain
from tests.worker import worker


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A hub whose clock is the real one."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    with reading_plain():
        yield from ready(tmp_path / "instance", url, ALLOW_PRIVATE_NETWORKS=True, CLOCK="", LEASE_SECONDS=2)


class Workers:
    """Processes of this test, ended with it."""

    def __init__(self, app: Flask) -> None:
        self.app, self.started = app, list[Forked]()

    def run(self, action: str = "work") -> Forked:
        """Start one."""
        self.started.append(worker(self.app.instance_path, self.app.config["DATABASE_URL"], action))
        return self.started[-1]

    def finished(self) -> None:
        """Wait for all; none may have failed but those that were killed."""
        for each in self.started:
            each.ended()


@pytest.fixture
def workers(hub: Flask) -> Iterator[Workers]:
    """Workers of this hub."""
    made = Workers(hub)
    yield made
    for each in made.started:
        each.kill()


def filled(platform: Plain, number: int) -> None:
    for rank in range(1, number + 1):
        platform.put(str(rank))


class Gate:
    """Holds the platform at one request until the test lets it go."""

    def __init__(self, platform: Plain, rank: int) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        platform.answering = lambda _handler, at: at == rank and self._hold()

    def _hold(self) -> bool:
        self.reached.set()
        self.open.wait(60)
        return False


def until(condition: Any, seconds: float = 60) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_several_workers_and_ticks_at_once_read_each_due_source_once(hub: Flask, workers: Workers) -> None:
    platforms = [Plain() for _ in range(8)]
    for rank, platform in enumerate(platforms):
        for name in "123":
            platform.put(name, title=f"Chose {name} de {rank}")
        plain_source(platform, f"essai-{rank}", next_due=iso(now()), siren=None)
    ticks = [workers.run("tick") for _ in range(3)]
    for each in ticks:
        each.ended()
    for _ in range(4):
        workers.run()
    workers.finished()
    db.session.rollback()
    assert [run.state for run in db.session.scalars(select(Run))] == ["complete"] * 8
    assert [sorted(platform.pages_asked) for platform in platforms] == [[1, 2]] * 8
    for platform in platforms:
        platform.close()


def test_one_host_is_never_asked_by_two_runs_at_once(hub: Flask, workers: Workers, platform: Plain) -> None:
    filled(platform, 6)
    platform.answering = lambda _handler, _rank: bool(time.sleep(0.05))
    for rank in range(4):
        start(plain_source(platform, f"essai-{rank}", siren=None), "cli")
    for _ in range(4):
        workers.run()
    workers.finished()
    db.session.rollback()
    assert [run.state for run in db.session.scalars(select(Run))] == ["complete"] * 4
    assert (platform.together, len(platform.asked)) == (1, 12)


def test_a_paused_worker_that_wakes_up_changes_nothing(hub: Flask, workers: Workers, platform: Plain) -> None:
    filled(platform, 6)
    run_id = start(plain_source(platform), "cli", full=True)
    gate = Gate(platform, 2)
    paused = workers.run()
    assert gate.reached.wait(60)
    os.kill(paused.pid, signal.SIGSTOP)
    time.sleep(2.5)
    platform.answering = lambda _handler, _rank: False
    workers.run().ended()
    assert run_of(run_id).state == "complete"
    before = in_force()
    gate.open.set()
    os.kill(paused.pid, signal.SIGCONT)
    assert any("lost" in line for line in paused.ended())
    assert in_force() == before
    assert run_of(run_id).attempt == 2


def test_a_killed_worker_is_replaced_and_no_committed_page_is_asked_again(
    hub: Flask, workers: Workers, platform: Plain
) -> None:
    filled(platform, 12)
    run_id = start(plain_source(platform), "cli", full=True)
    gate = Gate(platform, 4)
    killed = workers.run()
    assert gate.reached.wait(60)
    killed.kill()
    gate.open.set()
    workers.run()
    workers.finished()
    run = run_of(run_id)
    assert (run.state, run.attempt, run.pages, run.counts["created"]) == ("complete", 2, 6, 12)
    assert platform.pages_asked == [1, 2, 3, 4, 4, 5, 6]
    assert set(presences().values()) == {"present"}


def test_three_dead_attempts_close_the_run_and_the_operator_is_told_once(
    hub: Flask, workers: Workers, platform: Plain
) -> None:
    filled(platform, 6)
    source = plain_source(platform)
    run_id = start(source, "cli", full=True)
    for attempt in range(3):
        gate = Gate(platform, len(platform.asked) + 1)
        killed = workers.run()
        assert gate.reached.wait(60)
        killed.kill()
        gate.open.set()
        assert run_of(run_id).attempt == attempt + 1
    assert claim() is None
    tick()
    tick()
    run = run_of(run_id)
    assert (run.state, run.cause, run.message) == ("failed", "system", EXHAUSTED)
    assert db.session.scalars(select(Notice.role)).all() == ["exploitant"]
    platform.answering = lambda _handler, _rank: False
    run_id = start(again(source), "cli", full=True)
    workers.run()
    workers.finished()
    assert run_of(run_id).state == "complete"


def test_the_lease_of_a_run_that_waits_for_its_platform_is_kept(hub: Flask, workers: Workers, platform: Plain) -> None:
    filled(platform, 2)
    run_id = start(plain_source(platform), "cli", full=True)
    gate = Gate(platform, 1)
    workers.run()
    assert gate.reached.wait(60)
    with writing() as connection:
        connection.execute(update(Run).values(lease_owner="ailleurs:1"))
    time.sleep(4)
    assert claim(run_id) is None
    gate.open.set()
    workers.finished()
    assert (run_of(run_id).state, run_of(run_id).attempt) == ("complete", 1)


def prepare(platform: Plain) -> None:
    platform.things.clear()
    platform.now = "2026-01-01T00:00:00Z"
    filled(platform, 8)


def alter(platform: Plain) -> None:
    platform.now = "2026-01-02T00:00:00Z"
    platform.put("2", title="Autre")
    platform.put("9")
    platform.put("5", title="")
    platform.remove("7")


def timeless(state: dict[str, Any]) -> dict[str, Any]:
    """The same without instants."""
    return {**state, "sources": [(row[0], row[1], row[3], row[4]) for row in state["sources"]]}


def test_killed_at_any_instant_the_end_is_that_of_an_undisturbed_run(
    hub: Flask, workers: Workers, platform: Plain, tmp_path: Path
) -> None:
    platform.answering = lambda _handler, _rank: bool(time.sleep(0.03))
    source = plain_source(platform)
    prepare(platform)
    start(source, "cli", full=True)
    workers.run().ended()
    alter(platform)
    start(again(source), "cli", full=True)
    drawn = random.Random(7)
    for _ in range(6):
        process = workers.run()
        process.ready()
        time.sleep(drawn.uniform(0.01, 0.5))
        process.kill()
        with writing() as connection:  # deaths in a row are another test's matter
            connection.execute(update(Run).where(Run.state == "running").values(attempt=1))
    workers.run()
    workers.finished()
    disturbed = timeless(in_force())
    assert db.session.query(RunSeen).count() == 0
    assert db.session.query(Exchange).count() == 7
    for _ in ready(tmp_path / "calm", "", ALLOW_PRIVATE_NETWORKS=True, RUN_IDS="sequence"):
        prepare(platform)
        calm = plain_source(platform)
        harvest(calm, full=True)
        alter(platform)
        harvest(calm, full=True)
        assert timeless(in_force()) == disturbed


def test_a_run_killed_between_its_last_page_and_its_close_is_complete(
    hub: Flask, workers: Workers, platform: Plain
) -> None:
    filled(platform, 4)
    run_id = start(plain_source(platform), "cli", full=True)
    lease = claim(run_id)
    assert lease is not None
    read_all_pages(lease)
    with writing() as connection:
        connection.execute(update(Run).values(lease_owner="ailleurs:1", lease_until="2020-01-01T00:00:00Z"))
    workers.run()
    workers.finished()
    assert (run_of(run_id).state, run_of(run_id).walk) == ("complete", "ended")
    assert platform.pages_asked == [1, 2]


def read_all_pages(lease: Any) -> None:
    """What a worker does before it closes its run."""
    source = db.session.get_one(Source, lease.source_id)
    memory = Remembering(lease, reading_of(plain.MODULE, source), ())
    fetch = Fetch(manners(plain.MODULE), memory)
    following = Following(lease, context_of(source), Traffic(fetch, memory, Counter()))
    assert following.follow(plain.harvest(endpoint_of(source), fetch)).ended
    db.session.rollback()
    assert db.session.query(Facet).count() == 0
