"""Measures against DuckDB and against themselves: `python -m benchmarks.measures --peer .venv-peers/bin/python`.

A network of 22 metropoles, `--processes` démarches and `--contributions` contributions over six years is written
straight into a SQLite instance (contributions of one démarche share one version: measures count them without reading
them).

- **matrix**: 22 metropoles × every indicator × 6 years read from stored measures, as pages read them (`cells`), against
  DuckDB working twelve of them out from the raw rows in memory (loading not counted).
- **refresh**: 100 démarches changed by an ordinary run, then `refresh`, against `refresh(anew=True)` and against one
  plain SQL statement that counts the same raw rows anew. CPU time of this process is given beside wall time.
"""

from __future__ import annotations

import argparse
import gc
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import insert, select, text

import schemas
from connectors.base import Checkpoint, Record
from hub.app import create_app
from hub.benchmark.compute import refresh
from hub.benchmark.indicators import CATALOGUE
from hub.benchmark.measures import cells
from hub.cli.database import prepare_database
from hub.cli.main import collect_seldom
from hub.db import db, writing
from hub.harvest import Opening, ingest
from hub.harvest.founding import load_metropoles
from hub.harvest.projection import project
from hub.models import Case, Facet, FacetVersion, Measure, Run, Source
from hub.models.facet import VERSIONS_PER_RUN
from hub.models.metropole import disjoint, metropoles

YEARS = [str(year) for year in range(2020, 2026)]
BLOCK = 20_000
TOUCHED = 100
OPENING = Opening(trigger="cli", writer="harvest", connector="essai", connector_version="1")
SQL = """SELECT f.siren, f.year_from, count(DISTINCT f.process_id), count(*) FROM facet f
WHERE f.kind = 'contribution' AND f.lead AND f.presence != 'gone' GROUP BY f.siren, f.year_from
UNION ALL SELECT f.siren, f.year_from, sum(json_extract(v.data, '$.legal_basis') = 'volontaire'), count(*)
FROM facet f JOIN facet_version v ON v.id = f.reading_id
WHERE f.kind = 'process' AND f.lead AND f.presence != 'gone' GROUP BY f.siren, f.year_from"""
PEER = """
import sys, time, duckdb
base = duckdb.connect()
base.execute("CREATE TABLE process AS SELECT * FROM read_json(?, format='newline_delimited')", [sys.argv[1]])
base.execute("CREATE TABLE contribution AS SELECT * FROM read_csv(?, header=true)", [sys.argv[2]])
def matrix():
    base.execute(\"\"\"SELECT siren, year, count(*), avg((basis = 'volontaire')::INT),
      avg((level = 'co_construction')::INT), avg((channel = 'hybride')::INT), avg((drawn)::INT),
      count(DISTINCT commune), count(DISTINCT type), min(starts), max(starts), count(DISTINCT id)
      FROM process GROUP BY ALL\"\"\").fetchall()
    base.execute("SELECT siren, year, count(*), count(DISTINCT process) FROM contribution GROUP BY ALL").fetchall()
matrix()
times = []
for _ in range(7):
    began = time.perf_counter(); matrix(); times.append(time.perf_counter() - began)
print(sorted(times)[3])
"""


def demarche(rank: int, luck: random.Random) -> dict[str, Any]:
    """Return a démarche of a metropole: what indicators look at, some of it missing."""
    found: dict[str, Any] = {
        "title": f"Démarche {rank}",
        "state": "terminee",
        "starts_on": f"{luck.choice(YEARS)}-03-01",
    }
    drawn = {
        "legal_basis": luck.choice(("volontaire", "obligatoire", None)),
        "announced_level": luck.choice(("consultation", "co_construction", None)),
        "channel": luck.choice(("hybride", "en_ligne", None)),
        "recruitment": luck.choice((["tirage_au_sort"], ["ouvert"], None)),
        "type": luck.choice(("reunion_publique", "consultation_en_ligne", "atelier_co_conception")),
    }
    return found | {name: value for name, value in drawn.items() if value}


def fill(folder: Path, processes: int, contributions: int) -> None:
    """Write the network into the database, and the raw rows that DuckDB reads into `folder`."""
    prepare_database()
    load_metropoles()
    luck, sirens = random.Random(7), [one.siren for one in disjoint(db.session.scalars(metropoles()))]
    with writing() as connection, (folder / "p.ndjson").open("wb") as raw, (folder / "c.csv").open("w") as table:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        table.write("siren,year,process\n")
        rank = 0
        for number, siren in enumerate(sirens, 1):
            _source(connection, number, siren)
            versions: list[dict[str, Any]] = []
            facets: list[dict[str, Any]] = []
            for each in range(processes // len(sirens)):
                data = demarche(each, luck)
                versions.append(_version(number, each + 1, f"p{each}", data))
                facets.append(_facet(versions[-1], number, siren))
                raw.write(orjson.dumps(_raw(siren, each, data)) + b"\n")
                for _ in range(contributions // processes):
                    year, rank = int(luck.choice(YEARS)), rank + 1
                    facets.append(_contribution(facets[-1], versions[-1]["id"], rank, f"p{each}", year))
                    table.write(f"{siren},{year},p{each}\n")
            for table_of, rows in ((FacetVersion, versions), (Facet, facets)):
                for start in range(0, len(rows), BLOCK):
                    connection.execute(insert(table_of), rows[start : start + BLOCK])


def _source(connection: Any, number: int, siren: str) -> None:
    row = {"id": number, "slug": f"essai-{number}", "siren": siren, "name": "Essai", "connector": "essai"}
    connection.execute(insert(Source).values(**row, state="accepted"))
    run: dict[str, Any] = {
        "id": number,
        "ref": f"R{number}",
        "source_id": number,
        "trigger": "cli",
        "writer": "harvest",
    }
    run |= {"state": "complete", "counts": {}, "connector": "essai", "connector_version": "1", "schema_version": "1"}
    connection.execute(insert(Run).values(**run, started_at="2026-01-01T00:00:00Z", closed_at="2026-01-01T00:00:00Z"))


def _version(number: int, count: int, remote_id: str, data: dict[str, Any]) -> dict[str, Any]:
    key = schemas.hub_id(f"essai-{number}", "process", remote_id)
    row = {"id": number * VERSIONS_PER_RUN + count, "run_id": number, "key": key, "kind": "process"}
    row |= {"remote_id": remote_id, "writer": "harvest", "data": schemas.canonical(data).decode(), "sha256": str(count)}
    return row | {"void": False} | project("process", data)._asdict()


def _facet(version: dict[str, Any], number: int, siren: str) -> dict[str, Any]:
    row = {name: version[name] for name in ("key", "kind", "remote_id", "writer", "sha256")}
    row |= {name: version[name] for name in ("sort_key", "state", "process_id", "year_from", "year_to")}
    row |= {"hub_id": version["key"], "source_id": number, "siren": siren, "lead": True, "presence": "present"}
    return row | {"version_id": version["id"], "reading_id": version["id"], "diffusion": "public"}


def _contribution(last: dict[str, Any], version_id: int, rank: int, process_id: str, year: int) -> dict[str, Any]:
    own = {"kind": "contribution", "key": f"k{rank}", "hub_id": f"k{rank}", "remote_id": f"c{rank}", "state": None}
    own |= {"process_id": process_id, "year_from": year, "year_to": year, "sort_key": "idee", "sha256": "x"}
    return last | own | {"version_id": version_id, "reading_id": version_id}


def _raw(siren: str, rank: int, data: dict[str, Any]) -> dict[str, Any]:
    row = {
        "id": rank,
        "siren": siren,
        "year": int(data["starts_on"][:4]),
        "starts": data["starts_on"],
        "type": data["type"],
    }
    row |= {"basis": data.get("legal_basis"), "level": data.get("announced_level"), "channel": data.get("channel")}
    return row | {"drawn": "tirage_au_sort" in data.get("recruitment", ()), "commune": None}


def change() -> None:
    """Let every metropole's source bring a few changed démarches: a hundred in all."""
    luck = random.Random(11)
    sources = db.session.scalars(select(Source).order_by(Source.id)).all()
    for rank, source in enumerate(sources):
        share = TOUCHED // len(sources) + (rank < TOUCHED % len(sources))
        ingest(source, [*_changed(share, luck), Checkpoint("1", end=True)], OPENING)


def _changed(number: int, luck: random.Random) -> Iterator[Record]:
    for rank in range(number):
        data = demarche(rank, luck) | {"title": f"Démarche {rank}, modifiée"}
        yield Record("process", f"p{rank}", data, f"L{rank}")


def timed(name: str, work: Callable[[], object], rounds: int = 1) -> float:
    """Run, print and return the median wall time in seconds, with the CPU time beside it."""
    walls, spent = [], []
    for _ in range(rounds):
        db.session.rollback()
        began, used = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - began)
        spent.append(time.process_time() - used)
    middle = sorted(range(rounds), key=walls.__getitem__)[rounds // 2]
    print(f"{name:<52} {walls[middle] * 1000:10.1f} ms {sorted(spent)[rounds // 2] * 1000:10.1f} ms CPU", flush=True)
    return walls[middle]


def matrix() -> None:
    """Read the whole matrix as a page does."""
    db.session.expunge_all()
    every = disjoint(db.session.scalars(metropoles()))
    cells(CATALOGUE, every, YEARS)


def counted() -> None:
    """Count the raw rows by one plain SQL statement."""
    db.session.execute(text(SQL)).all()


def main() -> None:
    """Fill, measure, change, measure again; print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--processes", type=int, default=20_000)
    options.add_argument("--contributions", type=int, default=1_000_000)
    options.add_argument("--peer", type=Path, help="Python of an environment that has duckdb")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with create_app({"CLOCK": "2026-01-31T12:00:00Z"}, folder).app_context():
            fill(folder, asked.processes, asked.contributions)
            gc.freeze()  # what filled the base is no part of what measures it
            collect_seldom()
            whole = timed("all measures, first time", lambda: refresh(anew=True))
            timed("all measures, again (nothing moves)", lambda: refresh(anew=True))
            plain = timed(
                "the same raw rows counted by one SQL statement", lambda: db.session.execute(text(SQL)).all(), 3
            )
            change()
            part = timed(f"refresh after {TOUCHED} changed démarches", refresh)
            read = timed("matrix read from stored measures", matrix, 7)
            print(f"{db.session.query(Measure).count()} measures of {db.session.query(Case).count()} cases")
            print(f"refresh: 1/{whole / part:.0f} of all anew, 1/{plain / part:.1f} of the plain statement")
        if asked.peer:
            command = [asked.peer, "-c", PEER, folder / "p.ndjson", folder / "c.csv"]
            peer = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"DuckDB, raw rows aggregated: {peer * 1000:.1f} ms; stored measures take {read / peer:.2f}× of it")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
