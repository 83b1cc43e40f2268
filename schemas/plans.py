"""What Python checks and writes beside the validator, read once from the schema of a kind.

Keywords of our own in the schemas: `x-order` (the first of two fields never comes after the second), `x-past` (never
in the future), `default` (what the door writes when the key is absent), `x-beside` (that default goes beside a value).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schemas.problems import Path_
from schemas.registry import Node, expand, schema

EACH = "*"
"""In a path: every element of a list."""
_MAX_NESTING = 6


@dataclass(frozen=True)
class Plan:
    """The cross-field rules and the defaults of a kind."""

    order: tuple[str, str] | None
    nested_orders: tuple[tuple[str, Path_, tuple[str, str]], ...]
    past: tuple[tuple[str, Path_], ...]
    defaults: Mapping[str, Any]
    beside: tuple[tuple[str, str, Any], ...]
    nested_defaults: tuple[tuple[str, Path_, Mapping[str, Any]], ...]


@dataclass
class _Draft:
    """What the walk of a schema has met so far."""

    orders: list[tuple[Path_, tuple[str, str]]] = field(default_factory=list)
    past: list[Path_] = field(default_factory=list)
    defaults: list[tuple[Path_, str, Any]] = field(default_factory=list)
    beside: list[tuple[str, str, Any]] = field(default_factory=list)


@cache
def plan_of(kind: str) -> Plan:
    """Return the plan of a kind. Raises KeyError when there is no such schema."""
    draft = _Draft()
    _walk(expand(schema(kind)), (), draft)
    orders = dict(draft.orders)
    nested: dict[Path_, dict[str, Any]] = {}
    for path, key, value in draft.defaults:
        nested.setdefault(path, {})[key] = value
    return Plan(
        order=orders.pop((), None),
        nested_orders=tuple((str(path[0]), path[1:], pair) for path, pair in orders.items()),
        past=tuple((str(path[0]), path[1:]) for path in draft.past),
        defaults=nested.pop((), {}),
        beside=tuple(draft.beside),
        nested_defaults=tuple((str(path[0]), path[1:], values) for path, values in nested.items()),
    )


def _walk(node: Node, path: Path_, draft: _Draft) -> None:
    if len(path) > _MAX_NESTING:
        return
    if "x-order" in node:
        first, second = node["x-order"]
        draft.orders.append((path, (first, second)))
    if node.get("x-past"):
        draft.past.append(path)
    for key, child in node.get("properties", {}).items():
        if "x-beside" in child:
            draft.beside.append((key, child["x-beside"], child["default"]))
        elif "default" in child:
            draft.defaults.append((path, key, child["default"]))
        _walk(expand(child), (*path, key), draft)
    if isinstance(items := node.get("items"), Mapping):
        _walk(expand(items), (*path, EACH), draft)


def values_at(value: Any, path: Path_, here: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield what stands at a path of a plan, each with its path in the data; nothing where it is absent."""
    if not path:
        yield here, value
    elif path[0] == EACH:
        if isinstance(value, list | tuple):
            for rank, item in enumerate(value):
                yield from values_at(item, path[1:], (*here, rank))
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:], (*here, path[0]))
