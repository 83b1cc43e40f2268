"""What a record says, in words: its fields under their French labels, each value read with the schema that describes it.

Pure functions: no request, no database. What only the register knows (the name of a SIREN) is given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.pages.format import absent, date_object, moment, nbsp, number, plural, quantity
from schemas.labels import entry, label
from schemas.registry import Node, expand, schema

Names = Mapping[str, str]
RESEAU = "le réseau des métropoles participatives"
UNLISTED = {
    "annoncee": "annoncée",
    "notes_en_relecture": "notes en relecture",
    "annulee": "annulée",
    "approuvees": "approuvées",
    "ebauche": "ébauche",
    "archive": "archivé",
    "annonce": "annoncé",
    "reporte": "reporté",
    "non_tenu": "non tenu",
    "etapes": "étapes",
    "oui_non": "oui ou non",
    "choix_multiple": "choix multiple",
}
"""Codes that stand in a schema without a list of their own, when they are not already French words."""


def kind_label(kind: str, count: int = 1) -> str:
    """Return what a kind is called, in the plural from 2 on: « Engagement », « Engagements »."""
    return plural(count, str(schema(kind)["title"]))


def field_label(kind: str, field: str) -> str:
    """Return the French label of a field of a kind; the field itself when the schema has none."""
    return str(fields_of(kind).get(field, {}).get("title", field))


def fields_of(kind: str) -> Mapping[str, Node]:
    """Return the fields of a kind with what its schema says of each, in its order."""
    described: Mapping[str, Node] = expand(schema(kind))["properties"]
    return described


def stated(kind: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any, str | None]]:
    """Yield (field, value, state) of what a record states, in the order of the schema.

    A figure and its state make one statement; a text, a date, a link have no state.
    """
    for field, node in fields_of(kind).items():
        state = f"{field}_state"
        if "x-beside" in node or field == "trace":
            continue
        if field in data or state in data:
            yield field, data.get(field), data.get(state)


def unsaid(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return the labels of the fields a record says nothing of."""
    silent = (name for name, node in fields_of(kind).items() if "x-beside" not in node and name != "trace")
    return [field_label(kind, name) for name in silent if name not in data and f"{name}_state" not in data]


def words(kind: str, field: str, value: Any, names: Names, *, share: bool = False) -> str:
    """Return a field's value in words; `names` gives the name of each SIREN, `share` reads quantities as parts."""
    return said(expand(fields_of(kind)[field]), value, names, share)


def said(node: Node, value: Any, names: Names, share: bool = False) -> str:
    """Return in words a value that `node` describes."""
    if isinstance(value, list):
        inner = expand(node.get("items", {}))
        joint = " ; " if any(isinstance(each, dict) for each in value) else ", "
        return joint.join(said(inner, each, names) for each in value)
    if isinstance(value, dict):
        return _structure(node, value, names, share)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        return number(value)
    return _text(node, str(value), names)


def figure(quantity_: Mapping[str, Any] | None, unit: str = "", *, share: bool = False, state: str = "observe") -> str:
    """Return a figure as read: « plus de 20 délibérations », « 85 % », « un tiers, soit 33,3 % », or why it is absent."""
    if quantity_ is None:
        return absent(state)
    own = quantity_.get("unit") or ""
    if not share:
        return quantity(quantity_, own or unit)
    percent = quantity(quantity_, "%")
    written = quantity_.get("as_written", "")
    text = percent if not written or "%" in written else f"{written}, soit {percent}"
    return f"{text} {own}".strip()


def name(kind: str, data: Mapping[str, Any]) -> str:
    """Return what a record is called: its title, or for a figure what it says and of what."""
    if kind != "observation":
        return nbsp(str(data.get("title") or data.get("form") or data.get("heading") or data.get("id") or ""))
    metric = entry("metrique", data["metric"])
    return nbsp(f"{metric['libelle']} : {value_of(data)}")


def value_of(data: Mapping[str, Any]) -> str:
    """Return the value of a figure in words, with its unit, or why it is absent."""
    unit = str(entry("metrique", data["metric"])["unite"])
    share, state = data["basis"] == "part", data.get("quantity_state", "observe")
    return nbsp(figure(data.get("quantity"), unit, share=share, state=state))


def capital(text: str) -> str:
    """Return the text with a capital at its head, the rest as it is."""
    return text[:1].upper() + text[1:]


def _structure(node: Node, value: Mapping[str, Any], names: Names, share: bool) -> str:
    described = node.get("properties", {})
    if "precision" in described:
        return date_object(value)
    if "qualifier" in described:
        return figure(value, share=share)
    if "kind" in described and "remote_id" in described:
        return _subject(value, names)
    part = value.get("basis") == "part"
    parts = []
    for key, inner in described.items():
        if key in value and key != "trace" and value[key] not in (None, [], {}):
            inside = expand(inner)
            parts.append(f"{inside.get('title', key)} : {said(inside, value[key], names, part)}")
    return nbsp(" · ".join(parts))


def _subject(value: Mapping[str, Any], names: Names) -> str:
    kind, remote_id = value["kind"], value["remote_id"]
    if kind == "reseau":
        return RESEAU
    if kind == "metropole":
        return names.get(remote_id, f"SIREN {remote_id}")
    word = "plateforme" if kind == "plateforme" else kind_label(kind).lower()
    return nbsp(f"{word} « {names.get(remote_id, remote_id)} »")


def _text(node: Node, value: str, names: Names) -> str:
    if liste := node.get("x-liste"):
        return label(liste, value)
    if "enum" in node:
        return UNLISTED.get(value, value.replace("_", " "))
    if node.get("x-rule") == "date_invalide":
        return moment(value)
    if node.get("x-rule") == "siren_invalide" or node.get("pattern") == "^[0-9]{9}$":
        return names.get(value, value)
    return nbsp(value)

