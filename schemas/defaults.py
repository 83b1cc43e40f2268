"""What the door writes when a source leaves it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.plans import EACH, plan_of
from schemas.problems import Path_
from schemas.registry import documents


def complete(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with their defaults written, as they are stored; `data` itself is left as it was.

    To be called before `check`, so that what is judged is what is stored. Beside a value, its state becomes
    `observe`; beside a motive of absence, an absent value becomes `null` (the stored form of `schema.md` §3).
    Completing twice changes nothing. What is not an object, or of an unknown kind, comes back as it is.
    """
    if not isinstance(data, dict) or kind not in documents():
        return data
    plan = plan_of(kind)
    result = {**plan.defaults, **data}
    for state, key, default in plan.beside:
        if key in result:
            if result[key] is not None and state not in result:
                result[state] = default
        elif result.get(state, default) != default:
            result[key] = None
    for key, rest, values in plan.nested_defaults:
        if key in result:
            result[key] = _filled(result[key], rest, values)
    return result


def _filled(value: Any, path: Path_, values: Mapping[str, Any]) -> Any:
    """Return the value with the defaults written in the objects that stand at `path`; another shape is left alone."""
    if path and path[0] == EACH:
        return [_filled(item, path[1:], values) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    if not path:
        return {**values, **value}
    return {**value, path[0]: _filled(value[path[0]], path[1:], values)} if path[0] in value else value
