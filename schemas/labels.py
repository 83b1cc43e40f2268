"""The words of the code lists: every coded value, its French label and its definition."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_FOLDER = Path(__file__).parent / "codelists"


@cache
def lists() -> tuple[str, ...]:
    """Return the names of all code lists, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@cache
def codelist(liste: str) -> Mapping[str, Any]:
    """Return a code list as its file states it: `code`, `titre`, `codes`. Raises KeyError for an unknown list."""
    if liste not in lists():
        raise KeyError(liste)
    stated: dict[str, Any] = orjson.loads((_FOLDER / f"{liste}.json").read_bytes())
    return stated


@cache
def _by_code(liste: str) -> Mapping[str, Mapping[str, Any]]:
    return {row["code"]: row for row in codelist(liste)["codes"]}


def codes(liste: str) -> tuple[str, ...]:
    """Return the codes of a list, in its own order. Raises KeyError for an unknown list."""
    return tuple(_by_code(liste))


def entry(liste: str, code: str) -> Mapping[str, Any]:
    """Return all that a list says of a code: label, definition, correspondences. Raises KeyError."""
    return _by_code(liste)[code]


def label(liste: str, code: str) -> str:
    """Return the French label of a code. Raises KeyError for an unknown list or code."""
    return str(_by_code(liste)[code]["libelle"])


def definition(liste: str, code: str) -> str:
    """Return the one-sentence French definition of a code. Raises KeyError for an unknown list or code."""
    return str(_by_code(liste)[code]["definition"])
