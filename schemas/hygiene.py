"""What no schema can say of a value: text that UTF-8 cannot carry, keys that are not texts, bottomless nesting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.problems import Path_, Problem, found, pointer_of, problem

MAX_DEPTH = 64
"""How deep data may be nested (the cap of JSON read from outside)."""

MAX_PARTS = 20_000
"""Beyond so many values, no thing of ours: its first problem is told, not all."""


def is_huge(data: object) -> bool:
    """Tell whether the data hold more values than any thing of ours; looks no further than that."""
    parts, stack = 0, [data]
    while stack and parts <= MAX_PARTS:
        value = stack.pop()
        if isinstance(value, dict | list | tuple):
            parts += len(value)
            stack.extend(value.values() if isinstance(value, dict) else value)
    return parts > MAX_PARTS


def unreadable(data: object) -> Iterator[Problem]:
    """Yield why a value cannot be judged at all. Walks without recursion: the depth of the data does not matter."""
    stack: list[tuple[Path_, Any]] = [((), data)]
    while stack:
        path, value = stack.pop()
        if len(path) > MAX_DEPTH:
            yield problem("trop_profond", pointer_of(path), limit=str(MAX_DEPTH))
        elif isinstance(value, dict):
            yield from _keys(path, value)
            stack.extend(((*path, key), item) for key, item in value.items() if isinstance(key, str))
        elif isinstance(value, list | tuple):
            stack.extend(((*path, rank), item) for rank, item in enumerate(value))
        elif isinstance(value, str):
            if not _is_utf8(value):
                yield problem("texte_invalide", pointer_of(path), value)
        elif value is not None and not isinstance(value, bool | int | float):
            yield problem("type_invalide", pointer_of(path), found(value), expected="une valeur JSON")


def _keys(path: Path_, value: dict[Any, Any]) -> Iterator[Problem]:
    for key in value:
        if not isinstance(key, str):
            yield problem("cle_invalide", pointer_of(path), found(key))
        elif not _is_utf8(key):
            yield problem("texte_invalide", pointer_of((*path, key)), key)


def _is_utf8(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
