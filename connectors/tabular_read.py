"""A file of rows, read: CSV, XLSX, or a ZIP of them (`platforms/files.md` §1–3). The same for an address and a deposit.

Columns of persons are dropped here, before any row is looked at.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.base import RecordRefused, SourceChanged, SourceDown
from connectors.personal_table import are_persons, is_person_column
from connectors.tabular_archive import is_archive, is_workbook, members
from connectors.tabular_text import Cut, check_whole, decoded, delimiter_of, rows_of
from connectors.tabular_workbook import MAX_CELLS, Sheet, sheets
from connectors.text import folded
from schemas.personal import masked

Row = tuple[int, dict[str, Any] | None]
"""The number of a line and its cells by column; None for a row that has not as many cells as the header."""
MAX_COLUMNS = 16_384
"""How many columns a spreadsheet has."""
_SPREADSHEET_ENDS = (65_536, 1_048_576)
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How compound files begin: workbooks of before 2007, and those that a password protects."""
_OF_PERSONS = ("participants", "users", "user_groups", "votes_", "moderat")


@dataclass(frozen=True)
class Table:
    """One table: its header without the columns of persons, and its rows, read again at each call.

    `start` is the day that a workbook counts its days from; `dated`, the day the file says it was made. `line` is that
    of the header, `ranks` are those of the columns in the file; `encoding` is that of a text.
    """

    name: str
    columns: tuple[str, ...]
    persons: tuple[str, ...]
    of_persons: bool
    rows: Callable[[], Iterator[Row]]
    delimiter: str | None = None
    start: date | None = None
    dated: date | None = None
    notices: tuple[RecordRefused, ...] = ()
    cut_at: int | None = None
    line: int = 1
    ranks: tuple[int, ...] = ()
    encoding: str | None = None

    def refuse_persons(self) -> None:
        """Raise SourceChanged when the rows of this table are persons."""
        if self.of_persons:
            name = f"« {shown(self.name)} »" if self.name else "Ce fichier"
            raise SourceChanged(f"{name} est un fichier de personnes : il est refusé en entier. Rien n'en est gardé.")


def read_table(content: bytes, name: str = "", sheet: str = "", dated: date | None = None) -> Table:
    """Return the one table of a file. Raises SourceChanged (none, several, persons), SourceDown (the file is cut)."""
    found = [table for table in read_tables(content, name, sheet, dated) if table.columns]
    if len(found) != 1:
        raise SourceChanged(f"Le fichier tient {len(found)} tableaux : dites lequel lire par le nom de sa feuille.")
    found[0].refuse_persons()
    return found[0]


def read_tables(
    content: bytes, name: str = "", sheet: str = "", dated: date | None = None, room: int = MAX_CELLS
) -> list[Table]:
    """Return the tables of a file: one of a CSV, one a sheet, one a file of an archive. Raises as `read_table`.

    `sheet` keeps the sheet, or the file of the archive, of that name; a workbook spans `room` cells at most.
    """
    if is_archive(content) and not is_workbook(content):
        inside = [one for one in members(content) if not sheet or folded(one.name) == folded(sheet)]
        tables = [table for one in inside for table in _tables(one.content, one.name, "", one.dated or dated, room)]
        if not tables:
            raise SourceChanged("L'archive ne contient aucun tableau (CSV ou XLSX) attendu.")
        return tables
    return _tables(content, name, sheet, dated, room)


def shown(text: str) -> str:
    """Return what a message may show of a file: no address, not too long."""
    return masked(text)[:200]


def _tables(content: bytes, name: str, sheet: str, dated: date | None, room: int) -> list[Table]:
    if is_workbook(content):
        read = (one for one in sheets(content, room) if not sheet or folded(one.name) == folded(sheet))
        found = [_sheet(one, name, dated) for one in read]
        if not found:
            raise SourceChanged(f"Le classeur n'a pas de feuille visible « {shown(sheet)} ».")
        return found
    return [_text(content, name, dated)]


def _sheet(sheet: Sheet, name: str, dated: date | None) -> Table:
    header = next(((line, row) for line, row in enumerate(sheet.rows, 1) if any(cell != "" for cell in row)), (0, []))
    first, columns = header[0], _header([str(cell) for cell in header[1]])

    def lines() -> Iterator[tuple[int, Sequence[Any]]]:
        below = enumerate(sheet.rows[first:], first + 1)
        return ((line, row) for line, row in below if any(cell != "" for cell in row))

    kept, persons = _kept(columns)
    of_persons = are_persons(columns) or _names_persons(name) or _names_persons(sheet.name)
    cut_at = len(sheet.rows) if len(sheet.rows) in _SPREADSHEET_ENDS else None
    return Table(
        sheet.name,
        tuple(kept.values()),
        persons,
        of_persons,
        lambda: _rows(lines(), kept, len(columns)),
        start=sheet.start,
        dated=dated,
        notices=sheet.notices,
        cut_at=cut_at,
        line=first,
        ranks=tuple(kept),
    )


def _text(content: bytes, name: str, dated: date | None) -> Table:
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise SourceChanged("Une page web se trouve là, au lieu d'un tableau.")
    if content.startswith(_OLD_OR_LOCKED):
        raise SourceChanged(
            "Le classeur est protégé par un mot de passe, ou d'un ancien format (.xls) : enregistrez-le en .xlsx."
        )
    try:
        text, encoding = decoded(content)
        delimiter = delimiter_of(text)
        line, header = next(rows_of(text, delimiter), (1, []))
        columns = _header(header)
        check_whole(text, delimiter, len(columns))
    except Cut as error:
        raise SourceDown(f"Le fichier est coupé au milieu de la ligne {error}.") from error
    except (ValueError, csv.Error) as error:
        raise SourceChanged("Le fichier n'est pas un tableau lisible : ni UTF-8, ni Windows-1252.") from error
    kept, persons = _kept(columns)

    def lines() -> Iterator[tuple[int, Sequence[Any]]]:
        found = rows_of(text, delimiter)
        next(found, None)
        return found

    total = text.count("\n") + (not text.endswith("\n"))
    return Table(
        name,
        tuple(kept.values()),
        persons,
        are_persons(columns) or _names_persons(name),
        lambda: _rows(lines(), kept, len(columns)),
        delimiter=delimiter,
        dated=dated,
        cut_at=total if total in _SPREADSHEET_ENDS else None,
        line=line,
        ranks=tuple(kept),
        encoding=encoding,
    )


def _header(cells: Sequence[str]) -> list[str]:
    """Return the names of columns, trimmed. Raises SourceChanged when one stands twice."""
    columns = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > MAX_COLUMNS:
        raise SourceChanged("Le tableau a plus de colonnes qu'un tableur n'en tient : vérifiez son séparateur.")
    names = Counter(_compared(column) for column in columns if column)
    if twice := next((column for column in columns if column and names[_compared(column)] > 1), None):
        raise SourceChanged(f"La colonne « {shown(twice)} » figure deux fois dans l'en-tête.")
    return columns


def _compared(column: str) -> str:
    """Return a name as duplicates are looked for: `_id` beside `id` is another column."""
    return column if column.startswith("_") else folded(column) or column


def _kept(columns: Sequence[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return the columns read, by rank, and those of persons."""
    persons = {column: None for column in columns if column and is_person_column(column)}
    return {rank: column for rank, column in enumerate(columns) if column and column not in persons}, tuple(persons)


def _rows(lines: Iterator[tuple[int, Sequence[Any]]], kept: dict[int, str], width: int) -> Iterator[Row]:
    for line, cells in lines:
        whole = len(cells) >= width and not any(cell != "" for cell in cells[width:])
        yield line, {column: _cell(cells[rank]) for rank, column in kept.items()} if whole else None


def _cell(value: Any) -> Any:
    """Return a cell, without the `'` that keeps a spreadsheet from reading it as a formula; None when empty."""
    if isinstance(value, str):
        value = value.strip()
        value = value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value
    return None if value == "" else value


def _names_persons(name: str) -> bool:
    """Tell whether a file is named as the exports of persons are."""
    stem = name.rpartition("-open-data-")[2].rpartition("/")[2].casefold()
    return stem.startswith(_OF_PERSONS) or "_grouped" in stem
