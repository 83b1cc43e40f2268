"""What a held run would change, in the words of those who decide: no code, no technical word (`harvest.md` H40)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.harvest.holds import Difference
from schemas import label
from schemas.registry import Node, expand, schema

CHANGES = {"missing": "Ne serait plus là", "new": "Serait nouvelle", "changed": "Changerait"}
NOTHING = "non dit"
_CUT = 200


def lines(found: Difference) -> Iterator[str]:
    """Yield the lines that say one difference: which thing, then each field that changes, before and after."""
    known = found.after | found.before
    title = known.get("title") or known.get("heading") or found.remote_id
    yield f"{CHANGES[found.change]} : {schema(found.kind)['title']} « {title} »"
    if found.change == "changed":
        for field in sorted({*found.before, *found.after}):
            before, after = found.before.get(field), found.after.get(field)
            if before != after:
                was, becomes = said(found.kind, field, before), said(found.kind, field, after)
                yield f"    {field_title(found.kind, field)} : {was} → {becomes}"


def field_title(kind: str, field: str) -> str:
    """Return the French name of a field; « état de … » for what says why a figure is absent."""
    properties = expand(schema(kind))["properties"]
    if field.endswith("_state") and "title" not in expand(properties.get(field, {})):
        return f"État de « {field_title(kind, field.removesuffix('_state'))} »"
    return str(expand(properties.get(field, {})).get("title", field))


def said(kind: str, field: str, value: Any) -> str:
    """Return the value of a field in words, cut when it is long."""
    text = _words(expand(schema(kind))["properties"].get(field, {}), value)
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def _words(node: Node, value: Any) -> str:
    node = expand(node)
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return " ; ".join(_words(node.get("items", {}), each) for each in value)
    if isinstance(value, Mapping):
        inner = node.get("properties", {})
        return ", ".join(_words(inner.get(name, {}), each) for name, each in value.items() if each is not None)
    liste = node.get("x-liste")
    return _coded(str(liste), str(value)) if liste else str(value)


def _coded(liste: str, code: str) -> str:
    try:
        return label(liste, code)
    except KeyError:
        return code
