"""What a declaration says of asking: address, pages, list, bounds (`platforms/files.md` §10), checked by a schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import jsonschema_rs

from connectors.base import Endpoint
from connectors.declaration import declared, written, wrong
from connectors.mapping import Correspondence

_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 100_000_000}
_SIZE = {"type": "integer", "minimum": 1, "maximum": 10_000}


def _paging(style: str, required: tuple[str, ...], **known: Any) -> dict[str, Any]:
    properties = {"style": {"const": style}, "total": _NAME, **known}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["style", *required],
        "dependentRequired": {"size_name": ["size"]} if "size" in known else {},
        "properties": properties,
    }


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "request": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "url": _NAME | {"maxLength": 2_000},
                "params": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 500}},
                "format": {"enum": ["json", "jsonl"]},
                "paging": {
                    "oneOf": [
                        _paging("none", ()),
                        _paging("next_url", ("path",), path=_NAME),
                        _paging("cursor", ("path", "name"), path=_NAME, name=_NAME, more=_NAME),
                        _paging("page", ("name",), name=_NAME, first=_COUNT, size_name=_NAME, size=_SIZE, pages=_NAME),
                        _paging("offset", ("name",), name=_NAME, first=_COUNT, size_name=_NAME, size=_SIZE),
                    ]
                },
            },
        },
        "items": {"type": "string", "maxLength": 200, "pattern": r"^(?:[^.\[\]]+|\[(?:\*|[0-9]+)\]|\.)*$"},
        "drop": {"type": "array", "items": {"type": "string"}},
        "since": {
            "type": "object",
            "additionalProperties": False,
            "required": ["param", "from"],
            "properties": {"param": _NAME, "from": _NAME},
        },
        "expect": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"min_rows": _COUNT, "max_rows": _COUNT},
        },
    },
}
"""What is checked here of a declaration; its kind, key and fields are checked by `connectors/declaration.py`."""

NOTES = 1
"""The form of what is noted of a page: a new one makes older notes void."""

_CHECK = jsonschema_rs.validator_for(dict(SCHEMA))


@dataclass(frozen=True)
class Plan:
    """A checked declaration: what to ask, where the rows stand, how they become records."""

    mapping: Correspondence
    url: str
    params: Mapping[str, str]
    lines: bool
    paging: Mapping[str, Any]
    items: str
    digest: str
    since: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, int] = field(default_factory=dict)


def planned(endpoint: Endpoint) -> Plan:
    """Return the declaration of a source, checked. Raises SourceChanged naming what to correct."""
    option = written(endpoint.options.get("mapping"))
    if error := next(iter(_CHECK.iter_errors(option)), None):
        place = ".".join(str(step) for step in error.instance_path)
        raise wrong(f"« {place} » n'a pas la forme attendue")
    request = option.get("request", {})
    url = urljoin(endpoint.url, request.get("url", ""))
    if urlsplit(url).netloc != urlsplit(endpoint.url).netloc:
        raise wrong("« request.url » est sur un autre site que l'adresse de la source")
    lines = request.get("format") == "jsonl"
    paging = request.get("paging", {"style": "none"})
    if lines and paging["style"] in ("next_url", "cursor"):
        raise wrong("« jsonl » n'a pas de page suivante dans sa réponse")
    items = option.get("items", "[*]")
    mapping = declared({**option, "fields": located(option, items)})
    digest = hashlib.sha256(json.dumps([NOTES, option], sort_keys=True).encode()).hexdigest()[:16]
    return Plan(
        mapping, url, request.get("params", {}), lines, paging, items, digest,
        option.get("since", {}), option.get("expect", {}),
    )  # fmt: skip


def located(option: Mapping[str, Any], items: str) -> Any:
    """Return the fields declared; those of a GeoJSON list also have the point of each feature, where a kind has one."""
    fields = option.get("fields", {})
    placed = option.get("kind") in ("contribution", "meeting") and items.endswith("features[*].properties")
    if not placed or not isinstance(fields, dict) or any(str(name).startswith("location") for name in fields):
        return fields
    point = {f"location.{name}": {"from": f"geometry.{name}", "as": "decimal"} for name in ("lat", "lon")}
    return {**fields, **point}
