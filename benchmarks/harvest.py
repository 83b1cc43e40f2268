"""Harvests against dlt: `python -m benchmarks.harvest --peer PYTHON [--rows 50000] [--rounds 5] [--delay MS]`.

PYTHON is the interpreter of an environment with dlt (`make bench` makes it). Both sides read the same simulated
platform, whole process each, in turns, into a database of their own: ours validates, keeps payloads and history; dlt
appends into SQLite, and merges into DuckDB by its Parquet loader for the second harvest (`stack.md` §7, S1, S2, S10).
The CPU tells more than the clock on a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OURS = (sys.executable, "-m", "benchmarks.harvesting.ours")
PREPARED = (sys.executable, "-m", "benchmarks.harvesting.prepared")


@dataclass(frozen=True)
class Measured:
    """One process: its wall seconds, its CPU seconds (user and system), its peak memory in MB, what it printed.

    `inside`: the CPU seconds of the harvest alone, imports left out.
    """

    seconds: float
    cpu: float
    inside: float
    megabytes: float
    said: dict[str, Any]


def measured(command: Sequence[str]) -> Measured:
    """Run a command to its end and measure it. Raises CalledProcessError."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    said = json.loads(printed.splitlines()[-1])
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu, said["cpu"], usage.ru_maxrss / 1024, said)


@contextmanager
def platform(rows: int, delay: float, *, validators: bool) -> Iterator[str]:
    """Give the address of a simulated platform, stopped at the end."""
    options = ["--validators"] if validators else []
    command = [sys.executable, "-m", "benchmarks.harvesting.simulated", str(rows), "--delay", str(delay), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def compare(asked: argparse.Namespace, *, validators: bool) -> None:
    """Print one table: first and second harvests of both sides, medians of the rounds."""
    rounds: dict[str, list[Measured]] = {}
    with platform(asked.rows, asked.delay, validators=validators) as url, tempfile.TemporaryDirectory() as folder:
        for rank in range(asked.rounds + 1):
            for name, found in one_round(Path(folder) / str(rank), url, asked):
                if rank:  # the first round warms the caches
                    rounds.setdefault(name, []).append(found)
    conditional = "oui" if validators else "non"
    print(f"\n{asked.rows} propositions, réponses conditionnelles : {conditional}, {asked.delay} ms d'attente par page")
    print(f"médianes de {asked.rounds} tours ; processeur = utilisateur + système, processus entier")
    print(f"{'':28}{'processeur':>12}{'dont moisson':>14}{'durée':>9}{'mémoire':>10}")
    for name, found in rounds.items():
        cpu, inside, seconds, memory = (_median(found, part) for part in ("cpu", "inside", "seconds", "megabytes"))
        print(f"{name:28}{cpu:10.2f} s{inside:12.2f} s{seconds:7.2f} s{memory:7.0f} Mo")
    _ratios(rounds)


def one_round(folder: Path, url: str, asked: argparse.Namespace) -> Iterator[tuple[str, Measured]]:
    """Run each side once, in turns; check that all read the same rows."""
    instance = str(folder / "ours")
    ours, peer = [*OURS, instance], [asked.peer, str(HERE / "harvesting" / "peer.py")]
    subprocess.run([*PREPARED, instance, url], check=True, cwd=HERE.parent)
    yield "nous, première", checked(measured(ours), asked.rows, "created")
    yield "dlt append SQLite", counted(measured([*peer, str(folder / "append"), "append", url]), asked.rows)
    yield "dlt merge DuckDB, première", counted(measured([*peer, str(folder / "merge"), "merge", url]), asked.rows)
    again = checked(measured(ours), asked.rows, "unchanged")
    assert again.said["rows"]["facet_version"] == again.said["rows"]["change"] == asked.rows, "une ligne a été écrite"
    yield "nous, rien de changé", again
    yield "dlt merge DuckDB, seconde", counted(measured([*peer, str(folder / "merge"), "merge", url]), asked.rows)


def checked(found: Measured, rows: int, count: str) -> Measured:
    """Return our measure after checking that the run is complete and counts every row."""
    said = found.said
    assert (said["state"], said["counts"].get(count)) == ("complete", rows), said
    return found


def counted(found: Measured, rows: int) -> Measured:
    """Return the peer's measure after checking its rows."""
    assert found.said["rows"] == rows, found.said
    return found


def _ratios(rounds: dict[str, list[Measured]]) -> None:
    pairs = (("nous, première", "dlt append SQLite"), ("nous, rien de changé", "dlt merge DuckDB, seconde"))
    for mine, theirs in pairs:
        cpu, seconds, memory = (
            _median(rounds[theirs], part) / _median(rounds[mine], part) for part in ("cpu", "seconds", "megabytes")
        )
        print(f"{mine} contre {theirs} : processeur ÷ {cpu:.1f}, durée ÷ {seconds:.1f}, mémoire ÷ {memory:.1f}")


def _median(found: list[Measured], part: str) -> float:
    return statistics.median(getattr(each, part) for each in found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True, help="Python d'un environnement où dlt est installé")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0, help="millisecondes ajoutées à chaque réponse")
    given = parser.parse_args()
    for conditional in (True, False):
        compare(given, validators=conditional)
