"""The rows of an answer: a list somewhere in JSON, the lines of JSON Lines, the features of GeoJSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.answer import Answer
from connectors.base import SourceChanged, SourceDown
from connectors.paths import Row
from connectors.strict import parse

Rows = list[tuple[str, Any]]
"""What stands at each place of a list, with its JSON pointer; what is no object is refused later."""

_STEP = re.compile(r"[^.\[\]]+|\[(?:\*|[0-9]+)\]")
_LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines", "application/jsonlines")
_UNREADABLE = object()


def is_lines(answer: Answer, *, declared: bool) -> bool:
    """Tell whether an answer is JSON Lines: declared so, or sent as such."""
    return declared or answer.media_type in _LINES


def lines(answer: Answer) -> Rows:
    """Return the value of each line; an unreadable one is no object. Raises SourceDown when the last line is cut."""
    content = answer.content
    if not content.strip() or content.lstrip()[:1] == b"<":
        raise SourceChanged("La plateforme répond une page web, ou rien, au lieu de lignes de données.")
    texts = content.split(b"\n")
    rows = [(f"L{rank}", _line(text)) for rank, text in enumerate(texts, 1) if text.strip()]
    if rows[-1][1] is _UNREADABLE and texts[-1].strip():
        raise SourceDown("La réponse de la plateforme a été coupée en chemin.")
    return rows


def _line(text: bytes) -> Any:
    try:
        return parse(text)
    except ValueError:
        return _UNREADABLE


def refuse_errors(body: Any) -> None:
    """Raise SourceChanged when an answer states errors: rows beside them may be a part only."""
    for name in ("error", "errors"):
        if isinstance(body, Mapping) and body.get(name):
            raise SourceChanged(f"La plateforme répond une erreur au lieu de données : « {name} ».")


def rows(body: Any, path: str) -> Rows:
    """Return what stands in the list at `path` (`data[*]`, `features[*].properties`). Raises SourceChanged without it.

    A path that ends before `[*]` must lead to a list. Null is not an empty list.
    """
    found: Rows = [("", body)]
    steps = _STEP.findall(path)
    within = False
    for step in steps if "[*]" in steps else [*steps, "[*]"]:
        if step == "[*]":
            found = [inside for pointer, value in found for inside in _each(pointer, value, path)]
            within = True
        else:
            found = [_entered(pointer, value, step, path, within=within) for pointer, value in found]
    return found


def _each(pointer: str, value: Any, path: str) -> Rows:
    if not isinstance(value, list):
        raise SourceChanged(f"La réponse de la plateforme n'a plus de liste à l'endroit prévu : « {path} ».")
    return [(f"{pointer}/{rank}", inside) for rank, inside in enumerate(value)]


def _entered(pointer: str, value: Any, step: str, path: str, *, within: bool) -> tuple[str, Any]:
    """Step into a value. Within a list, what has no such place is a row that cannot be read; before it, no list."""
    if step.startswith("["):
        rank = int(step[1:-1])
        inside, known = (value[rank], True) if isinstance(value, list) and rank < len(value) else (None, False)
        step = str(rank)
    else:
        known = isinstance(value, Mapping) and step in value
        inside = value[step] if known else None
        if step == "properties" and known and isinstance(inside, dict) and value.get("type") == "Feature":
            inside = _feature(value, inside)
    if not known and not within:
        raise SourceChanged(f"La réponse de la plateforme n'a plus de liste à l'endroit prévu : « {path} ».")
    return f"{pointer}/{step.replace('~', '~0').replace('/', '~1')}", inside


def _feature(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> Row:
    """Return the properties of a GeoJSON feature with its id and its point; other shapes have no place to show."""
    geometry = feature.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    return {"id": feature.get("id"), **properties, "geometry": _degrees(point)}


def _degrees(point: Any) -> dict[str, float] | None:
    """Return a WGS 84 point (RFC 7946: longitude first), None for one in another projection."""
    match point:
        case [int() | float() as lon, int() | float() as lat, *_] if abs(lon) <= 180 and abs(lat) <= 90:
            return {"lat": lat, "lon": lon}
    return None
