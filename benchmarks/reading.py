"""Reading under load, against Datasette: `python -m benchmarks.reading INSTANCE --peer .venv-peers/bin/python`.

INSTANCE is the folder of a filled SQLite database (`hub --instance /tmp/x demo --no-serve` makes `/tmp/x/demo`). Both
serve the same file with one worker; `wrk` (Debian) asks each for the same lists, 8 connections. The lists are many
(`questions`): each metropole, several kinds, by year, by state, page after page, so that no answer kept from the time
before would serve. Both must give the same things in the same order before anything is timed.

- **rate**: requests a second, 99th percentile, processor time of these lists, here and in Datasette's table endpoint:
  as fast as it goes (it counts nothing and proposes no facet, where the hub counts), then as it answers by itself;
- **pages**: the same for `/comparer` with four charts (server time: one connection, median);
- **busy**: 50 requests a second of the lists while a source is read and written without pause: 99th percentile.
"""

from __future__ import annotations

import argparse
import json
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
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

HUB = Path(sys.executable).with_name("hub")
LISTS = {"processes": "process", "contributions": "contribution", "meetings": "meeting", "observations": "observation"}
STATES = {"processes": "terminee", "observations": "participants"}
TABLE = "/hub/facet.json"
SEEN = {"lead": "1", "diffusion": "public", "public_on__isnull": "1", "presence__not": "gone"}
"""What the hub shows to everybody, in a network where nothing is to become public one day."""
ORDER = {"_size": "50", "_sort": "id", "_shape": "objects"}
QUICK = {"_nocount": "1", "_nofacet": "1"}
PAGES, FEWEST = 3, 10
CYCLE = """
local paths, turn = {%s}, 0
request = function()
  turn = turn %% #paths + 1
  return wrk.format("GET", paths[turn])
end
"""
FOUR = "/comparer?i=demarches&i=contributions&i=participations&i=syntheses_publiees&p=2025&v=points"
NULL = subprocess.DEVNULL
Asked = dict[str, str]
SIREN = "243500139"
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
def started(command: list[str | Path], address: str) -> Iterator[int]:
    """Run a server until its address answers, give its process, and end it afterwards."""
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
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass(frozen=True)
class Question:
    """A list, as each server is asked for it, and the things it holds."""

    here: str
    there: dict[str, str]
    things: list[str]


def questions(here: str) -> list[Question]:
    """Return many lists, those of a few things left out: they would measure the network rather than the lists."""
    found: list[Question] = []
    for metropole, plural in product(read(f"{here}/api/v1/metropoles")["items"], LISTS):
        lists = pages(here, plural, metropole, {}, {})
        years = {"year_from__lte": "2025", "year_to__gte": "2025"}
        lists += pages(here, plural, metropole, {"year": "2025"}, years)
        if state := STATES.get(plural):
            lists += pages(here, plural, metropole, {"state": state}, {"state": state})
        found += [each for each in lists if len(each.things) >= FEWEST]
    return found


def pages(here: str, plural: str, metropole: dict[str, str], asked: Asked, there: Asked) -> list[Question]:
    """Return the first pages of a list."""
    address = f"/api/v1/{plural}?{urlencode({'metropole': metropole['slug'], **asked, 'limit': '50'})}"
    where = {"kind": LISTS[plural], "siren": metropole["siren"], **there, **SEEN}
    found: list[Question] = []
    for _ in range(PAGES):
        page = read(here + address)
        things = [each["id"] for each in page["items"]]
        found.append(Question(address, where, things))
        if page["next"] is None:
            break
        address, where = page["next"], where | {"id__gt": parse_qs(urlsplit(page["next"]).query)["after"][0]}
    return found


def table(question: Question, more: Asked) -> str:
    """Return the address at which Datasette gives the same things in the same order."""
    return f"{TABLE}?{urlencode(question.there | ORDER | more)}"


def read(address: str) -> Any:
    """Return the JSON at an address."""
    return json.loads(urllib.request.urlopen(address, timeout=30).read())


@dataclass(frozen=True)
class Load:
    """What a server did: requests a second, 99th percentile and processor time of one request, in ms."""

    rate: float
    slow: float
    spent: float


def processor(pid: int) -> float:
    """Return the seconds of processor that a process and those it started have had: others at work change them less."""
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    own = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return own + sum(processor(int(child)) for child in children)


def load(server: str, pid: int, paths: list[str]) -> Load:
    """Return what wrk measures with 8 connections, one address after the other."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk n'est pas installé : apt-get install wrk")
    with NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(CYCLE % ", ".join(f'"{path}"' for path in paths))
        script.flush()
        command = [wrk, "-t1", "-c8", f"-d{SECONDS}s", "--latency", "-s", script.name, server]
        before = processor(pid)
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        spent = processor(pid) - before
    number = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    assert "Non-2xx" not in told, told
    assert rate, told
    assert slow, told
    assert number, told
    slowest = float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]
    return Load(float(rate[1]), slowest, spent * 1000 / int(number[1]))


def paced(addresses: list[str]) -> list[float]:
    """Return how long each request took, in ms, when 50 leave each second whatever the others do."""
    took: list[float] = []

    def ask(address: str) -> None:
        began = time.perf_counter()
        urllib.request.urlopen(address, timeout=30).read()
        took.append((time.perf_counter() - began) * 1000)

    threads, start = [], time.perf_counter()
    for rank in range(RATE * SECONDS):
        threads.append(threading.Thread(target=ask, args=(addresses[rank % len(addresses)],)))
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
    with started(serve, f"{here}/api/v1/processes?limit=1") as pid:
        lists = questions(here)
        mean = statistics.mean(len(each.things) for each in lists)
        print(f"{len(lists)} listes différentes, de {mean:.0f} fiches en moyenne")
        ours = load(here, pid, [each.here for each in lists])
        tell("hub, listes filtrées", ours)
        print(f"hub, /comparer, 4 graphiques {alone(here + FOUR):14.1f} ms, une requête à la fois", flush=True)
        if asked.peer:
            against(asked.peer, asked.instance, lists, ours)
        busy(here, asked.instance, lists)


def tell(name: str, did: Load) -> None:
    """Print what a server did."""
    print(
        f"{name:34} {did.rate:9.0f} requêtes/s   99 % en {did.slow:7.1f} ms   {did.spent:5.2f} ms de processeur l'une",
        flush=True,
    )


def busy(here: str, instance: Path, lists: list[Question]) -> None:
    """Print how lists are read while a source is written without pause."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, instance, SIREN], stderr=subprocess.DEVNULL)
    took = paced([here + each.here for each in lists])
    goes_on = writer.poll() is None
    writer.kill()
    writer.wait()
    last = took[len(took) * 99 // 100]
    print(f"hub, {RATE}/s pendant une lecture {last:15.1f} ms à 99 % (lecture en cours : {goes_on})")


def against(python: Path, instance: Path, lists: list[Question], ours: Load) -> None:
    """Print what Datasette does of the same lists, once it has given the same things."""
    there = f"http://127.0.0.1:{(port := free_port())}"
    peer: list[str | Path] = [python, "-m", "datasette", "serve", instance / "hub.sqlite", "--port", str(port)]
    with started([*peer, "--setting", "max_returned_rows", "1000"], f"{there}/-/versions.json") as pid:
        for each in lists:
            same = [row["hub_id"] for row in read(there + table(each, QUICK))["rows"]]
            assert same == each.things, (each.here, len(same), len(each.things))
        for name, more in (("sans compter ni facettes", QUICK), ("telle quelle", {})):
            theirs = load(there, pid, [table(each, more) for each in lists])
            tell(f"Datasette, {name}", theirs)
            rate, slow, spent = ours.rate / theirs.rate, ours.slow / theirs.slow, ours.spent / theirs.spent
            print(f"  rapport : {rate:.1f} fois les requêtes, {slow:.2f} fois le 99 %, {spent:.2f} fois le processeur")


if __name__ == "__main__":
    main()
