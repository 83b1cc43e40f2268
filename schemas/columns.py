"""The table of a kind: one column for each value that a record may state, in the order of its schema (push-api.md §5).

An object gives its fields a column each (`location.label`); a list of objects keeps one, written as JSON.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from schemas.labels import codes, label
from schemas.registry import KINDS, Node, expand, schema

SHEETS = {
    "process": "Démarches",
    "stage": "Étapes",
    "contribution": "Contributions",
    "meeting": "Rencontres",
    "observation": "Chiffres",
    "commitment": "Engagements",
    "deliberation": "Délibérations",
    "document": "Documents",
}
"""Kind → how its sheet is called; the name of its CSV file is made of it (`slug_of`)."""
ENVELOPE = ("remote_id", "deleted", "diffusion", "public_on", "revision")
TEXT, NUMBER, BOOLEAN, DAY, MOMENT, CODE, CODES, LIST, JSON = (
    "text", "number", "boolean", "day", "moment", "code", "codes", "list", "json",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column. `path` leads to its value, `name` is its technical French name, `label` what people read.

    `form` says how its cells are written; `options` are the codes that they may hold, each with its label.
    `required`: a record without it is refused; `stated`: another column may say why its number is absent.
    """

    path: tuple[str, ...]
    name: str
    label: str
    description: str
    form: str
    node: Node = field(compare=False)
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    stated: bool = False
    envelope: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the path as JSON names it: `location.label`."""
        return ".".join(self.path)


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind: the identifier, its data, then what the envelope says of it. Raises KeyError."""
    envelope = {key: _column((key,), expand(node), key == "remote_id") for key, node in _envelope().items()}
    data = [column for key, node in schema(kind)["properties"].items() for column in _of_field(kind, key, node)]
    return (envelope.pop("remote_id"), *data, *envelope.values())


def slug_of(kind: str) -> str:
    """Return the name of a kind in file names and addresses: `demarches`."""
    return unicodedata.normalize("NFKD", SHEETS[kind]).encode("ascii", "ignore").decode().casefold()


def _envelope() -> dict[str, Node]:
    properties = schema("record")["properties"]
    return {key: properties[key] for key in ENVELOPE}


def _of_field(kind: str, key: str, node: Node) -> Iterator[Column]:
    whole, stated = expand(node), f"{key}_state" in schema(kind)["properties"]
    required = key in schema(kind)["required"] and "default" not in whole
    if "properties" not in whole:
        yield _column((key,), whole, required, stated)
        return
    for rank, (inner, child) in enumerate(whole["properties"].items()):
        column = _inside(key, whole, inner, expand(child), first=rank == 0)
        yield replace(column, required=required and inner in whole.get("required", ()), stated=stated)


def _column(path: tuple[str, ...], node: Node, required: bool, stated: bool = False) -> Column:
    """Return the column of a field that stands by itself."""
    return Column(
        path=path,
        name=node["x-colonne"],
        label=node["title"],
        description=node["description"],
        form=_form(node),
        node=node,
        required=required,
        options=_options(node),
        stated=stated,
        envelope=path[0] in ENVELOPE,
    )


def _inside(key: str, parent: Node, inner: str, node: Node, *, first: bool) -> Column:
    """Return the column of a field of an object: it bears the object's name, alone where both are called the same."""
    own, outer = node.get("x-colonne") or _bare(node["title"]), parent["x-colonne"]
    same = own == outer
    return Column(
        path=(key, inner),
        name=outer if same else f"{outer}_{own}",
        label=parent["title"] if same else f"{parent['title']} – {node['title']}",
        description=node["description"],
        form=_form(node),
        node=node,
        options=_options(node),
        aliases=(own, *((outer,) if first else ())),
    )


def _form(node: Node) -> str:
    if "enum" in node:
        return CODE
    types = node.get("type", "string")
    kinds = {types} if isinstance(types, str) else set(types)
    if "array" in kinds:
        inside = expand(node["items"])
        return JSON if inside.get("type") == "object" else CODES if "enum" in inside else LIST
    if node.get("x-rule") == "date_invalide":
        return MOMENT if "x-expected" in node else DAY
    return (
        BOOLEAN if "boolean" in kinds else NUMBER if kinds & {"number", "integer"} and "string" not in kinds else TEXT
    )


def _options(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the codes that a cell may hold, with their French labels; kinds of records are called by their titles."""
    node = expand(node["items"]) if "items" in node else node
    accepted, liste = node.get("enum", ()), node.get("x-liste")
    if liste:
        return tuple((code, label(liste, code)) for code in codes(liste) if code in accepted)
    return tuple((code, schema(code)["title"] if code in KINDS else code) for code in accepted)


def _bare(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
