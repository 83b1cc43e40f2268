"""What a connector reads and never asks, as it declares it: the table of the fields, the way of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import orjson

import schemas
from hub.harvest.correspondences import OPTION, coded_fields, declared
from hub.harvest.options import module_called
from hub.models import Source
from hub.pages.words import field_label, kind_label
from schemas.registry import KINDS

DECLARED = "*"
"""The field of a connector whose columns are declared by each source."""


def connector_of(name: str) -> ModuleType | None:
    """Return the connector of that name, when the hub may use it."""
    return module_called(name)


def incremental(source: Source) -> bool:
    """Tell whether the connector of a source may ask only for what changed."""
    return bool(getattr(connector_of(source.connector), "INCREMENTAL", False))


def fields_read(source: Source) -> list[tuple[str, str, str]]:
    """Return (kind, field, where the platform says it), in French but for the last, in the connector's order."""
    return [(kind_label(kind), field_label(kind, field), said) for kind, field, said in _fields(source)]


def ways_of(source: Source, kind: str) -> dict[str, str]:
    """Return where the platform says each field of a kind; empty for a source that no connector reads."""
    return {field: said for of_kind, field, said in _fields(source) if of_kind == kind}


def never_asked(name: str) -> list[str]:
    """Return the names, at the platform, of what says who a person is: never asked, taken out when it comes."""
    module = connector_of(name)
    places = getattr(module, "PERSONAL", ())
    names = (re.sub(r"^.*/(?=[^/])|/\*$", "", place) for place in places)
    return sorted({each for each in names if each not in ("", DECLARED)})


def words_of(source: Source) -> list[tuple[str, str, str, str]]:
    """Return (kind, field, word of the platform, label of its code) of what was declared for a source, in French."""
    return [
        (kind_label(kind), field_label(kind, field), word, schemas.label(coded_fields()[kind, field], code))
        for kind, field, word, code in declared_words(source)
    ]


def declared_words(source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Yield (kind, field, word, code) of each correspondence of a source."""
    for kind, fields in declared(source.options.get(OPTION, {})).items():
        for field, codes in fields.items():
            for word, code in codes.items():
                yield kind, field, word, code


def _fields(source: Source) -> Iterator[tuple[str, str, str]]:
    module = connector_of(source.connector)
    declared: Mapping[str, str] = module.FIELDS if module else {}
    for path, said in declared.items():
        kind, _, field = path.partition(".")
        if path == DECLARED:
            yield from _mapped(source.options.get("mapping"))
        elif kind in KINDS:
            yield kind, field, said


def _mapped(mapping: Any) -> Iterator[tuple[str, str, str]]:
    """The columns that a person declared for this source."""
    if isinstance(mapping, str):
        try:
            mapping = orjson.loads(mapping)
        except orjson.JSONDecodeError:
            return
    if not isinstance(mapping, dict) or mapping.get("kind") not in KINDS:
        return
    fields = mapping.get("fields")
    for field, spec in fields.items() if isinstance(fields, dict) else ():
        column = spec.get("from") if isinstance(spec, dict) else spec
        if isinstance(column, str):
            yield mapping["kind"], field.split(".")[0].removesuffix("[]"), f"colonne « {column} »"
