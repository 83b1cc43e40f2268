"""Hostile files on the page of deposits: each a French sentence, in bounded time and memory (`push-api.md` P43)."""

from __future__ import annotations

import html
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from hub.access.rights import AGENT
from tests.conftest import ready
from tests.hostile_files import Hostile, files
from tests.make import counts
from tests.people import entered
from tests.sending import sender
from tests.test_deposits import deposit

FILES = files()
MEMORY, SECONDS = 1_200_000_000, 20
READER = """
import json, sys, time
from hub.push.files import FileRefused, read_file
found = {}
for name, path in json.loads(sys.argv[1]).items():
    start = time.monotonic()
    try:
        read_file(open(path, "rb").read(), path.rpartition("/")[2])
    except FileRefused:
        pass
    found[name] = time.monotonic() - start
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def times(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """How many seconds each file took, in a process that may not ask for more than `MEMORY` bytes."""
    places = {}
    for rank, (name, file) in enumerate(FILES.items()):
        folder = tmp_path_factory.mktemp(f"hostile{rank}")
        places[name] = str(folder / file.filename)
        Path(places[name]).write_bytes(file.content)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READER, json.dumps(places)],
        capture_output=True,
        check=False,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_in_bounded_time_and_memory(name: str, times: dict[str, float]) -> None:
    assert times[name] < SECONDS


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An agent of Nantes, on one database for all files: none of them writes anything."""
    for app in ready(tmp_path_factory.mktemp("hostile") / "instance", ""):
        sender()
        yield entered(app, AGENT)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_hostile_file_is_answered_in_french_and_writes_nothing(file: Hostile, agent: FlaskClient) -> None:
    before = counts()
    status, page = deposit(agent, file.content, file.filename)
    assert status in (200, 422)
    assert file.answer in html.unescape(page).replace("\u202f", " ").replace("’", "'")
    assert counts() == before
