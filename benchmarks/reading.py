"""Reading under load, against Datasette: `python -m benchmarks.reading INSTANCE --peer .venv-peers/bin/python`.

INSTANCE is the folder of a filled SQLite database (`hub --instance /tmp/x demo --no-serve` makes `/tmp/x/demo`). Both
serve the same file with one worker; `wrk` (Debian) asks each for the same 50 démarches of one metropole, 8 connections.

- **rate**: requests a second and 99th percentile of a filtered list, here and in Datasette's table endpoint;
- **pages**: the same for `/comparer` with four charts (server time: one connection, median);
- **busy**: 50 requests a second of the list while a source is read and written without pause: 99th percentile.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HUB = Path(sys.executable).with_name("hub")
LIST = "/api/v1/processes?metropole={slug}&limit=50"
TABLE = "/hub/facet.json?siren={siren}&kind=process&_size=50&_sort=sort_key&_shape=objects"
FOUR = "/comparer?i=demarches&i=contributions&i=participations&i=syntheses_publiees&p=2025&v=points"
NULL = subprocess.DEVNULL
SLUG, SIREN = "rennes", "243500139"
SECONDS, RATE = 10, 50
WRITER = """
import sys
from pathlib import Path
from itertools import count
from hub.instance import open_instance
from connectors.base import Checkpoint, Record
from hub.harvest import Opening, ingest
from hub.models import Source
from hub.db import db
from sqlalchemy import select
opening = Opening(trigger="cli", writer="harvest", connector="essai", connector_version="1")
with open_instance({}, Path(sys.argv[1])).app_context():
    source = db.session.scalars(select(Source).where(Source.siren == sys.argv[2])).first()
    for turn in count():
        ingest(source, [*(Record("contribution", f"charge-{rank}", {"title": f"Idée {turn}", "type": "proposition",
            "process_id": "x"}, "L1") for rank in range(500)), Checkpoint("1", end=True)], opening)
"""


@contextmanager
def started(command: list[str | Path], address: str) -> Iterator[None]:
    """Run a server until its address answers, and end it afterwards."""
    unlimited = os.environ | {"HUB_RATE_READS": "1000000/day"}
    server = subprocess.Popen([str(word) for word in command], env=unlimited, stdout=NULL, stderr=NULL)
    try:
        for _ in range(300):
            time.sleep(0.2)  # a server says in no other way that it is ready
            try:
                urllib.request.urlopen(address, timeout=5).read()
                break
            except OSError:
                continue
        yield
    finally:
        server.terminate()
        server.wait(20)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def load(address: str) -> tuple[float, float]:
    """Return (requests a second, 99th percentile in ms) of wrk with 8 connections."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk n'est pas installé : apt-get install wrk")
    command = [wrk, "-t1", "-c8", f"-d{SECONDS}s", "--latency", address]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    assert "Non-2xx" not in told, told
    assert rate, told
    assert slow, told
    return float(rate[1]), float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]


def paced(address: str) -> list[float]:
    """Return how long each request took, in ms, when 50 leave each second whatever the others do."""
    took: list[float] = []

    def ask() -> None:
        began = time.perf_counter()
        urllib.request.urlopen(address, timeout=30).read()
        took.append((time.perf_counter() - began) * 1000)

    threads, start = [], time.perf_counter()
    for rank in range(RATE * SECONDS):
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
        time.sleep(max(0.0, start + (rank + 1) / RATE - time.perf_counter()))  # a late one is made up for
    for each in threads:
        each.join()
    return sorted(took)


def alone(address: str, rounds: int = 40) -> float:
    """Return the median time of one request after the other, in ms."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        urllib.request.urlopen(address, timeout=30).read()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[5:])


def main() -> None:
    """Serve, load, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("instance", type=Path)
    options.add_argument("--peer", type=Path, help="Python of an environment that has datasette")
    asked = options.parse_args()
    here = f"http://127.0.0.1:{(port := free_port())}"
    serve: list[str | Path] = [HUB, "--instance", asked.instance, "serve", "--port", str(port), "--workers", "1"]
    with started(serve, f"{here}/api/v1/processes?limit=1"):
        ours = load(here + LIST.format(slug=SLUG))
        print(f"hub, liste filtrée          {ours[0]:9.0f} requêtes/s   99 % en {ours[1]:7.1f} ms", flush=True)
        print(f"hub, /comparer, 4 graphiques {alone(here + FOUR):8.1f} ms, une requête à la fois", flush=True)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, asked.instance, SIREN], stderr=subprocess.DEVNULL)
        took = paced(here + LIST.format(slug=SLUG))
        busy = writer.poll() is None
        writer.kill()
        writer.wait()
        last = took[len(took) * 99 // 100]
        print(f"hub, {RATE}/s pendant une lecture {last:9.1f} ms à 99 % (lecture en cours : {busy})")
    if asked.peer:
        there = f"http://127.0.0.1:{(port := free_port())}"
        peer: list[str | Path] = [asked.peer, "-m", "datasette", "serve", asked.instance / "hub.sqlite"]
        with started(
            [*peer, "--port", str(port), "--setting", "max_returned_rows", "1000"], f"{there}/-/versions.json"
        ):
            theirs = load(there + TABLE.format(siren=SIREN))
            print(f"Datasette, même table       {theirs[0]:9.0f} requêtes/s   99 % en {theirs[1]:7.1f} ms")
        print(f"rapport : {ours[0] / theirs[0]:.1f} fois les requêtes, {ours[1] / theirs[1]:.2f} fois le 99 %")


if __name__ == "__main__":
    main()
