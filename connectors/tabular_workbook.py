"""XLSX workbooks: stored values, and what a reader of values does not see (errors, formulas, merges, hidden rows)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from connectors.base import RecordRefused, SourceChanged
from connectors.tabular_archive import measure

# a tag ends where another begins, and is of a bounded length: no part, however written, is looked through twice
_SHEET = re.compile(rb'<(?:\w+:)?sheet [^<>]{0,500}?name="([^"]{0,500})"[^<>]{0,500}?r:id="([^"]{0,200})"')
_TARGET = re.compile(rb"<Relationship [^<>]{0,5000}>")
_ATTRIBUTE = re.compile(rb'\b(\w+)="([^"]*)"')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3}[0-9]{1,7})"([^<>]{0,500})>')
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3}[0-9]{1,7})"([^<>]{0,500})><(?:\w+:)?f(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)'
    rb"(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row r="([0-9]{1,7})"[^<>]{0,500} hidden="(?:1|true)"')
_REFERENCE = re.compile(rb"""\sr\s{0,99}=\s{0,99}["']\s{0,99}\$?([A-Za-z]{0,3})\$?([0-9]{1,9})""")
"""Where a cell or a row says that it stands, however it is quoted."""
_ROW = re.compile(rb"<(?:[^\s<>:/]+:)?row(?=[\s/>])")
_BARE_ROW, _BARE_CELL = (
    re.compile(rb"<(?:[^\s<>:/]+:)?%s(?=[\s/>])(?![^<>]{0,500}\sr\s{0,9}=)" % name) for name in (b"row", b"c")
)
"""Those that do not say where they stand: after the one before."""
_SHOWN = 20
MAX_CELLS = 20_000_000
"""How many cells the sheets of a workbook may span, empty ones included: a single cell, written far away, makes the
reader of values set aside room for all those before it, and end the process where there is none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet: its rows from the first line on, the day its serial numbers count from, what to tell of it."""

    name: str
    rows: Sequence[Sequence[Any]]
    start: date
    notices: tuple[RecordRefused, ...]


def sheets(content: bytes, room: int = MAX_CELLS) -> Iterator[Sheet]:
    """Yield the visible sheets of a workbook that hold something. Raises SourceChanged (`room`: cells at most)."""
    measure(content)
    _check_span(content, room)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts, CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            workbook = parts.read("xl/workbook.xml")
            places = _places(parts, workbook)
            start = date(1904, 1, 1) if re.search(rb'date1904="(?:1|true)"', workbook) else date(1899, 12, 30)
            for rank, about in enumerate(book.sheets_metadata):
                if about.visible != SheetVisibleEnum.Visible:
                    continue
                sheet = book.get_sheet_by_index(rank)
                rows = sheet.to_python(skip_empty_area=False)
                source = parts.read(places[rank]) if rank < len(places) and places[rank] in parts.namelist() else b""
                notices = tuple(_notices(source, bool(sheet.merged_cell_ranges)))
                if rows:
                    yield Sheet(about.name, [[_plain(cell) for cell in row] for row in rows], start, notices)
    except (CalamineError, KeyError, ValueError) as error:
        raise SourceChanged("Le classeur est illisible ou protégé par un mot de passe.") from error


def _check_span(content: bytes, room: int) -> None:
    """Raise SourceChanged when the sheets span more cells than `room`: every part is looked at, whatever its name."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            room -= _span(parts.read(name))
            if room < 0:
                raise SourceChanged(
                    "Une feuille du classeur s'étend bien au-delà de ce qu'elle contient ou de ce que le hub lit : "
                    "supprimez les lignes et les colonnes vides, ou découpez le fichier."
                )


def _span(part: bytes) -> int:
    """Return how many cells a part may span, empty ones included; never too few."""
    lines, widths, bare = 0, {b""}, 0
    for letters, digits in (found.groups() for found in _REFERENCE.finditer(part)):
        lines = max(lines, int(digits))
        widths.add(letters.upper())
    if _BARE_CELL.search(part):
        bare = max(sum(1 for _ in _BARE_CELL.finditer(row)) for row in _ROW.split(part))
    return (lines + sum(1 for _ in _BARE_ROW.finditer(part))) * (max(map(_rank, widths)) + bare)


def _rank(letters: bytes) -> int:
    """Return the number of a column from its letters: 1 for `A`, 28 for `AB`, 0 for none."""
    rank = 0
    for letter in letters:
        rank = rank * 26 + letter - 64
    return rank


def _places(parts: zipfile.ZipFile, workbook: bytes) -> list[str]:
    """Return the part that each sheet stands in, in the order of the workbook."""
    targets = {}
    for tag in _TARGET.findall(parts.read("xl/_rels/workbook.xml.rels")):
        words = dict(_ATTRIBUTE.findall(tag))
        targets[words.get(b"Id", b"")] = words.get(b"Target", b"").decode("ascii", "replace")
    found = (targets.get(relation, "") for _, relation in _SHEET.findall(workbook))
    return [target.lstrip("/") if target.startswith("/") else f"xl/{target}" for target in found]


def _notices(source: bytes, merged: bool) -> Iterator[RecordRefused]:
    errors = [cell for cell, about in _CELL.findall(source) if b't="e"' in about]
    empty = [cell for cell, about in _EMPTY_FORMULA.findall(source) if b't="str"' not in about]
    hidden = _HIDDEN_ROW.findall(source)
    for rule, places in (("cellule_en_erreur", errors), ("formule_sans_valeur", empty), ("lignes_masquees", hidden)):
        if places:
            first = re.sub(rb"[A-Z]", b"", places[0]).decode()
            yield RecordRefused(rule, f"L{first}", {"key": b", ".join(places[:_SHOWN]).decode()})
    if merged:
        yield RecordRefused("cellules_fusionnees", "L1")


def _plain(value: Any) -> Any:
    """Return a cell as text or number: an instant at midnight is a day, a whole decimal is whole."""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time | timedelta):
        return value.isoformat() if isinstance(value, date | time) else str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def from_serial(value: Any, start: date | None) -> Any:
    """Return a day or an instant from the serial number of a spreadsheet; any other value as it is."""
    if start is None or isinstance(value, bool) or not isinstance(value, int | float) or not 10_000 <= value < 80_000:
        return value
    instant = datetime.combine(start, time()) + timedelta(days=float(value))
    return _plain(instant.replace(microsecond=0) + timedelta(seconds=instant.microsecond >= 500_000))
