"""Where a field stands in a record: made ready once for a kind and a path, followed for every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import schemas

Put = Callable[[dict[str, Any], Any, str | None], None]
"""Write a value at its place; an absent one leaves its reason where the schema has a place for it, else nothing."""


def placing(kind: str, path: tuple[str, ...]) -> Put:
    """Return what writes a field at `path` in the data of a record of this kind."""
    top, state_key = path[0], f"{path[0]}_state"
    has_state = state_key in schemas.schema(kind)["properties"]
    alone = len(path) == 1 and not top.endswith("[]") and path != ("period",)

    def put_plain(data: dict[str, Any], value: Any, _state: str | None) -> None:
        if value is not None:
            data[top] = value

    def put(data: dict[str, Any], value: Any, state: str | None) -> None:
        if value is None:
            if has_state and state:
                data[top], data[state_key] = None, state
        elif top in data and data[top] is None:
            return
        elif alone:
            data[top] = value
        else:
            _put_inside(data, path, _span(value) if path == ("period",) else value)

    return put_plain if alone and not has_state else put


def _put_inside(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    target: Any = data
    for step in path[:-1]:
        target = target.setdefault(step[:-2], [{}])[0] if step.endswith("[]") else target.setdefault(step, {})
    last = path[-1]
    if last.endswith("[]"):
        target[last[:-2]] = [value]
    else:
        target[last] = value


def _span(value: Any) -> Any:
    """Return the period that a year, a month or a day is."""
    if not isinstance(value, str):
        return value
    precision = {4: "annee", 7: "mois"}.get(len(value), "jour")
    return {"from": value, "to": value, "precision": precision}
