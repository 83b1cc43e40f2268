"""The schema files, read once: the documents, their compiled validators, and what a pointer into them means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import orjson

VERSION = "1.0.0"
"""The version of the set of schemas."""

KINDS = ("process", "stage", "contribution", "meeting", "observation", "commitment", "deliberation", "document")
"""The kinds of records (`schema.md` §1)."""

Node = Mapping[str, Any]
_FOLDER = Path(__file__).parent
_BASE = "json-schema:///schemas/"
_NOT_A_SCHEMA = ("codelists/", "rules")


@cache
def documents() -> Mapping[str, Node]:
    """Return every schema file by name: `process`, `common`, `network/membership`…"""
    found = {path.relative_to(_FOLDER).with_suffix("").as_posix(): path for path in _FOLDER.rglob("*.json")}
    return {
        name: _absolute(orjson.loads(path.read_bytes()), name)
        for name, path in sorted(found.items())
        if not name.startswith(_NOT_A_SCHEMA)
    }


def schema(kind: str) -> Node:
    """Return the JSON Schema of a kind. Raises KeyError when there is none."""
    return documents()[kind]


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(f"{_BASE}{name}.json", dict(node)) for name, node in documents().items()])


@cache
def validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    """Return the compiled validator of a kind. Raises KeyError when there is no such schema.

    The pattern engine is the linear one: no text, however hostile, makes it backtrack.
    """
    return jsonschema_rs.Draft202012Validator(
        dict(schema(kind)), registry=_registry(), validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def _absolute(node: Any, name: str) -> Any:
    """Return the node with its references to its own file (`#/…`) written in full, to be read anywhere."""
    if isinstance(node, list):
        return [_absolute(item, name) for item in node]
    if not isinstance(node, dict):
        return node
    absolute = {key: _absolute(value, name) for key, value in node.items()}
    if str(absolute.get("$ref", "")).startswith("#"):
        absolute["$ref"] = f"/schemas/{name}.json{absolute['$ref']}"
    return absolute


def resolve(reference: str) -> Node:
    """Return the node that a full reference (`/schemas/common.json#/$defs/Day`) points to. Raises KeyError."""
    file, _, fragment = reference.partition("#")
    node: Any = documents()[file.removeprefix("/schemas/").removesuffix(".json")]
    for step in fragment.split("/")[1:]:
        node = node[step]
    return cast("Node", node)


def expand(node: Node) -> Node:
    """Return the node with what its `$ref` says written into it; its own words win over those of the target."""
    if "$ref" not in node:
        return node
    own = {key: value for key, value in node.items() if key != "$ref"}
    return {**expand(resolve(node["$ref"])), **own}


@lru_cache(4096)
def field_at(kind: str, path: tuple[str | int, ...]) -> Node:
    """Return the node that describes the value at `path` in a thing of that kind; an empty node when none does."""
    node = expand(schema(kind))
    for step in path:
        child = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
        if not isinstance(child, Mapping):
            return {}
        node = expand(child)
    return node


@lru_cache(4096)
def rule_at(kind: str, path: tuple[str | int, ...]) -> Node:
    """Return the nearest node above a failing keyword that names its rule (`x-rule`); an empty node when none does."""
    node: Any = schema(kind)
    named: Node = node if "x-rule" in node else {}
    for step in path:
        node = resolve(node["$ref"]) if step == "$ref" else node[step]
        if isinstance(node, Mapping) and "x-rule" in node:
            named = node
    return named
