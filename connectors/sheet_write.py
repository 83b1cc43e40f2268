"""Rows as a CSV that a French spreadsheet opens well: UTF-8 with its mark, semicolons, decimal commas (§12)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from connectors.sheet_cells import Cell, number_text
from schemas.columns import columns_of

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for a formula: the `'` put before is taken away when the file is read back."""


def csv_of(kind: str, rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Return rows, their cells by name of column, under French labels."""
    out, columns = io.StringIO(newline=""), columns_of(kind)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.label for column in columns])
    writer.writerows([_written(row.get(column.name, "")) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _written(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return number_text(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
