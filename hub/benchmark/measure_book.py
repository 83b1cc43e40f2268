"""Measures as a workbook « pour tableur »: French words, typed cells, what explains them (`open-data.md` §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlsxwriter import Workbook

from hub.benchmark.indicators import INDICATORS, Indicator
from hub.benchmark.measure_metadata import TOLD, Told
from hub.spreadsheet import opened, write
from schemas.labels import label

READ_ME, MEASURES, DEFINITIONS = "Lisez-moi", "Mesures", "Définitions"
DEFINITION_COLUMNS = {
    "label": "Indicateur",
    "question": "Question",
    "why": "Pourquoi",
    "numerator": "Numérateur",
    "denominator": "Dénominateur",
    "unit": "Unité",
    "version": "Version",
}
Row = Mapping[str, Any]


def measure_book(
    columns: Sequence[str], rows: Iterable[Row], indicators: Sequence[Indicator], sentences: Sequence[str]
) -> bytes:
    """Return rows as a workbook: what explains them (`sentences` first), the measures, the definitions."""
    with opened() as (book, out):
        _read_me(book, sentences)
        shown = {name: TOLD.get(name, Told(name, "")) for name in columns}
        lines = [[_said(name, told, row.get(name)) for name, told in shown.items()] for row in rows]
        _table(book, MEASURES, [told.title for told in shown.values()], lines)
        said = [[getattr(each, name) for name in DEFINITION_COLUMNS] for each in indicators]
        _table(book, DEFINITIONS, list(DEFINITION_COLUMNS.values()), said)
    return out.getvalue()


def _said(name: str, told: Told, value: Any) -> Any:
    """A cell in French words: a code by its label, an indicator by its own; a number as it is, what is absent empty."""
    if value is None:
        return None
    if name == "indicator":
        return INDICATORS[value].label
    if isinstance(value, list):
        return ", ".join(label(told.codes, each) if told.codes else each for each in value)
    return label(told.codes, value) if told.codes else value


def _table(book: Workbook, name: str, titles: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    page, head = book.add_worksheet(name), book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    plain, text = book.add_format({"valign": "top"}), book.add_format({"num_format": "@", "valign": "top"})
    page.freeze_panes(1, 0)
    page.set_column(0, len(titles) - 1, 20)
    for rank, title in enumerate(titles):
        page.write_string(0, rank, title, head)
    for line, cells in enumerate(lines, 1):
        for rank, cell in enumerate(cells):
            if isinstance(cell, int | float):  # a spreadsheet keeps 15 digits, far more than a measure has
                page.write_number(line, rank, cell, plain)
            else:
                write(page, line, rank, cell, text)


def _read_me(book: Workbook, sentences: Sequence[str]) -> None:
    page, bold = book.add_worksheet(READ_ME), book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 100, wrapped)
    for line, sentence in enumerate(sentences):
        page.write_string(line, 0, sentence, bold if line == 0 else None)
    for line, told in enumerate(TOLD.values(), len(sentences) + 1):
        page.write_string(line, 0, told.title, bold)
        page.write_string(line, 1, told.description)
