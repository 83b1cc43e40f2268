"""What an example of a method is: cases, each with what is given and what comes out, as a table and as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Result(NamedTuple):
    """One number of an example: what it is, its value (None when there is none), how a page writes it."""

    name: str
    value: float | str | None
    text: str


class Case(NamedTuple):
    """One case of an example: what is given, what comes out; the cases of an example share the names of results."""

    given: str
    results: tuple[Result, ...]


def rows(key: str, examples: Mapping[str, Sequence[Case]]) -> Iterator[dict[str, Any]]:
    """Yield each result of the examples of a method; one without a value has none."""
    for title, cases in examples.items():
        for case in cases:
            for result in case.results:
                row = {"method": key, "example": title, "given": case.given, "result": result.name}
                value = {} if result.value is None else {"value": result.value}
                yield row | value | {"text": result.text}
