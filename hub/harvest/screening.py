"""Personal data at the door (`compliance.md` §2): masked when harvested, refused when a person sends them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import schemas
from connectors.declaration import is_personal
from schemas import Problem, personal
from schemas.closed import closed_fields
from schemas.diagnosis import field_words

REFUSED, MASKED = "donnee_personnelle", "donnee_personnelle_masquee"
CLEARABLE = (REFUSED, MASKED)
"""The rules whose hit a person may clear: the field of that record is then let in as it is."""
Path = tuple[str | int, ...]
_NESTED = (dict, list)
_CODED = re.compile(r"(?:id|ids|url|sha256|number|reference|siret|matter_code|lines)$")
"""The fields that hold identifiers and addresses: long numbers are at home there, e-mail addresses are not."""


def refused(
    kind: str, data: Mapping[str, Any], cleared: Collection[str] = (), *, closed: Collection[str] = ()
) -> list[Problem]:
    """Return one problem for each field that holds personal data; `cleared` are the pointers that a person let in.

    `closed` are the fields that need no look: those of a valid record that hold codes, numbers and days alone.
    """
    if _are_bare(data, closed):
        return []
    found = []
    for path, text in _open_texts(data, closed):
        if not personal.is_bare(text) and (held := _held(path, text)) and schemas.pointer_of(path) not in cleared:
            found.append(_problem(REFUSED, kind, path, held))
    return found


def masked(kind: str, data: Mapping[str, Any], cleared: Collection[str] = ()) -> tuple[dict[str, Any], list[Problem]]:
    """Return the data of a valid record with personal data masked, and one problem for each field they stood in.

    What the connector masked already is told too: its marks say so. An address that holds an e-mail address is left
    out: masked, it would lead nowhere.
    """
    if _are_bare(data, closed_fields(kind)):
        return dict(data), []
    found: list[Problem] = []
    bare: dict[str, Any] = dict(data)
    for path, text in _open_texts(data, closed_fields(kind)):
        if personal.is_bare(text):  # the marks of what was masked have a bracket
            continue
        held = list(dict.fromkeys([*_held(path, text), *personal.marked(text)]))
        if not held or schemas.pointer_of(path) in cleared:
            continue
        found.append(_problem(MASKED, kind, path, held))
        bare = _replaced(bare, path, None if _is_coded(path) else personal.masked(text))
    return bare, found


def of_persons(problems: list[Problem], kind: str) -> list[Problem]:
    """Return the problems of a record; a field that does not exist and is a person's by its name says only that."""
    told = []
    for each in problems:
        key = each.pointer.rpartition("/")[2]
        unknown = each.rule == "champ_inconnu" and is_personal(key)
        told.append(_problem(REFUSED, kind, (key,), ["une donnée de personne"]) if unknown else each)
    return told


def _are_bare(data: Mapping[str, Any], closed: Collection[str]) -> bool:
    """Tell, at one glance at all the texts of a record, that no rule finds anything in any: so it is of most."""
    free: list[str] = []
    coded: list[str] = []
    for name, value in data.items():
        if name not in closed:
            if isinstance(value, str):
                (coded if _is_code(name) else free).append(value)
            elif isinstance(value, _NESTED):
                _gather(name, value, free, coded)
    return personal.is_bare("\n".join(free)) and not personal.may_hold_address("\n".join(coded))


def _gather(name: str, value: Any, free: list[str], coded: list[str]) -> None:
    """Add the texts of a value to those of free fields, or to those of fields that hold codes."""
    if isinstance(value, str):
        (coded if _is_code(name) else free).append(value)
    elif isinstance(value, dict):
        for step, inside in value.items():
            _gather(str(step), inside, free, coded)
    elif isinstance(value, list):
        for inside in value:
            _gather(name, inside, free, coded)


def _open_texts(data: Mapping[str, Any], closed: Collection[str]) -> Iterator[tuple[Path, str]]:
    for name, value in data.items():
        if name in closed:
            continue
        if isinstance(value, str):
            yield (name,), value
        elif isinstance(value, _NESTED):
            yield from _texts(value, (name,))


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from _texts(inside, (*path, str(name)))
    elif isinstance(value, list):
        for rank, inside in enumerate(value):
            yield from _texts(inside, (*path, rank))


def _held(path: Path, text: str) -> list[str]:
    if _is_coded(path):
        return [personal.FAMILIES["courriel"]] if personal.has_address(text) else []
    return personal.held(text)


def _is_coded(path: Path) -> bool:
    names = [step for step in path if isinstance(step, str)]
    return bool(names) and _is_code(names[-1])


@lru_cache(maxsize=4096)
def _is_code(name: str) -> bool:
    return _CODED.search(name) is not None


def _replaced(value: Any, path: Path, text: str | None) -> Any:
    """Return the value with the text at `path` changed, the rest shared; None takes it out."""
    step, rest = path[0], path[1:]
    inside = _replaced(value[step], rest, text) if rest else text
    if isinstance(value, list):
        assert isinstance(step, int)
        return [*value[:step], *([] if inside is None else [inside]), *value[step + 1 :]]
    kept = {name: each for name, each in value.items() if name != step}
    return kept if inside is None else {**value, step: inside}


def _problem(rule: str, kind: str, path: Path, held: list[str]) -> Problem:
    words = " et ".join([", ".join(held[:-1]), held[-1]] if held[1:] else held)
    return schemas.problem(rule, schemas.pointer_of(path), None, key=words, **field_words(kind, path))
