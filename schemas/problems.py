"""What is wrong with a record, said in French: the one table of rules, and the problems made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from schemas.personal import masked

MAX_VALUE = 200
"""How much of the value found is shown."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (JSON pointer), what was found, what was expected, and how to put it right."""

    rule: str
    pointer: str
    value: str | None
    expected: str | None
    message: str
    how: str
    doc: str
    severity: str = "error"


class _Words(dict[str, str]):
    """The words of a template; one that was not given reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


@cache
def rules() -> Mapping[str, Mapping[str, str | None]]:
    """Return the table of rules: code → title, message, how, expected, severity."""
    table: dict[str, dict[str, str | None]] = orjson.loads(Path(__file__).with_name("rules.json").read_bytes())
    return table


def problem(rule: str, pointer: str, value: str | None = None, **words: str) -> Problem:
    """Return the problem of that rule, its sentences filled with `words`. Raises KeyError for an unknown rule.

    The words a template may use: `field`, `parent`, `key`, `title`, `description`, `expected`, `limit`, `other`,
    `near`, `position`; `value` is the value found. What it may hold of persons is masked.
    """
    row = rules()[rule]
    shown = None if value is None else masked(printable(value))[:MAX_VALUE]
    told = {key: masked(printable(word)) for key, word in words.items()}
    known = _Words({"value": shown or "", "field": "Ce champ", **told})
    expected = known.get("expected") or (row["expected"] or "").format_map(known) or None
    known["expected"] = expected or ""
    return Problem(
        rule=rule,
        pointer=masked(printable(pointer)),
        value=shown,
        expected=expected,
        message=(row["message"] or "").format_map(known),
        how=(row["how"] or "").format_map(known).strip(),
        doc=f"/problems/{rule}",
        severity=row["severity"] or "error",
    )


def pointer_of(path: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def printable(text: str) -> str:
    """Return the text with U+0000 and what UTF-8 cannot carry replaced, so that it can be stored and sent."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def found(value: Any) -> str:
    """Return a value as the text shown to people, shortened."""
    if isinstance(value, str):
        return value[:MAX_VALUE]
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()[:MAX_VALUE]
    except (TypeError, RecursionError):
        return "{…}" if isinstance(value, dict) else "[…]" if isinstance(value, list | tuple) else type(value).__name__
