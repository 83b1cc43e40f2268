"""Harvests against dlt: `python -m benchmarks.harvest --peer PYTHON [--rows 50000] [--rounds 5] [--delay MS]`.

PYTHON is the interpreter of an environment with dlt (`make bench` makes it). Both sides read the same simulated
platform, whole process each, in turns, into a database of their own: ours validates, keeps payloads and history; dlt
appends into SQLite, and merges into DuckDB by its Parquet loader for the second harvest (`stack.md` §7, S1, S2, S10).
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


@dataclass(frozen=True)
class Measured:
    """One process: its wall seconds, the seconds of the pass alone, its peak memory in MB, what it printed."""

    seconds: float
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
    return Measured(seconds, said["seconds"], usage.ru_maxrss / 1024, said)


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
    print(f"\n{asked.rows} propositions, réponses conditionnelles : {'oui' if validators else 'non'}, {asked.delay} ms")
    for name, found in rounds.items():
        whole, inside = _told([each.seconds for each in found]), _told([each.inside for each in found])
        memory = statistics.median(each.megabytes for each in found)
        print(f"  {name:34} {whole} s · passe seule {inside} s · {memory:.0f} Mo")
    _ratios(rounds)


def one_round(folder: Path, url: str, asked: argparse.Namespace) -> Iterator[tuple[str, Measured]]:
    """Run each side once, in turns; check that all read the same rows."""
    ours, peer = [*OURS, str(folder / "ours")], [asked.peer, str(HERE / "harvesting" / "peer.py")]
    subprocess.run([*ours, "prepare", url], check=True, cwd=HERE.parent)
    yield "nous, première", checked(measured([*ours, "harvest", url]), asked.rows, "created")
    yield "dlt append SQLite", counted(measured([*peer, str(folder / "append"), "append", url]), asked.rows)
    yield "dlt merge DuckDB, première", counted(measured([*peer, str(folder / "merge"), "merge", url]), asked.rows)
    again = checked(measured([*ours, "harvest", url]), asked.rows, "unchanged")
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
        seconds = [statistics.median(each.seconds for each in rounds[name]) for name in (theirs, mine)]
        inside = [statistics.median(each.inside for each in rounds[name]) for name in (theirs, mine)]
        memory = [statistics.median(each.megabytes for each in rounds[name]) for name in (mine, theirs)]
        print(f"  {mine} : {seconds[0] / seconds[1]:.1f} fois plus vite que {theirs} (passe seule "
              f"{inside[0] / inside[1]:.1f} fois), mémoire {memory[0] / memory[1]:.2f}")  # fmt: skip


def _told(figures: list[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f}–{max(figures):.2f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True, help="Python d'un environnement où dlt est installé")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0, help="millisecondes ajoutées à chaque réponse")
    given = parser.parse_args()
    for conditional in (True, False):
        compare(given, validators=conditional)
