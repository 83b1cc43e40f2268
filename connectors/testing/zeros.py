"""Group I: a zero is written only where the platform wrote one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import schemas
from connectors.base import Record
from connectors.testing.bench import BUG, Bench, Walk
from connectors.testing.exchange import Exchange, Recorded
from connectors.testing.finding import Finding

_ZERO_CELL = re.compile(rb"(?<=[,;\t\n])0(?=[,;\t\r\n])")


def zeros(bench: Bench) -> Iterator[Finding]:
    """Yield a zero that no platform wrote: every literal zero is taken out of the answers, then each number in turn.

    What the connector then says of the shape is its own affair; that it invents a zero, or breaks, is not.
    """
    recorded = bench.clean.exchanges
    for name, exchanges in (("les zéros", _changed(recorded, _without_zero)), *_without_each(recorded)):
        walk = bench.walk(Recorded(exchanges))
        if walk.end == BUG:
            words = f"Sans {name}, la moisson s'arrête sur {type(walk.error).__name__} : {walk.error}."
            yield Finding("I", "vide_inattendu", words)
        elif found := next(_invented(bench.clean, walk, strict=name == "les zéros"), None):
            yield Finding("I", "zero_invente", f"Sans {name}, la fiche {found} porte un zéro que rien ne dit.")


def _without_each(recorded: Any) -> Iterator[tuple[str, list[Exchange]]]:
    """The recordings in which the numbers under one name are null, and those in which they are absent."""
    names: set[str] = set()
    for _, reply in recorded:
        _changed_value(_json(reply.body), lambda name, value: names.add(name) if _is_number(value) else None)
    for name in sorted(names):

        def null(key: str, value: Any, wanted: str = name) -> Any:
            return None if key == wanted and _is_number(value) else value

        yield f"« {name} »", _changed(recorded, null)


def _invented(clean: Walk, walk: Walk, *, strict: bool) -> Iterator[str]:
    """The counts that are zero now and were not: `strict`, none may be."""
    before = {(record.kind, record.remote_id): list(_counts(record)) for record in clean.records}
    for record in walk.records:
        for name in _counts(record):
            if strict or name not in before.get((record.kind, record.remote_id), ()):
                yield f"{record.kind} {record.remote_id} ({name})"


def _counts(record: Record) -> Iterator[str]:
    """The fields that are zero and could be absent with a reason: ranks and positions are none of them."""
    for name in schemas.schema(record.kind)["properties"]:
        value = record.data.get(name)
        value = value.get("value") if isinstance(value, dict) else value
        if f"{name}_state" in schemas.schema(record.kind)["properties"] and _is_number(value) and value == 0:
            yield name


def _changed(recorded: Any, change: Callable[[str, Any], Any]) -> list[Exchange]:
    """The recording with each value of its JSON changed; tables lose the zeros of their cells."""
    made: list[Exchange] = []
    for asked, reply in recorded:
        value = _json(reply.body)
        text = _ZERO_CELL.sub(b"", reply.body) if change is _without_zero else reply.body
        body = text if value is None else json.dumps(_changed_value(value, change)).encode()
        made.append((asked, replace(reply, body=body)))
    return made


def _changed_value(value: Any, change: Callable[[str, Any], Any]) -> Any:
    if isinstance(value, dict):
        return {
            name: _changed_value(inner, change) if isinstance(inner, dict | list) else change(name, inner)
            for name, inner in value.items()
        }
    return [_changed_value(inner, change) for inner in value] if isinstance(value, list) else value


def _without_zero(_name: str, value: Any) -> Any:
    return None if value == "0" or (_is_number(value) and value == 0) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
