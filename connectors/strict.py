"""JSON as a platform must write it: UTF-8, no duplicate key, no NaN, not deeper than 64 levels (`harvest.md` §14)."""

from __future__ import annotations

import json
from typing import Any

MAX_DEPTH = 64


class DuplicateKey(ValueError):
    """An object states the same key twice: which value is meant cannot be known."""


class TooDeep(ValueError):
    """The value has more levels than any platform needs."""


def parse(content: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError (UnicodeDecodeError, DuplicateKey, TooDeep among them)."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise TooDeep from error
    if _depth(value) > MAX_DEPTH:
        raise TooDeep
    return value


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= MAX_DEPTH:
        deepest += 1
        level = [
            inside
            for each in level
            if isinstance(each, dict | list)
            for inside in (each.values() if isinstance(each, dict) else each)
        ]
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise DuplicateKey(key)
        result[key] = value
    return result


def _no_constant(name: str) -> float:
    raise ValueError(name)
