"""A walk made in a process of its own, in another time zone and with another order of sets: its records as JSON lines.

python -m connectors.testing.elsewhere MODULE < '[url, options]'
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
from typing import Any

from connectors.base import Endpoint
from connectors.testing.bench import BUG, fetching, walked


def elsewhere(name: str, url: str, options: dict[str, Any], zone: str, seed: int) -> list[str]:
    """Return what the connector called `name` yields in another process, one line an item. Raises OSError."""
    place = {
        **os.environ,
        "TZ": zone,
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "connectors.testing.elsewhere", name], input=json.dumps([url, options]), env=place,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise OSError(f"Le connecteur ne peut être lu dans un autre processus : {done.stderr[-300:]}")
    return done.stdout.splitlines()


def main() -> None:
    """Write the walk that the command line and the standard input name."""
    url, options = json.load(sys.stdin)
    walk = walked(importlib.import_module(sys.argv[1]), Endpoint(url, options), fetching())
    for item in walk.items:
        sys.stdout.write(json.dumps([type(item).__name__, dataclasses.asdict(item)], ensure_ascii=True) + "\n")
    if walk.error is not None:
        sys.stdout.write(f"{walk.end if walk.end != BUG else type(walk.error).__name__}\n")


if __name__ == "__main__":
    main()
