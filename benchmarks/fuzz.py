"""A long fuzzing of the API: `python -m benchmarks.fuzz [--cases 20000]`.

The calls are those of `tests/fuzzing.py`, drawn anew at each run, over WSGI, with a token of every scope and a SQLite
database of its own. It stops at the first answer that breaks or that the contract does not announce, with the call
that Schemathesis reduced; else it prints what each operation was answered, and how often.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.conftest import ready
from tests.fuzzing import Fuzz


def main() -> None:
    """Fuzz, and print the table of answers."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--cases", type=int, default=20_000, help="calls in all, spread over the operations")
    asked, begun = words.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for app in ready(Path(folder) / "instance", ""):
            fuzz = Fuzz(app)
            fuzz.try_calls(asked.cases, derandomize=False)
    for label in dict.fromkeys(label for label, _ in fuzz.statuses):
        answers = sorted((status, number) for (named, status), number in fuzz.statuses.items() if named == label)
        print(f"{label:<66}", "  ".join(f"{status} × {number}" for status, number in answers))
    statuses = Counter[int]()
    for (_, status), number in fuzz.statuses.items():
        statuses[status] += number
    print(f"{statuses.total()} calls in {time.monotonic() - begun:.0f} s:", dict(sorted(statuses.items())))


if __name__ == "__main__":
    main()
