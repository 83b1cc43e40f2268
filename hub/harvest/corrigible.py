"""What a person may correct of a thing, and what they typed, read as the schema writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import schemas
from hub.harvest.derive import LINKS
from schemas.registry import Node, expand

CODE, CODES, YES_NO, DAY, NUMBER, QUANTITY, TEXTS, LINE, TEXT = (
    *("code", "codes", "yes_no", "day", "number", "quantity", "texts", "line", "text"),
)
"""How a field is typed."""
APART = frozenset({*LINKS, "id", "subject", "body", "updated_at", "file_sha256"})
"""What a correction does not touch: links, which are those of the source, its free texts, its own book-keeping."""
LONG = 500
"""Length from which a text is typed in a large field."""
NO = "non"


def shape(kind: str, field: str) -> str | None:
    """Return how a field is typed; None when it is not corrected by hand: links, tables, the words of the source."""
    described = expand(schemas.schema(kind))["properties"]
    node = expand(described.get(field, {}))
    if not node or field in APART or field.endswith("_raw") or "x-beside" in node:
        return None
    types = node.get("type", [])
    accepted = {types} if isinstance(types, str) else set(types)
    if "enum" in node:
        return CODE
    if "array" in accepted:
        return _shape_of_list(expand(node["items"]))
    if "qualifier" in node.get("properties", {}):
        return QUANTITY
    if accepted & {"integer", "number"}:
        return NUMBER
    if "boolean" in accepted:
        return YES_NO
    if "string" not in accepted:
        return None
    if node.get("x-rule") == "date_invalide":
        return DAY
    return TEXT if node.get("maxLength", 0) > LONG and node.get("x-rule") == "texte_vide" else LINE


def _shape_of_list(item: Node) -> str | None:
    if "enum" in item:
        return CODES
    return TEXTS if item.get("type") == "string" else None


def has_state(kind: str, field: str) -> bool:
    """Tell whether the absence of a field's value says why (`x` and `x_state`, `schema.md` §3)."""
    return f"{field}_state" in expand(schemas.schema(kind))["properties"]


def typed(kind: str, field: str, texts: Sequence[str], state: str, now: Any) -> dict[str, Any]:
    """Return the fields that what was typed makes; what cannot be read stays as it is: the schema says what is wrong.

    `texts` are the values of the field's inputs, `state` why there is no value, `now` the value read today, of which a
    quantity keeps the unit. An absent number is never 0: it comes with its reason (`harvest.md` H56).
    """
    if has_state(kind, field):
        value = None if state else _value(kind, field, texts, now)
        return {field: value, f"{field}_state": state or "observe"}
    return {field: _value(kind, field, texts, now)}


def _value(kind: str, field: str, texts: Sequence[str], now: Any) -> Any:
    text = texts[0].replace("\r\n", "\n").strip() if texts else ""
    how = shape(kind, field)
    if how == YES_NO:
        return {"oui": True, NO: False}.get(text, text)
    if how == CODES:
        return list(texts)
    if how == TEXTS:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if how == NUMBER:
        return _number(text)
    if how == QUANTITY:
        unit = {"unit": now["unit"]} if isinstance(now, Mapping) and "unit" in now else {}
        return {"value": _number(text), "qualifier": "exact", **unit}
    return text


def _number(text: str) -> int | float | str:
    """Return the number that a French hand wrote, « 85 % » as 0.85; the text itself when it is none."""
    percent = text.endswith("%")
    try:
        found = schemas.number(text.removesuffix("%"))
    except ValueError:
        return text
    return round(found / 100, 9) if percent else found
