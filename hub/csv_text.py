"""CSV that a spreadsheet opens without harm: no formula, no zero for what is absent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

_FORMULA = tuple("=+-@\t\r＝＋－＠'")


def written(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV (`open-data.md` §3): comma, CRLF, lists joined by `|`, absent cells empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row[column]) if column in row else "" for column in columns] for row in rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """Return the CSV text of a value. A text that a spreadsheet could take for a formula is preceded by `'`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        text = orjson.dumps(value).decode()
    elif isinstance(value, list | tuple):
        nested = any(isinstance(each, dict) for each in value)
        text = orjson.dumps(value).decode() if nested else "|".join(str(each) for each in value)
    else:
        text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
