"""A cell of a foreign table as a value of the shared schema, with its state (`platforms/files.md` §2, `schema.md` §3).

Nothing is guessed: what cannot be read for sure is an `Unreadable` cell. Pure: no clock, no network, no state.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import schemas
from connectors.text import plain
from schemas.personal import masked

Cell = tuple[Any, str | None]
"""A value and its state. `(None, None)`: this row says nothing; `(None, "masque")`: it says why there is no value."""

SILENT: Cell = (None, None)
_PARIS = ZoneInfo("Europe/Paris")
_CURRENCY = re.compile(r"(?<!\s)\s*(?:€|EUR|euros?|\$|£)\s*$", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_KNOWN_IN_PART = re.compile(r"[12][0-9]{3}(?:-[01][0-9])?")
_DAY_FIRST = re.compile(r"([0-9]{2})[/-]([0-9]{2})[/-]([0-9]{4})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")
_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_BEGINS_WITH_A_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[T ]|$)")
_DAY_LENGTH = len("2026-03-15")
_IN_UTC = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_YES, _NO = ("oui", "o", "vrai", "true", "1"), ("non", "n", "faux", "false", "0")


class Unreadable(Exception):
    """A cell that no rule can read. `rule` is a code of `schemas/rules.json`, `value` what was found."""

    def __init__(self, rule: str, value: object) -> None:
        super().__init__(rule)
        self.rule, self.value = rule, masked(str(value))[:200]


def cast(name: str, value: Any) -> Cell:
    """Return the value of a cell read as `name` (text, html, integer…) and its state. Raises Unreadable."""
    return caster(name)(value)


@cache
def caster(name: str) -> Callable[[Any], Cell]:
    """Return what reads cells as `name`, for many of them."""
    read, refused = CASTS[name], (dict,) if name == "list" else (dict, list)

    def reader(value: Any) -> Cell:
        if value is None:
            return SILENT
        if isinstance(value, refused):
            raise Unreadable("type_invalide", "une liste ou un objet")
        return read(value)

    return reader


def key_text(value: Any) -> str:
    """Return a cell as part of an identifier, `""` when empty. Raises Unreadable: an exponent, a total, no text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool | float | list | dict):
        raise Unreadable("identifiant_invalide", value)
    if type(value) is int:
        return str(value)
    text = unicodedata.normalize("NFC", str(value)).strip()
    if _EXPONENT.fullmatch(text) or text.casefold() in ("total", "somme"):
        raise Unreadable("identifiant_invalide", text)
    return text


def _text(value: Any) -> Cell:
    if isinstance(value, bool):
        raise Unreadable("type_invalide", value)
    text = value if isinstance(value, str) and value.isascii() else unicodedata.normalize("NFC", str(value))
    text = text.replace("\x00", "").strip()
    return (None, None) if text in ("", "-", "–", "—", "…") else (masked(text), None)


def _html(value: Any) -> Cell:
    text = plain(str(value))
    return (text, None) if text else SILENT


def _number(value: Any, *, count: bool) -> Cell:
    """A number, or the reason written in its place; in a count, `1.800` is 1 800, elsewhere nobody can tell."""
    if isinstance(value, bool):
        raise Unreadable("nombre_invalide", value)
    if isinstance(value, int):
        return value, "observe"
    if isinstance(value, float):
        return (int(value) if value.is_integer() else value), "observe"
    word = _CURRENCY.sub("", str(value)).strip()
    if _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    if _AMBIGUOUS.fullmatch(word) and not count:
        raise Unreadable("nombre_invalide", value)
    try:
        if _AMBIGUOUS.fullmatch(word):
            return schemas.number(word, dot_groups=True), "observe"
        return schemas.cell_state(word)
    except ValueError as error:
        raise Unreadable("nombre_invalide", value) from error


def _integer(value: Any) -> Cell:
    number, state = _number(value, count=True)
    if isinstance(number, float):
        raise Unreadable("nombre_invalide", value)
    return number, state


def _decimal(value: Any) -> Cell:
    return _number(value, count=False)


def _percent(value: Any) -> Cell:
    written = value.strip().removesuffix("%").strip() if isinstance(value, str) else value
    number, state = _number(written, count=False)
    return (None, state) if number is None else (float(Decimal(str(number)) / 100), state)


def _moment(value: Any) -> datetime | str | None:
    """An instant, or a day known in whole or in part; None when the cell says nothing or that it is not known."""
    text = str(value).strip()
    if not (begins := _BEGINS_WITH_A_DAY.match(text)):
        if _is_silent(text):
            return None
        if _KNOWN_IN_PART.fullmatch(text):
            return text
        if parts := _DAY_FIRST.fullmatch(text):
            day, month, year, hour = parts.groups()
            text = f"{year}-{month}-{day}" + (f"T{hour}" if hour else "")
            begins = _BEGINS_WITH_A_DAY.match(text)
    try:
        if not begins:
            raise ValueError(text)
        if len(text) == _DAY_LENGTH:
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable("date_invalide", value) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=_PARIS)


def _is_silent(text: str) -> bool:
    try:
        return schemas.cell_state(text)[0] is None
    except ValueError:
        return False


def _date(value: Any) -> Cell:
    moment = _moment(value)
    return (moment.astimezone(_PARIS).date().isoformat() if isinstance(moment, datetime) else moment), None


def _datetime(value: Any) -> Cell:
    moment = _moment(value)
    if not isinstance(moment, datetime):
        return moment, None
    if isinstance(value, str) and _IN_UTC.fullmatch(value):
        return value, None
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z", None


def _year(value: Any) -> Cell:
    text = key_text(value)
    if _is_silent(text):
        return SILENT
    if not re.fullmatch(r"[12][0-9]{3}", text):
        raise Unreadable("date_invalide", value)
    return text, None


def _boolean(value: Any) -> Cell:
    if isinstance(value, bool):
        return value, None
    word = str(value).strip().casefold()
    if _is_silent(word):
        return SILENT
    if word not in _YES + _NO:
        raise Unreadable("valeur_refusee", value)
    return word in _YES, None


def _list(value: Any) -> Cell:
    items = value if isinstance(value, list) else str(value).split("|")
    texts = [text for item in items if item is not None and (text := cast("text", item)[0])]
    return (list(dict.fromkeys(texts)) or None), None


CASTS: dict[str, Callable[[Any], Cell]] = {
    "text": _text,
    "html": _html,
    "integer": _integer,
    "decimal": _decimal,
    "percent": _percent,
    "date": _date,
    "datetime": _datetime,
    "year": _year,
    "boolean": _boolean,
    "list": _list,
}
