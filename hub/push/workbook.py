"""Workbooks that people fill: our templates, one's own records, and a deposit given back with its problems (§12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from connectors.sheet_cells import Cell, row_of
from connectors.sheet_read import EXAMPLE
from hub.push.explained import expected, introduction
from hub.push.files import READ_ME, Deposit
from hub.push.places import Spot
from hub.spreadsheet import LONGEST, opened, write
from schemas.columns import (
    BOOLEAN,
    CODE,
    CODES,
    DAY,
    JSON,
    LIST,
    MOMENT,
    NUMBER,
    SHEETS,
    TEXT,
    Column,
    columns_of,
)
from schemas.registry import schema

LISTS, _FILLED, _WIDTH, _SHOWN = "Listes", 2_000, 18, 300
_COMMENT = 32_000
_COLOURS = {"head": "#1F3A5F", "required": "#7A1F1F", "example": "#F3E9C6", "wrong": "#F8D0CB"}
Rows = Iterable[Mapping[str, Cell]]


def template() -> bytes:
    """Return the template: a sheet a kind with one example row, the lists, and what explains them."""
    return _book({kind: [example(kind)] for kind in SHEETS}, marked=True)


def own_records(records: Mapping[str, Rows]) -> tuple[bytes, int]:
    """Return records by kind as a workbook, and how many are left out: a cell of theirs is too long for one."""
    kept: dict[str, list[Mapping[str, Cell]]] = {kind: [] for kind in SHEETS}
    left = 0
    for kind, rows in records.items():
        for row in rows:
            fits = all(len(str(cell).encode("utf-16-le")) <= 2 * LONGEST for cell in row.values())
            kept[kind] += [row] if fits else []
            left += not fits
    return _book(kept, marked=False, left=left), left


def example(kind: str) -> Mapping[str, Cell]:
    """Return the example row of a kind, marked as such: it is passed over when the file is read back."""
    cells = row_of(kind, schema(kind)["examples"][0])
    return {
        columns_of(kind)[0].name: EXAMPLE,
        **{name: cell for name, cell in cells.items() if len(str(cell)) <= _SHOWN},
    }


def annotated(deposit: Deposit, spots: Sequence[Spot]) -> bytes:
    """Return a deposit as a workbook: its cells where they stood, each problem as a comment in its own."""
    with opened() as (book, out):
        head, wrong = book.add_format({"bold": True}), book.add_format({"bg_color": _COLOURS["wrong"], "border": 1})
        for rank, sheet in enumerate(deposit.sheets):
            again = sum(each.kind == sheet.kind for each in deposit.sheets[:rank])
            page = book.add_worksheet(f"{SHEETS[sheet.kind]} {again + 1}" if again else SHEETS[sheet.kind])
            page.freeze_panes(sheet.table.line, 1)
            places = dict(zip(sheet.table.columns, sheet.table.ranks, strict=True))
            for name, at in places.items():
                page.write_string(sheet.table.line - 1, at, name, head)
            for line, row in sheet.lines.items():
                for name, cell in row.items():
                    write(page, line - 1, places[name], cell)
            for (line, name), sentences in _by_cell(spots, rank).items():
                write(page, line - 1, places[name], sheet.lines[line][name], wrong)
                page.write_comment(line - 1, places[name], sentences[:_COMMENT], {"x_scale": 3, "y_scale": 2})
    return out.getvalue()


def _by_cell(spots: Sequence[Spot], rank: int) -> Mapping[tuple[int, str], str]:
    """Return what is wrong in each cell of a sheet, all its problems in one comment."""
    found: dict[tuple[int, str], str] = {}
    for each in spots:
        if each.rank == rank and each.column is not None:
            said = f"{each.message}\nComment corriger : {each.how}"
            place = (each.line, each.column)
            found[place] = f"{found[place]}\n\n{said}" if place in found else said
    return found


def _book(records: Mapping[str, Sequence[Mapping[str, Cell]]], *, marked: bool, left: int = 0) -> bytes:
    with opened() as (book, out):
        _read_me(book, introduction(left))
        lists = _Lists(book)
        for kind, rows in records.items():
            _sheet(book, kind, rows, lists, marked=marked)
    return out.getvalue()


def _sheet(book: Workbook, kind: str, rows: Sequence[Mapping[str, Cell]], lists: _Lists, *, marked: bool) -> None:
    """Write the sheet of a kind: labels on a frozen row, lists to choose from, then its rows."""
    page, styles = book.add_worksheet(SHEETS[kind]), _styles(book)
    page.freeze_panes(1, 1)
    last = max(_FILLED, len(rows) + 1)
    for rank, column in enumerate(columns_of(kind)):
        page.set_column(rank, rank, max(_WIDTH, len(column.label) // 2), styles[column.form])
        title = f"{column.label} *" if column.required else column.label
        page.write_string(0, rank, title, styles["required" if column.required else "head"])
        page.write_comment(
            0, rank, f"{column.description}\n{expected(column)}\n({column.name})"[:_COMMENT], {"x_scale": 2}
        )
        if column.form in (CODE, BOOLEAN):
            source = lists.of(column) if column.form == CODE else ["oui", "non"]
            page.data_validation(1, rank, last, rank, {"validate": "list", "source": source, **_REFUSAL})
        for line, row in enumerate(rows, 1):
            write(page, line, rank, row.get(column.name), styles["example" if marked else column.form])


_REFUSAL = {
    "error_type": "warning",
    "error_title": "Hors de la liste",
    "error_message": "Choisissez une valeur de la liste : une autre serait refusée au dépôt.",
}


class _Lists:
    """The hidden sheet of codes that drop-down lists are drawn from: a column for each list, written once."""

    def __init__(self, book: Workbook) -> None:
        self.page = book.add_worksheet(LISTS)
        self.page.hide()
        self.known: dict[tuple[tuple[str, str], ...], str] = {}

    def of(self, column: Column) -> str:
        """Return where the codes of a column stand."""
        if column.options not in self.known:
            rank = len(self.known)
            for line, (_, label) in enumerate(column.options):
                self.page.write_string(line, rank, label)
            letters = xl_col_to_name(rank)
            self.known[column.options] = f"={LISTS}!${letters}$1:${letters}${len(column.options)}"
        return self.known[column.options]


def _styles(book: Workbook) -> dict[str, Format]:
    """Return how cells look by form of column: texts stay texts, whatever figures they are made of.

    So do days: in a cell of dates, a spreadsheet takes the year 2026 for the 2026th day of its calendar.
    """
    head = {"bold": True, "font_color": "white", "text_wrap": True, "valign": "top", "border": 1}
    text = {"num_format": "@", "valign": "top"}
    styles = {form: book.add_format(text) for form in (TEXT, DAY, MOMENT, CODE, CODES, LIST, JSON, BOOLEAN)}
    styles[NUMBER] = book.add_format({"valign": "top"})
    styles["head"] = book.add_format(head | {"bg_color": _COLOURS["head"]})
    styles["required"] = book.add_format(head | {"bg_color": _COLOURS["required"]})
    styles["example"] = book.add_format({"italic": True, "bg_color": _COLOURS["example"], "valign": "top"})
    return styles


def _read_me(book: Workbook, sentences: Sequence[str]) -> None:
    """Write the sheet that explains: what to do, then each column of each kind."""
    page, bold = book.add_worksheet(READ_ME), book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 1, 34, wrapped)
    page.set_column(2, 4, 60, wrapped)
    for line, sentence in enumerate(sentences):
        page.write_string(line, 0, sentence, bold if line == 0 else book.add_format({"valign": "top"}))
    line = len(sentences) + 1
    for rank, word in enumerate(("Feuille", "Colonne", "Ce qu'elle dit", "Forme attendue", "Obligatoire")):
        page.write_string(line, rank, word, bold)
    for kind, name in SHEETS.items():
        for column in columns_of(kind):
            line += 1
            needed = "oui" if column.required else ""
            for rank, word in enumerate((name, column.label, column.description, expected(column), needed)):
                page.write_string(line, rank, word, wrapped)
