"""Persons taken out of JSON: by pointers, or by names wherever they stand. What is left keeps its values exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

from connectors.personal_texts import mask_values
from connectors.strict import parse
from connectors.text import folded

Plan = dict[str, "Plan | None"]
"""Pointers as a tree of steps; None: here it is cut."""
_NESTED = (dict, list)
_KEYS = re.compile(rb'"[ \t\r\n]*:')
_LONG = re.compile(rb"[0-9]{19}")
"""Whole numbers that orjson may read as decimals."""


def stripped_json(content: bytes, personal: tuple[str, ...]) -> bytes | None:
    """Return JSON, or JSON Lines, without what `personal` names; the same object when nothing is; None: unreadable."""
    whole = _stripped(content, personal)
    if whole is not None or content.count(b"\n") == 0:
        return whole
    lines = content.splitlines(keepends=True)
    kept = [_stripped(line, personal) if line.strip() else line for line in lines]
    if any(line is None for line in kept):
        return None
    if all(before is after for before, after in zip(lines, kept, strict=True)):
        return content
    return b"\n".join((line or b"").rstrip(b"\r\n") for line in kept) + b"\n"


def _stripped(content: bytes, personal: tuple[str, ...]) -> bytes | None:
    plan, names = _plan(personal)
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _carefully(content, plan, names)
    if sum(len(each) for each in _objects(value)) != len(_KEYS.findall(content)):
        return _carefully(content, plan, names)
    if not _cut_all(value, plan, names):
        return content
    return _carefully(content, plan, names) if _LONG.search(content) else orjson.dumps(value)


def _carefully(content: bytes, plan: Plan, names: frozenset[str]) -> bytes | None:
    """Do the same with the strict reader: a key stated twice could hide a person, a long number must stay whole."""
    try:
        value = parse(content)
        if not _cut_all(value, plan, names):
            return content
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _plan(personal: tuple[str, ...]) -> tuple[Plan, frozenset[str]]:
    tree: Plan = {}
    for pointer in sorted(one for one in personal if one.startswith("/")):
        *way, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
        place: Plan | None = tree
        for step in way:
            place = place.setdefault(step, {}) if place is not None else None
        if place is not None:
            place[last] = None
    return tree, frozenset(folded(one) for one in personal if not one.startswith("/"))


def _cut_all(value: Any, plan: Plan, names: frozenset[str]) -> bool:
    """Remove what the plan and the names say, mask what texts say of persons; tell whether anything was."""
    cut = _cut(value, plan)
    for each in _objects(value) if names else ():
        for key in [key for key in each if folded(key) in names]:
            del each[key]
            cut = True
    return mask_values(value) | cut if isinstance(value, dict | list) else cut


def _cut(value: Any, plan: Plan) -> bool:
    cut = False
    for step, below in plan.items():
        for place in _places(value, step):
            if below is None:
                del value[place]
                cut = True
            else:
                cut |= _cut(value[place], below)
    return cut


def _places(value: Any, step: str) -> list[Any]:
    """Return the keys or indexes of `value` that a step leads to, the last first: some may be removed on the way."""
    if isinstance(value, dict):
        return list(value) if step == "*" else [step] if step in value else []
    if isinstance(value, list):
        if step == "*":
            return list(range(len(value) - 1, -1, -1))
        return [int(step)] if step.isdecimal() and int(step) < len(value) else []
    return []


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a value, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += [inside for inside in each.values() if isinstance(inside, _NESTED)]
        elif isinstance(each, list):
            waiting += [inside for inside in each if isinstance(inside, _NESTED)]
