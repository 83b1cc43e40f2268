"""Which word of a platform means which code of the network: declared by a person, source by source (`schema.md` §2).

The option `correspondences` of any source: `{kind: {field: {word: code}}}`, for the coded fields beside which the
source's own word is kept (`status` and `status_raw`). A word is found whatever its case and accents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson

import schemas
from hub.errors import BadQuery
from hub.harvest.projection import fold

OPTION = "correspondences"
RAW = "_raw"
Words = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By kind, then by field, the code of each word."""


@cache
def coded_fields() -> Mapping[tuple[str, str], str]:
    """Return the code list of each field (kind, field) beside which the schema keeps the source's own word."""
    found: dict[tuple[str, str], str] = {}
    for kind in schemas.KINDS:
        properties = schemas.schema(kind)["properties"]
        for field, node in properties.items():
            _, sign, listed = str(node.get("items", node).get("$ref", "")).rpartition("/$defs/code_")
            if sign and f"{field}{RAW}" in properties:
                found[kind, field] = listed
    return found


def declared(option: Any) -> Words:
    """Return what a person declared, as an object or its JSON text, checked. Raises BadQuery, in French."""
    if isinstance(option, str | bytes):
        try:
            option = orjson.loads(option or "{}")
        except orjson.JSONDecodeError as error:
            raise _wrong("ce n'est pas du JSON lisible") from error
    for kind, fields in _members(option, "genre → champ → mot → code"):
        for field, words in _members(fields, f"« {kind} » : champ → mot → code"):
            _check(kind, field, words)
    words_by_kind: Words = option
    return words_by_kind


def folded(option: Any) -> Words:
    """Return a declaration as the door looks words up: without case, without accents. Raises BadQuery."""
    return {
        kind: {field: {fold(word): code for word, code in words.items()} for field, words in fields.items()}
        for kind, fields in declared(option).items()
    }


def coded(data: Mapping[str, Any], fields: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return data with the codes that the source's own words stand for; these words stay as they are."""
    given: dict[str, Any] = {}
    for field, words in fields.items():
        raw = data.get(f"{field}{RAW}")
        if isinstance(raw, list):
            found = [words[fold(word)] for word in raw if isinstance(word, str) and fold(word) in words]
            given |= {field: list(dict.fromkeys([*(data.get(field) or ()), *found]))} if found else {}
        elif isinstance(raw, str) and (code := words.get(fold(raw))):
            given[field] = code
    return {**data, **given}


def _check(kind: str, field: str, words: Any) -> None:
    listed = coded_fields().get((kind, field))
    if listed is None:
        known = ", ".join(".".join(each) for each in coded_fields())
        raise _wrong(f"« {kind}.{field} » ne se code pas d'après un mot de la source. Champs : {known}")
    seen: dict[str, str] = {}
    for word, code in _members(words, f"« {kind}.{field} » : mot → code"):
        if code not in schemas.codes(listed):
            raise _wrong(f"« {code} » n'est pas un code de {kind}.{field}. Codes : {', '.join(schemas.codes(listed))}")
        if seen.setdefault(fold(word), code) != code:
            raise _wrong(f"« {word} » a deux codes, à la casse et aux accents près")


def _members(value: Any, expected: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise _wrong(f"un objet est attendu ({expected})")
    yield from value.items()


def _wrong(why: str) -> BadQuery:
    return BadQuery(f"Correspondances ({OPTION}) à corriger : {why}.")
