"""JSON as a platform must write it: UTF-8, no duplicate key, no NaN, not deeper than 64 levels (`harvest.md` §14).

Two readers give the same values: a fast one for what it can prove to be well written, an exact one for all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

import orjson

MAX_DEPTH = 64
_BOM = b"\xef\xbb\xbf"
_INSPECTED = frozenset({dict, list, float})
_EXACT_BELOW = 2.0**63
"""The fast reader makes floats of longer integers."""
_FIGURES, _LONG = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19
"""Without such a run of figures there is no longer integer."""


class DuplicateKey(ValueError):
    """An object states the same key twice: which value is meant cannot be known."""


class TooDeep(ValueError):
    """The value has more levels than any platform needs."""


class _Unproven(ValueError):
    """The fast reader cannot vouch for this text: the exact one decides."""


def parse(content: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError (UnicodeDecodeError, DuplicateKey, TooDeep among them)."""
    content = content.removeprefix(_BOM)
    try:
        return _fast(content)
    except ValueError:
        return exact(content)


def are_proven(contents: Sequence[bytes], values: Sequence[Any]) -> bool:
    """Tell whether these texts, read by the fast reader, have these values indeed; False where it cannot vouch for all.

    What `parse` looks for in each text is looked for once in all: each has at least the colons of its value.
    """
    whole = b"\n".join(contents)
    deep = any(content.count(b"{") + content.count(b"[") >= MAX_DEPTH for content in contents)
    odd = deep or b"\\u003" in whole or _LONG in whole.translate(_FIGURES)
    return not odd and whole.count(b":") == orjson.dumps(values).count(b":")


def exact(content: bytes) -> Any:
    """Return the value of a JSON text without BOM, each object looked at as it is read. Raises as `parse` does."""
    text = content.decode("utf-8")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise TooDeep from error
    _look_through(value)
    return value


def _fast(content: bytes) -> Any:
    """Return the value of a text without duplicate keys or integers beyond 64 bits. Raises ValueError on any other.

    A key written twice is lost in reading, and its colon with it: the value, written again, then has fewer colons
    than the text. Only an escaped colon could hide that.
    """
    value = orjson.loads(content)
    odd = content.count(b"{") + content.count(b"[") >= MAX_DEPTH or _LONG in content.translate(_FIGURES)
    if odd and not all(-_EXACT_BELOW < number < _EXACT_BELOW for number in _look_through(value)):
        raise _Unproven
    if b"\\u003" in content or content.count(b":") != orjson.dumps(value).count(b":"):
        raise _Unproven
    return value


def _look_through(value: Any) -> list[float]:
    """Return the floats of a value, level by level. Raises TooDeep."""
    floats: list[float] = []
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH):
        inside = chain.from_iterable([each.values() if type(each) is dict else each for each in level])
        found = [each for each in inside if type(each) in _INSPECTED]
        level = [each for each in found if type(each) is not float]
        if len(level) < len(found):
            floats += [each for each in found if type(each) is float]
        if not level:
            return floats
    if any(level):
        raise TooDeep
    return floats


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise DuplicateKey(key)
        result[key] = value
    return result


def _no_constant(name: str) -> float:
    raise ValueError(name)
