"""The fields that no free text enters: once valid, they can hold nothing of a person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.registry import Node, expand, schema

_BARE_TYPES = {"integer", "number", "boolean", "null"}
_DATE = "date_invalide"
"""The rule of the patterns that only a day or an instant fits."""


@cache
def closed_fields(kind: str) -> frozenset[str]:
    """Return the fields of a kind whose valid values are codes, numbers, days, or made of these alone."""
    fields = schema(kind).get("properties", {})
    return frozenset(name for name, node in fields.items() if _is_closed(node))


def _is_closed(node: Node) -> bool:
    node = expand(node)
    if "enum" in node or "const" in node or node.get("x-rule") == _DATE:
        return True
    kinds = node.get("type")
    if {kinds} <= _BARE_TYPES if isinstance(kinds, str) else kinds and set(kinds) <= _BARE_TYPES:
        return True
    if kinds == "array" and isinstance(node.get("items"), Mapping):
        return _is_closed(node["items"])
    inside = node.get("properties")
    closed = kinds == "object" and node.get("additionalProperties") is False and inside
    return bool(closed) and all(map(_is_closed, node["properties"].values()))
