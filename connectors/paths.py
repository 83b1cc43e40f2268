"""Paths into a row (`geo.lat`, `liste[0]`), made ready once and followed for every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Row = Mapping[str, Any]
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


@lru_cache(1024)
def way(path: str) -> Callable[[Row], Any]:
    """Return what finds the value at a path of a row, None when absent; a column of that very name comes first."""
    steps = [int(rank) if rank else name for name, rank in _STEP.findall(path)]
    if steps == [path]:
        return lambda row: row.get(path)

    def follow(row: Row) -> Any:
        if path in row:
            return row[path]
        value: Any = row
        for step in steps:
            value = _step(value, step)
        return value

    return follow


def _step(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None
