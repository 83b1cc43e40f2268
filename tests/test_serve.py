"""The server as it is run: fresh data, several processes, a database that comes and goes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.forked import command

HUB = Path(sys.executable).with_name("hub")


def hub(instance: Path, *words: str, url: str = "") -> None:
    known = os.environ | {"HUB_DATABASE_URL": url}
    assert command("--instance", str(instance), *words, environment=known).returncode == 0


@contextmanager
def served(instance: Path, url: str = "", workers: int = 2) -> Iterator[str]:
    """A running server; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--instance", str(instance), "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(
        [str(HUB), *words],
        env=os.environ | {"HUB_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            status(address + "/plan-du-site")
            break
        except OSError:
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait(timeout=20)


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def total(address: str) -> int:
    with urllib.request.urlopen(f"{address}/api/v1/processes", timeout=10) as answer:
        body: dict[str, Any] = json.load(answer)
    return int(body["total"])


def test_a_running_server_shows_what_is_loaded_after_it_started(tmp_path: Path) -> None:
    hub(tmp_path, "init")
    with served(tmp_path) as address:
        assert [total(address) for _ in range(4)] == [0, 0, 0, 0]
        hub(tmp_path, "load-founding")
        assert {total(address) for _ in range(6)} == {25}


WITHOUT_PLACE = ("/demarches/%00", "/metropoles/%00", "/api/v1/processes/%00", "/api/v1/processes?source=%00")
"""What they name holds a character that no text of PostgreSQL does."""


def test_two_processes_refuse_what_no_text_holds_share_no_connection_and_survive_a_cut_one(
    postgres: str, tmp_path: Path
) -> None:
    hub(tmp_path, "load-founding", url=postgres)
    pages = ("/", "/reseau", "/comparer", "/demarches", "/engagements", "/documents", "/sources", "/metropoles")
    with served(tmp_path, postgres) as address:
        assert {status(address + page) for page in pages * 3} == {200}
        assert {path: status(address + path) for path in WITHOUT_PLACE} == dict.fromkeys(WITHOUT_PLACE, 400)
        with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert {status(address + page) for page in pages * 3} == {200}


def test_a_database_lost_while_serving_is_told_as_unavailable(tmp_path: Path) -> None:
    hub(tmp_path, "load-founding")
    with served(tmp_path, workers=1) as address:
        assert status(f"{address}/demarches") == 200
        for path in tmp_path.glob("hub.sqlite*"):
            path.write_bytes(b"ce n'est plus une base" * 1000)
        assert status(f"{address}/demarches") == 503
