"""The worker as it is run: real processes, real signals, several at once (H9)."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.db import db, writing
from hub.harvest.founding import load_register
from hub.harvest.registry import propose, step
from hub.models import Facet, Pulse, Run, Source
from tests.command import WINNERS, Instance, environment
from tests.forked import Forked, start
from tests.make import NANTES
from tests.platforms.opendatasoft import DATASET, Portal, project


@pytest.fixture
def hub(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "instance", TICK_SECONDS=1)
    instance("init")
    with instance.inside():
        load_register()
    return instance


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal([project(number) for number in range(10)])
    yield running
    running.close()


def test_a_worker_carries_neither_pages_nor_migrations() -> None:
    asked = "import sys; from hub.cli.main import hub; hub.get_command(None, 'worker'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], env=environment(), capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "hub.harvest.worker" in loaded
    assert not loaded & {"hub.pages", "hub.api", "hub.app", "hub.demo", "alembic", "gunicorn"}


def started(hub: Instance, *words: str) -> subprocess.Popen[str]:
    """A command as a process."""
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(hub.words(*words), env=environment(), text=True, **piped)


def forked(hub: Instance, rank: int, *words: str) -> Forked:
    """A command as a process that writes in a file of its own."""
    said = hub.folder / f"dit-{rank}"
    return start(("--instance", str(hub.folder), *words), {1: said, 2: said})


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and all it said, once it is over."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def runs(hub: Instance) -> list[Run]:
    with hub.inside():
        found = list(db.session.scalars(select(Run).order_by(Run.id)))
        db.session.expunge_all()
        return found


def wait_for(hub: Instance, state: str, patience: float = 60) -> Run:
    """The last run, once it is in that state."""
    deadline = time.monotonic() + patience
    while not (found := runs(hub)) or found[-1].state != state:
        assert time.monotonic() < deadline, [run.state for run in found]
        time.sleep(0.1)
    return found[-1]


def make_due(hub: Instance) -> None:
    """All accepted sources with an address are due since a minute ago."""
    with hub.inside(), writing() as connection:
        chosen = (Source.url.is_not(None), Source.state == "accepted")
        connection.execute(update(Source).where(*chosen).values(next_due=a_minute_ago()))


def a_minute_ago() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))


def test_a_worker_reads_what_is_due_and_stops_when_asked(hub: Instance, portal: Portal) -> None:
    hub.accept("essai", portal, "--frequency", "daily")
    make_due(hub)
    worker = started(hub, "worker")
    run = wait_for(hub, "complete")
    worker.send_signal(signal.SIGTERM)
    code, told = ended(worker)
    assert (code, run.trigger) == (0, "schedule")
    assert "le travailleur est prêt" in told
    assert re.search(r"essai : complète \(11 lues, 11 nouvelles", told)
    assert "le travailleur s'arrête" in told
    with hub.inside():
        assert db.session.scalar(select(Pulse.at))
        assert db.session.query(Facet).count() == 11


def test_a_worker_stopped_in_the_middle_finishes_its_page_and_another_goes_on(hub: Instance, portal: Portal) -> None:
    portal.rows = [project(number) for number in range(500)]
    portal.on_page = lambda _offset: time.sleep(0.7)
    hub.accept("essai", portal)
    hub("harvest", "essai", "--no-wait")
    worker = started(hub, "worker")
    wait_for(hub, "running")
    while not runs(hub)[-1].pages:
        time.sleep(0.1)
    worker.send_signal(signal.SIGTERM)
    code, told = ended(worker)
    assert code == 0
    run = runs(hub)[-1]
    assert (run.state, run.lease_owner, run.attempt) == ("queued", None, 0)
    assert 0 < run.pages < 6
    assert "essai : en attente de départ" in told
    portal.on_page = int
    assert ended(started(hub, "worker", "--once"))[0] == 0
    (run,) = runs(hub)
    assert (run.state, run.counts["received"]) == ("complete", 501)
    offsets = [params["offset"] for path, params, _ in portal.asked if path.endswith("/records")]
    assert max(Counter(offsets).values()) == 1


def test_a_second_signal_does_no_harm(hub: Instance) -> None:
    worker = started(hub, "worker")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not pulse(hub):
        time.sleep(0.1)
    worker.send_signal(signal.SIGINT)
    worker.send_signal(signal.SIGTERM)
    assert ended(worker)[0] == 0


def pulse(hub: Instance) -> str | None:
    with hub.inside():
        return db.session.scalar(select(Pulse.at))


def accept_all(hub: Instance, portals: list[Portal]) -> None:
    with hub.inside():
        for rank, each in enumerate(portals):
            options = {"dataset": DATASET, "mapping": WINNERS}
            row = {"connector": "opendatasoft", "url": each.url, "options": options, "frequency": "daily"}
            source = propose({"slug": f"essai-{rank:02}", "name": "Essai", "siren": NANTES, **row}, "essai")
            step(source, "accept", "essai")


def test_ten_workers_and_five_ticks_on_twenty_due_sources_make_twenty_runs_each_claimed_once(hub: Instance) -> None:
    portals = [Portal([project(number)]) for number in range(20)]
    try:
        accept_all(hub, portals)
        make_due(hub)
        words = [("tick",)] * 5 + [("worker", "--once")] * 10
        processes = [forked(hub, rank, *each) for rank, each in enumerate(words)]
        assert [process.code() for process in processes] == [0] * 15
        assert forked(hub, 15, "worker", "--once").code() == 0
        asked = [len([path for path, _, _ in each.asked if path.endswith("/records")]) for each in portals]
    finally:
        for each in portals:
            each.close()
    done = runs(hub)
    assert Counter(run.source_id for run in done).most_common(1)[0][1] == 1
    assert (len(done), {run.state for run in done}, {run.attempt for run in done}) == (20, {"complete"}, {1})
    assert asked == [1] * 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_server_and_worker_start_together_and_stop_together(hub: Instance) -> None:
    port = free_port()
    both = started(hub, "start", "--port", str(port))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (pulse(hub) and answers(port)):
        time.sleep(0.1)
    both.send_signal(signal.SIGINT)
    code, told = ended(both)
    assert code == 0
    assert f"Le hub est à l'adresse http://127.0.0.1:{port}/" in told
    assert "le travailleur s'arrête" in told
    assert not answers(port)


def test_when_one_of_them_dies_the_other_stops_too(hub: Instance, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        both = started(hub, "start", "--port", str(taken.getsockname()[1]))
        code, said = ended(both)
    assert code == 5
    assert "déjà pris" in said
    assert "Le serveur s'est arrêté ; tout s'arrête avec lui." in said
    empty = Instance(tmp_path / "vide")
    neither = started(empty, "start", "--port", str(free_port()))
    code, said = ended(neither)
    assert (code, "hub init" in said) == (5, True)
