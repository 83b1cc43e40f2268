"""Workbooks in which no text is ever a formula or a link; no request, no database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from connectors.sheet_cells import number_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNDATED = datetime(1980, 1, 1)
"""The first day that a ZIP archive can bear, as its parts do."""
LONGEST = 32_767
"""How many characters a cell of a spreadsheet may hold."""


@contextmanager
def opened() -> Iterator[tuple[Workbook, io.BytesIO]]:
    """Give a workbook in which no text is ever a formula or a link, and where it is written once closed.

    It bears no instant: the same cells make the same file.
    """
    out = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = Workbook(out, safe)
    book.set_properties({"created": UNDATED})
    yield book, out
    book.close()


def write(page: Worksheet, line: int, rank: int, cell: Any, style: Format | None = None) -> None:
    """Write one cell: a number that keeps all its figures as a number, else a text."""
    if cell is None or cell == "":
        if style is not None:
            page.write_blank(line, rank, None, style)
    elif isinstance(cell, int | float) and float(f"{cell:.16G}") == cell:
        page.write_number(line, rank, cell, style)
    elif isinstance(cell, int | float):
        page.write_string(line, rank, number_text(cell), style)
    else:
        page.write_string(line, rank, str(cell)[:LONGEST], style)
