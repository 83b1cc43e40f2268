"""From what the validator found to problems that a person can read and mend."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, cast

import jsonschema_rs

from schemas.labels import label
from schemas.problems import Path_, Problem, found, pointer_of, problem
from schemas.registry import Node, field_at, rule_at

Names = tuple[tuple[str, str], ...]
_TYPES = {
    "integer": "un nombre entier",
    "number": "un nombre",
    "string": "un texte",
    "boolean": "vrai ou faux (true, false)",
    "array": "une liste",
    "object": "un objet (des champs nommés)",
}
_LIMITS = {
    "maxLength": "texte_trop_long",
    "minLength": "texte_vide",
    "minimum": "nombre_trop_petit",
    "maximum": "nombre_trop_grand",
    "maxItems": "liste_trop_longue",
    "minItems": "liste_trop_courte",
    "minProperties": "objet_vide",
}
_ALWAYS_ITSELF = ("type", "maxLength", "minLength")
"""Keywords whose failure says the same thing wherever they stand: `x-rule` does not rename it."""
_ORDER = ("type", "enum", "minLength", "maxLength")
"""At one place the most basic failure is told, the others follow from it."""
_MAX_CHOICES = 400
MAX_PROBLEMS = 100
"""How many problems of one thing are told: a hostile body must not cost more than itself."""


def diagnose(kind: str, errors: Iterable[jsonschema_rs.ValidationError], data: object) -> list[Problem]:
    """Return the problems that the validator's errors stand for, one at each place, 100 at most.

    A missing key that the schema gives a `default` is none: the door writes it (`complete`).
    """
    at_place: dict[str, tuple[int, Problem]] = {}
    for rank, one in _ranked(kind, errors, data):
        known = at_place.get(one.pointer)
        if known is None or rank < known[0]:
            at_place[one.pointer] = (rank, one)
        if len(at_place) >= MAX_PROBLEMS:
            break
    return [one for _, one in at_place.values()]


def _ranked(kind: str, errors: Iterable[jsonschema_rs.ValidationError], data: object) -> Iterator[tuple[int, Problem]]:
    """Yield each problem with its rank: the lower, the more basic."""
    for error in errors:
        name = error.kind.name
        rank = _ORDER.index(name) if name in _ORDER else len(_ORDER)
        for one in _translate(kind, error, data):
            yield rank, one


def value_at(data: Any, path: Path_) -> Any:
    """Return the value at a path of the data; the path comes from the data itself."""
    for step in path:
        data = data[step]
    return data


def field_words(kind: str, path: Path_) -> dict[str, str]:
    """Return how a message names the field at `path`, and the thing it stands in."""
    place = _place(path)
    return {"field": _quoted(kind, place), "parent": _quoted(kind, place[:-1])}


def _place(path: Path_) -> Path_:
    """Return the path with every rank made 0: all elements of a list are described by one node."""
    return tuple(step if isinstance(step, str) else 0 for step in path)


@lru_cache(4096)
def _quoted(kind: str, place: Path_) -> str:
    names = [step for step in place if isinstance(step, str)]
    return f"« {field_at(kind, place).get('title') or (names[-1] if names else kind)} »"


def _translate(kind: str, error: jsonschema_rs.ValidationError, data: object) -> Iterator[Problem]:
    path: Path_ = tuple(error.instance_path)
    name, detail = error.kind.name, cast("Any", error.kind)
    named = rule_at(kind, tuple(error.evaluation_path))
    if name == "additionalProperties":
        for key in detail.unexpected:
            yield _unknown(kind, path, key, value_at(data, (*path, key)))
    elif name == "required":
        missing = _missing(kind, (*path, detail.property), named.get("x-rule"))
        yield from [missing] if missing else []
    elif "x-rule" in named and name not in _ALWAYS_ITSELF:
        yield _named(kind, path, named, data)
    elif name == "type":
        yield _mistyped(kind, path, detail.types, value_at(data, path))
    elif name == "enum":
        yield _unlisted(kind, path, detail.options, value_at(data, path))
    else:
        rule = _LIMITS.get(name, "valeur_refusee")
        words = field_words(kind, path)
        yield problem(rule, pointer_of(path), found(value_at(data, path)), limit=str(detail.value), **words)


def _named(kind: str, path: Path_, named: Node, data: object) -> Problem:
    """The problem of a node that names its own rule; `x-key` says which key of the object it is about."""
    rule, words = named["x-rule"], {}
    if "x-key" in named:
        return problem(rule, pointer_of((*path, named["x-key"])), None, **field_words(kind, path))
    value = value_at(data, path)
    if rule == "texte_vide" and isinstance(value, str) and "\0" in value:
        rule = "texte_invalide"
    if "x-expected" in named:
        words["expected"] = named["x-expected"]
    return problem(rule, pointer_of(path), found(value), **field_words(kind, path), **words)


def lacking(kind: str, key: str) -> dict[str, str]:
    """Return the words by which a connector says that a record lacks a field of its kind (rule `champ_manquant`)."""
    field = field_at(kind, (key,))
    words = {"title": str(field.get("title", key)), "description": str(field.get("description", ""))}
    return {"key": key, "pointer": pointer_of((key,)), **words}


def _missing(kind: str, path: Path_, rule: str | None) -> Problem | None:
    field, key = field_at(kind, _place(path)), str(path[-1])
    if rule is None and "default" in field:
        return None
    words = {"key": key, "title": field.get("title", key), "description": field.get("description", "")}
    return problem(rule or "champ_manquant", pointer_of(path), None, **words, **field_words(kind, path))


def _unknown(kind: str, path: Path_, key: str, value: object) -> Problem:
    near = _nearest(key, _known_names(kind, _place(path)))
    words = {"key": key[:100], "near": f"Vouliez-vous dire « {near} » ? " if near else ""}
    return problem("champ_inconnu", pointer_of((*path, key)), found(value), **words, **field_words(kind, path))


def _mistyped(kind: str, path: Path_, types: list[str], value: object) -> Problem:
    words = field_words(kind, path)
    if isinstance(value, float) and not math.isfinite(value):
        return problem("nombre_invalide", pointer_of(path), str(value), **words)
    expected = " ou ".join(_TYPES[name] for name in types if name in _TYPES)
    return problem("type_invalide", pointer_of(path), found(value), expected=expected, **words)


def _unlisted(kind: str, path: Path_, options: list[Any], value: object) -> Problem:
    shown, names = _choices(field_at(kind, _place(path)).get("x-liste"), tuple(map(str, options)))
    words = {"expected": shown}
    near = _nearest(found(value), names)
    words["near"] = f"Vouliez-vous dire « {near} » ? " if near else ""
    return problem("code_inconnu", pointer_of(path), found(value), **words, **field_words(kind, path))


@lru_cache(1024)
def _known_names(kind: str, place: Path_) -> Names:
    """The names under which a field is known (key, French title, column of a table), each with its key."""
    names: dict[str, str] = {}
    for key, child in field_at(kind, place).get("properties", {}).items():
        names |= {str(name).casefold(): key for name in (child.get("title"), child.get("x-colonne"), key) if name}
    return tuple(names.items())


@lru_cache(1024)
def _choices(liste: str | None, options: tuple[str, ...]) -> tuple[str, Names]:
    """How the codes that are accepted read in a message, and the names under which each is known."""
    labels = {code: label(liste, code) if liste else code for code in options}
    shown = ", ".join(code if code == text else f"{code} ({text})" for code, text in labels.items())
    names = {text.casefold(): code for code, text in labels.items()} | {code.casefold(): code for code in labels}
    return shown if len(shown) <= _MAX_CHOICES else shown[: _MAX_CHOICES - 1] + "…", tuple(names.items())


def _nearest(written: str, names: Names) -> str | None:
    """Return what the name that looks most like `written` stands for, if one does."""
    return _nearest_name(written[:100].casefold(), names)


@lru_cache(4096)
def _nearest_name(written: str, names: Names) -> str | None:
    known = dict(names)
    if written in known:
        return known[written]
    near = difflib.get_close_matches(written, known, 1)
    return known[near[0]] if near else None
