"""Sending through the real endpoint: `python -m benchmarks.push [--records 200000] [--batch 20000] [--peer PYTHON]`.

A hub of its own (gunicorn, two workers, SQLite) on a loopback port; a client asks for a token, then sends NDJSON in
batches from two threads, and sends it all again. Beside it, in the same run: `sqlite-utils insert` of the same file
(PYTHON is the interpreter of an environment that has it: `make bench` makes it), and one request for each record, as
udata's API takes them. The daily limit and that of bodies are raised for the measure (`push-api.md`, figures due).

Beside the rate: the processor time that the hub spent on a record, which tells more on a machine that others use too,
and the most memory that one of its processes took. `--each` tells them after every batch: with `--records 2000000
--once`, which sends but once, whether they stay flat.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests

from benchmarks.harvesting.simulated import proposal

HUB = Path(sys.executable).parent / "hub"
RAISED = {
    "HUB_RATE_PUSH": "1000000/minute",
    "HUB_RATE_PUSH_RECORDS": "1000000000/day",
    "HUB_PUSH_BODY_BYTES": "50000000",
}
FIELDS = (
    "process_id",
    "type",
    "title",
    "reference",
    "votes",
    "supports",
    "comments",
    "amount",
    "published_at",
    "updated_at",
)


def record(rank: int, luck: random.Random) -> dict[str, Any]:
    """Return an ordinary contribution: about 430 bytes."""
    row = proposal(rank, luck)
    place = {"label": row["place"], "lat": row["lat"], "lon": row["lon"]}
    data = {name: row[name] for name in FIELDS} | {"status_raw": row["status"], "location": place}
    return {"kind": "contribution", "remote_id": str(rank), "data": data}


def written(folder: Path, number: int, batch: int) -> list[Path]:
    """Write the records as files of one batch each; return them."""
    luck, files = random.Random(7), []
    for start in range(0, number, batch):
        path = folder / f"{start}.ndjson"
        with path.open("wb") as file:
            for rank in range(start, min(start + batch, number)):
                file.write(orjson.dumps(record(rank, luck), option=orjson.OPT_APPEND_NEWLINE))
        files.append(path)
    return files


@contextmanager
def served(instance: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Serve a new hub; give its address and the id of its process."""
    environment = os.environ | RAISED | {"HUB_INSTANCE": str(instance)}
    subprocess.run([HUB, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([HUB, "load-founding"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [HUB, "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    threading.Thread(target=process.stdout.read, daemon=True).start()
    try:
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def client_of(instance: Path) -> tuple[str, str]:
    """Make a client of Nantes; return its identifier and its secret."""
    command = [HUB, "client", "create", "Mesure", "--metropole", "nantes", "--scope", "push:processes"]
    done = subprocess.run(command, env=os.environ | {"HUB_INSTANCE": str(instance)}, check=True, capture_output=True)
    said = done.stdout.decode()
    ref, secret = re.search(r"\bc-[\w-]+", said), re.search(r"\brmp_(?:prod|test)_[\w-]+", said)
    assert ref
    assert secret
    return ref[0], secret[0]


def token_of(address: str, ref: str, secret: str) -> str:
    """Ask for a token."""
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{address}/oauth/token", auth=(ref, secret), data=form, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def send(
    address: str, token: str, files: list[Path], threads: int, told: Callable[[int, float], None]
) -> tuple[float, dict[str, int]]:
    """Send each file as one batch; return the seconds and the counts of all answers.

    `told` is called after each batch with the records and the seconds so far.
    """
    local, counts = threading.local(), dict[str, int]()

    def one(path: Path) -> dict[str, int]:
        session = local.__dict__.setdefault("session", requests.Session())
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        headers["Content-Type"] = "application/x-ndjson"
        answer = session.post(f"{address}/api/v1/push/records", data=path.read_bytes(), headers=headers, timeout=120)
        answer.raise_for_status()
        found: dict[str, int] = answer.json()["counts"]
        return found

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for found in pool.map(one, files):
            for name, number in found.items():
                counts[name] = counts.get(name, 0) + number
            told(counts["received"], time.perf_counter() - began)
    return time.perf_counter() - began, counts


class Told:
    """What a pass of sendings cost so far, printed: rate, processor of the hub for a record, its largest process."""

    def __init__(self, pid: int, label: str) -> None:
        self.pid, self.label, self.before = pid, label, spent(pid)

    def __call__(self, number: int, seconds: float) -> None:
        cost = (spent(self.pid) - self.before) / number * 1e6
        figures = f"{number / seconds:10,.0f} fiches/s {cost:6.0f} µs de processeur la fiche"
        print(f"{self.label:14} {number:9,} {figures} {largest(self.pid):6.0f} Mo au plus", flush=True)


def one_by_one(address: str, token: str, number: int) -> float:
    """Send records one request each, as a peer's API takes them; return the records a second."""
    luck, session = random.Random(8), requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    began = time.perf_counter()
    for rank in range(number):
        row = record(10_000_000 + rank, luck)
        path = f"{address}/api/v1/push/records/contribution/{row['remote_id']}"
        session.put(path, json={"data": row["data"]}, timeout=30).raise_for_status()
    return number / (time.perf_counter() - began)


def below(pid: int) -> list[str]:
    """Return the processes below `pid`."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def largest(pid: int) -> float:
    """Return the peak memory, in MB, of the largest process below `pid`."""
    peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text()) for child in below(pid)]
    return max(int(peak[1]) / 1024 for peak in peaks if peak)


def spent(pid: int) -> float:
    """Return the processor seconds, of user and system, of the processes below `pid`."""
    times = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13] for child in below(pid)]
    return sum(int(part) for each in times for part in each) / os.sysconf("SC_CLK_TCK")


def peer(python: str, files: list[Path], folder: Path) -> float:
    """Return the records a second of `sqlite-utils insert` on the same records, with their key."""
    whole, number = folder / "whole.ndjson", 0
    with whole.open("wb") as out:
        for path in files:
            content = path.read_bytes()
            number += content.count(b"\n")
            out.write(content)
    command = [
        python,
        "-m",
        "sqlite_utils",
        "insert",
        str(folder / "peer.db"),
        "records",
        str(whole),
        "--nl",
        "--pk",
        "remote_id",
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return number / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer", default="")
    parser.add_argument("--each", action="store_true", help="dire la mémoire et le débit après chaque envoi")
    parser.add_argument("--once", action="store_true", help="n'envoyer qu'une fois")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = written(folder, asked.records, asked.batch)
        with served(folder / "instance", asked.workers) as (address, pid):
            token = token_of(address, *client_of(folder / "instance"))
            for label in ("premier envoi",) if asked.once else ("premier envoi", "même envoi"):
                told = Told(pid, label)
                seconds, counts = send(address, token, files, asked.workers, told if asked.each else lambda *_: None)
                told(asked.records, seconds)
                print(f"{'':14} {counts}", flush=True)
            print(f"une par une    {one_by_one(address, token, 300):10,.0f} fiches/s", flush=True)
        if asked.peer:
            print(f"sqlite-utils   {peer(asked.peer, files, folder):10,.0f} fiches/s", flush=True)


if __name__ == "__main__":
    main()
