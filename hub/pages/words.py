"""What a record says, in words: its fields under their French labels, each value read with the schema it obeys.

Pure functions: no request, no database. What only the register knows (the name of a SIREN) is given by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors import records
from hub.harvest.options import module_called
from hub.models.hidden import below
from hub.pages.format import absent, date_object, moment, nbsp, number, plural, quantity, state_label
from schemas.labels import entry, label
from schemas.registry import Node, expand, schema

Names = Mapping[str, str]
WRITERS = {records.NAME: records.LABEL, "correction": "Correction par une personne"}
"""What writes records and is no connector."""
APART = {
    "communes": ("engagement propre des communes", "engagements propres des communes"),
    "autre_plan": ("engagement d'un autre plan", "engagements d'un autre plan"),
    "interpellation": ("interpellation d'une autre institution", "interpellations d'autres institutions"),
}
"""What is counted apart from the commitments of the metropole, by level."""
RESEAU = "le réseau des métropoles participatives"
OURS = ("id", "trace")
"""What is no statement: the name the hub gives, and where the statements are written."""
LONG = 40
"""Length from which the texts of a list stand one below the other."""
NAMING = ("on", "number", "label", "title", "heading")
"""The parts of an object that say which one it is."""
PLAIN = ("quantity", "basis", "period", "date", "text", "wordings", "dimension", "value", "raw")
"""The parts of an object that need no label."""
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
        if "x-beside" in node or field in OURS:
            continue
        if field in data or state in data:
            yield field, data.get(field), data.get(state)


def unsaid(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return the labels of the fields a record says nothing of."""
    silent = (name for name, node in fields_of(kind).items() if "x-beside" not in node and name not in OURS)
    return [field_label(kind, name) for name in silent if name not in data and f"{name}_state" not in data]


def words(kind: str, field: str, value: Any, names: Names) -> str:
    """Return a field's value in words; `names` gives the name of each SIREN and of each subject."""
    return said(expand(fields_of(kind)[field]), value, names)


def tell(kind: str, field: str, data: Mapping[str, Any], names: Names) -> list[str]:
    """Return what a record states in a field, in words: one text, or one for each part of a list of parts.

    An absent value says why it is absent; `names` gives the name of each SIREN and of each subject.
    """
    value, state = data.get(field), data.get(f"{field}_state")
    if value is None:
        return [_unseen(data, field, state or "non_transmis")]
    if kind == "observation" and field == "quantity":
        return [_as_written(value_of(data), value)]
    node = expand(fields_of(kind)[field])
    if isinstance(value, list) and any(isinstance(each, dict) or len(str(each)) > LONG for each in value):
        inner = expand(node.get("items", {}))
        return [said(inner, each, names) for each in value]
    return [words(kind, field, value, names)]


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


def figure(
    quantity_: Mapping[str, Any] | None, unit: str = "", *, share: bool = False, state: str = "non_transmis"
) -> str:
    """Return a figure as read: « plus de 20 comptes », « 85 % », « un tiers, soit 33,3 % », or why it is absent."""
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
    if kind == "network/membership":
        group = [label("groupe", data["group"]), data.get("year", ""), data.get("written_as", data["siren"])]
        return nbsp(", ".join(filter(None, group)))
    if kind != "observation":
        return nbsp(str(data.get("title") or data.get("form") or data.get("heading") or data.get("id") or ""))
    metric = entry("metrique", data["metric"])
    return nbsp(f"{metric['libelle']} : {value_of(data)}")


def value_of(data: Mapping[str, Any]) -> str:
    """Return the value of a figure in words, with its unit, or why it is absent."""
    unit = str(entry("metrique", data["metric"])["unite"])
    share, state = data["basis"] == "part", data.get("quantity_state", "non_transmis")
    if data.get("quantity") is None:
        return nbsp(_unseen(data, "quantity", state))
    return nbsp(figure(data.get("quantity"), unit, share=share, state=state))


def within(title: str) -> str:
    """Return a title as it stands inside « », its own quotation marks turned into “ ”."""
    return re.sub(r"«([^«»]*)»", lambda found: f"“{found[1].strip()}”", title)


def capital(text: str) -> str:
    """Return the text with a capital at its head, the rest as it is."""
    return text[:1].upper() + text[1:]


def _unseen(data: Mapping[str, Any], field: str, state: str) -> str:
    """Return why a figure is not seen: « < 11 — masqué, petits effectifs » where it is known to be under 11."""
    limit = below(data, field)
    return absent(state) if limit is None else f"< {limit} — {state_label(state)}"


def _structure(node: Node, value: Mapping[str, Any], names: Names, share: bool) -> str:
    described = node.get("properties", {})
    if "precision" in described:
        return _as_written(date_object(value), value)
    if "qualifier" in described:
        return _as_written(figure(value, share=share), value)
    if "kind" in described and "remote_id" in described:
        return _subject(value, names)
    return _parts(described, value, names, value.get("basis") == "part")


def _parts(described: Mapping[str, Node], value: Mapping[str, Any], names: Names, share: bool) -> str:
    """The parts of an object on one line: what names it first, then the rest, labelled unless it speaks for itself."""
    first, then = [], []
    for key, inner in described.items():
        if key == "trace" or value.get(key) in (None, [], {}):
            continue
        inside = expand(inner)
        text = said(inside, value[key], names, share)
        if key in NAMING:
            first.append(text)
        else:
            then.append(text if key in PLAIN else f"{inside.get('title', key)} : {text}")
    return nbsp(" : ".join(filter(None, (", ".join(first), " · ".join(then)))))


def _as_written(text: str, value: Mapping[str, Any]) -> str:
    """The words of the document beside ours, when they are not the same."""
    own = value.get("as_written", "")
    plain = re.sub(r"\s+", " ", own).casefold()
    return (
        text if not own or plain in re.sub(r"\s+", " ", text).casefold() else nbsp(f"{text}, écrit « {within(own)} »")
    )


def _subject(value: Mapping[str, Any], names: Names) -> str:
    kind, remote_id = value["kind"], value["remote_id"]
    if kind == "reseau":
        return RESEAU
    if kind == "metropole":
        return names.get(remote_id, f"SIREN {remote_id}")
    word = "plateforme" if kind == "plateforme" else kind_label(kind).lower()
    return nbsp(f"{word} « {within(names.get(remote_id, remote_id))} »")


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


def connector_label(name: str) -> str:
    """Return what a connector is called in French; its name when no one declared a label."""
    module = module_called(name)
    return str(module.LABEL) if module else WRITERS.get(name, name)
