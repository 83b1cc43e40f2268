"""A record as the cells of a row, and back without loss (`push-api.md` §5, §12).

A cell is written as people write; what would not come back the same so (`"1e5"`, a text that begins with a space,
an empty list) is written as JSON instead, and read as such. A cell that cannot be read stays as it is: the schema says
what is wrong with it, as it does for what comes as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

import schemas
from connectors.casts import Unreadable, cast, key_text
from connectors.text import folded
from schemas.columns import BOOLEAN, CODE, CODES, DAY, JSON, LIST, MOMENT, NUMBER, TEXT, Column, columns_of

Cell = str | int | float
SEPARATOR = " | "
"""Between the elements of a list of codes or texts."""
EMPTY = "{}"
"""In the first column of an object: the object is there, and says nothing."""
_LOST = re.compile(r"^['＝＋－＠]|[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
"""What a spreadsheet, or our own care against formulas, would not give back: `\\n` alone is kept in a cell."""
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WIDE = 1_000
"""A number that may reach it may be grouped by thousands: `1.800` is not known to be 1,8 or 1 800."""
_QUOTES = {TEXT: '"', CODE: '"', DAY: '"', MOMENT: '"', NUMBER: "", BOOLEAN: "", CODES: "[", LIST: "[", JSON: "[{"}
"""How the JSON begins that a cell of each form may hold."""


_SHORT, _LONGEST = (NUMBER, BOOLEAN, DAY, MOMENT), 330
"""What no long text can be: none is looked through for it. The smallest number has 326 letters without exponent."""


class Absent:
    """What a cell says in the place of a number: why there is none (`NC`, `s.o.`)."""

    def __init__(self, state: str) -> None:
        self.state = state


def row_of(kind: str, data: Mapping[str, Any]) -> dict[str, Cell]:
    """Return the cells of a valid record by name of column; what the record does not say has no cell."""
    cells: dict[str, Cell] = {}
    for column in columns_of(kind):
        key, *inner = column.path
        value = data.get(key) if not column.envelope else None
        if inner and value == {} and column.path == _first(kind, key):
            cells[column.name] = EMPTY
        found = value.get(inner[0]) if inner and isinstance(value, Mapping) else None if inner else value
        if found is not None:
            cells[column.name] = written(column, found)
    return cells


def record_of_row(kind: str, cells: Mapping[str, Any], *, exact: bool = False) -> dict[str, Any]:
    """Return the data that cells state, by name of column. An empty cell says nothing; it is never 0.

    `exact`: numbers are written as JSON writes them, by a program. Source: `push-api.md` §12.
    """
    data: dict[str, Any] = {}
    for column in columns_of(kind):
        cell = cells.get(column.name)
        if column.envelope or cell is None or cell == "":
            continue
        value = {} if cell == EMPTY and len(column.path) > 1 else read(column, cell, exact=exact)
        if isinstance(value, Absent):
            _say_absent(data, column, value.state)
        elif value == {} and len(column.path) > 1:
            data.setdefault(column.path[0], {})
        elif value is not None:
            _put(data, column.path, value)
    return data | dict.fromkeys(_unsaid(kind, data))


def written(column: Column, value: Any) -> Cell:
    """Return the cell of a value: as people write it where it is read back the same, else as JSON."""
    plain = _plain(column, value)
    if isinstance(plain, int | float):
        return plain
    if plain is not None and _survives(plain) and _is_read_as(column, plain, value):
        return plain
    compact = orjson.dumps(value).decode()
    return compact if _survives(compact) else json.dumps(value, separators=(",", ":")).replace("_x", "\\u005fx")


def number_text(number: float) -> str:
    """Return a number with a decimal comma and without exponent, as a French spreadsheet reads it."""
    return format(Decimal(repr(number)), "f").replace(".", ",")


def read(column: Column, cell: Any, *, exact: bool = False) -> Any:
    """Return the value of a cell that is not empty: None where it says nothing, the cell itself when unreadable."""
    try:
        return _read(column, cell, exact=exact)
    except Unreadable:
        return cell


def _read(column: Column, cell: Any, *, exact: bool = False) -> Any:
    """Return the same. Raises Unreadable."""
    if isinstance(cell, str) and cell[0] in _QUOTES[column.form] and cell[-1] in '"]}' and len(cell) > 1:
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            pass  # words between quotation marks or brackets, as people write some
    if isinstance(cell, str) and len(cell) > _LONGEST and column.form in _SHORT:
        raise Unreadable("valeur_refusee", cell)
    return _number(column, cell, exact=exact) if column.form == NUMBER else _READ[column.form](column, cell)


def _is_read_as(column: Column, cell: str, value: Any) -> bool:
    try:
        return bool(_read(column, cell) == value)
    except Unreadable:
        return False


def _first(kind: str, key: str) -> tuple[str, ...]:
    return next(column.path for column in columns_of(kind) if column.path[0] == key)


def _unsaid(kind: str, data: Mapping[str, Any]) -> set[str]:
    """Return the figures of which only the motive of absence is told: they are null, as the door stores them."""
    stated = {column.path[0] for column in columns_of(kind) if column.stated} - data.keys()
    return {key for key in stated if data.get(f"{key}_state", "observe") != "observe"}


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    if len(path) == 1:
        data[path[0]] = value
    elif isinstance(data.setdefault(path[0], {}), dict):
        data[path[0]][path[1]] = value


def _say_absent(data: dict[str, Any], column: Column, state: str) -> None:
    """Write that a figure is absent, and why unless its own column says so."""
    data[column.path[0]] = None
    data.setdefault(f"{column.path[0]}_state", state)


def _plain(column: Column, value: Any) -> Cell | None:
    """Return a value as people write it, None when they have no way to."""
    if column.form == BOOLEAN:
        return "oui" if value else "non"
    if column.form == NUMBER:
        return value if isinstance(value, int | float) else None
    if column.form == CODE:
        return _labels(column).get(value, str(value))
    if column.form in (CODES, LIST):
        return SEPARATOR.join(_labels(column).get(each, each) for each in value)
    return None if column.form == JSON else str(value)


def _survives(text: str) -> bool:
    """Tell whether a text comes back the same out of a cell."""
    return text == text.strip() and text not in ("", EMPTY) and not _LOST.search(text)


@cache
def _labels(column: Column) -> Mapping[str, str]:
    return dict(column.options)


@cache
def _codes(column: Column) -> Mapping[str, str]:
    """Return the codes of a column by all that stands for them: code and label, as people write them."""
    labels = {folded(label): code for code, label in column.options}
    return labels | {folded(code): code for code, _ in column.options}


def _text(_column: Column, cell: Any) -> Any:
    return number_text(cell).replace(",", ".") if isinstance(cell, int | float) else cell


def _identifier(column: Column, cell: Any) -> Any:
    return key_text(cell) if column.path[-1] == "remote_id" and column.envelope else _text(column, cell)


def _boolean(_column: Column, cell: Any) -> Any:
    return cast("boolean", cell)[0]


def _code(column: Column, cell: Any) -> Any:
    return _code_of(column, _text(column, cell))


def _codes_of(column: Column, cell: Any) -> Any:
    return [_code_of(column, word) for word in _list(column, cell)]


def _code_of(column: Column, word: str) -> str:
    return _codes(column).get(folded(word), word) if len(word) <= _LONGEST else word


def _list(column: Column, cell: Any) -> Any:
    return [word for piece in _text(column, cell).split("|") if (word := piece.strip())]


def _date(column: Column, cell: Any) -> Any:
    text = _text(column, cell)
    as_written = re.fullmatch(column.node["pattern"], text) is not None
    return text if as_written else cast("date" if column.form == DAY else "datetime", text)[0]


def _as_it_is(_column: Column, cell: Any) -> Any:
    return cell


def _number(column: Column, cell: Any, *, exact: bool) -> Any:
    """Return a number, or why there is none. Raises Unreadable where a dot may stand for thousands or decimals."""
    largest = abs(column.node.get("maximum", _WIDE))
    if isinstance(cell, str) and exact and _JSON_NUMBER.fullmatch(cell):
        return orjson.loads(cell)
    if isinstance(cell, str) and largest == 1 and cell.endswith("%"):
        value, state = cast("percent", cell)
    elif isinstance(cell, str) and largest < _WIDE:
        value, state = _small(cell)
    else:
        types = column.node.get("type", ())
        value, state = cast("integer" if "integer" in types else "decimal", cell)
    if value is not None or state is None:
        return value
    if not column.stated:
        raise Unreadable("nombre_invalide", cell)
    return Absent(state)


def _small(text: str) -> tuple[Any, str | None]:
    """Read a number that has no thousands: its dot or comma is always a decimal one (`47.218` is no count)."""
    try:
        return schemas.cell_state(text)
    except ValueError as error:
        raise Unreadable("nombre_invalide", text) from error


_READ: Mapping[str, Callable[[Column, Any], Any]] = {
    TEXT: _identifier,
    BOOLEAN: _boolean,
    DAY: _date,
    MOMENT: _date,
    CODE: _code,
    CODES: _codes_of,
    LIST: _list,
    JSON: _as_it_is,
}
