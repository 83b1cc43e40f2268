"""A file that a person deposits, as what is sent: workbook, CSV, NDJSON or JSON (`push-api.md` §12)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import schemas
from connectors import records
from connectors.base import Record, RecordRefused, SourceChanged, SourceDown
from connectors.sheet_read import MAX_CELLS, Header, kind_named, notices, rows, understood
from connectors.tabular_archive import is_workbook
from connectors.tabular_read import Table, read_tables, shown
from connectors.text import folded
from hub.errors import HubError
from hub.push.taken import Sent
from schemas import Problem
from schemas.columns import SHEETS

MAX_RECORDS = 20_000
"""How many records a file may hold (`push-api.md` §10)."""
READ_ME = "Lisez-moi"
"""The sheet of our templates that explains the others."""
_MACROS, _LINKS = "vbaProject.bin", "xl/externalLinks/"


class FileRefused(HubError):
    """A file that cannot be read at all; the sentence says why, and what to do."""

    status = 422


@dataclass(frozen=True)
class ReadSheet:
    """One table of a file, and what its columns say."""

    name: str
    kind: str
    table: Table
    header: Header

    @cached_property
    def lines(self) -> Mapping[int, Mapping[str, Any]]:
        """Return the rows by their lines."""
        return {line: row for line, row in self.table.rows() if row is not None}


@dataclass
class Deposit:
    """What a file holds. `places`: where each record stands, the rank of its sheet and its line.

    `notices` are told of a sheet as a whole, each with the name of the sheet.
    """

    filename: str
    sheets: Sequence[ReadSheet] = ()
    sent: list[Sent] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    notices: list[tuple[str, Problem]] = field(default_factory=list)

    def take(self, item: Record | RecordRefused, sheet: int, line: int, *, told: bool) -> None:
        """Add one record; `told`: its line is that of a text. Raises FileRefused when they are too many."""
        if len(self.sent) >= MAX_RECORDS:
            limit = f"{MAX_RECORDS:_}".replace("_", " ")
            raise FileRefused(f"Le fichier a plus de {limit} fiches : découpez-le, ou envoyez-le par l'API.")
        self.sent.append(Sent(len(self.sent), item, line if told else None))
        self.places.append((sheet, line))


def read_file(content: bytes, filename: str, kind: str | None = None) -> Deposit:
    """Return what a file holds; `kind` is that of its rows, where a person said it. Raises FileRefused."""
    deposit = Deposit(shown(filename))
    if not content.strip():
        raise FileRefused("Le fichier est vide.")
    try:
        if _is_json(content):
            _read_json(deposit, content)
        else:
            _read_tables(deposit, content, kind)
    except (SourceChanged, SourceDown) as error:
        raise FileRefused(str(error)) from error
    if not deposit.sent:
        raise FileRefused("Le fichier ne contient aucune fiche : remplissez au moins une ligne sous l'en-tête.")
    return deposit


def _is_json(content: bytes) -> bool:
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _read_json(deposit: Deposit, content: bytes) -> None:
    lines = records.are_lines(content[:65_536])
    walk = records.lines(io.BytesIO(content), len(content)) if lines else records.document(io.BytesIO(content))
    for rank, pointer, value in walk:
        item = value if isinstance(value, RecordRefused) else records.record_of(value, pointer)
        deposit.take(item, 0, rank, told=lines)


def _read_tables(deposit: Deposit, content: bytes, kind: str | None) -> None:
    in_book = is_workbook(content)
    if in_book:
        deposit.notices += [("", each) for each in _about(content)]
    found = read_tables(content, deposit.filename, room=MAX_CELLS)
    for table in found:
        table.refuse_persons()
    tables = [each for each in found if each.columns]
    if not tables:
        raise FileRefused("Le fichier est vide : il n'a pas d'en-tête.")
    deposit.sheets = [_understood(deposit, table, each) for table, each in _with_kinds(deposit, tables, kind)]
    if not deposit.sheets:
        raise FileRefused(
            "Le nom du fichier ne dit pas de quel genre de fiches il s'agit : choisissez-le dans le formulaire, "
            f"ou nommez la feuille d'après le modèle ({', '.join(SHEETS.values())})."
        )
    for rank, sheet in enumerate(deposit.sheets):
        for line, item in rows(sheet.table, sheet.kind, sheet.header):
            # sheets number their lines alike: in a workbook, the payload that is kept goes by rank
            place = f"L{len(deposit.sent) + 1}" if in_book else f"L{line}"
            deposit.take(_at(item, place), rank, line, told=not in_book)


def _with_kinds(deposit: Deposit, tables: Sequence[Table], kind: str | None) -> Iterator[tuple[Table, str]]:
    """Yield the tables to be read, each with its kind; what is left aside is told."""
    data = [table for table in tables if folded(table.name) != folded(READ_ME)]
    for table in data:
        found = kind if kind and len(data) == 1 else kind_named(table.name)
        if found:
            yield table, found
        elif len(data) > 1:
            words = {"key": f"« {shown(table.name)} »", "expected": ", ".join(SHEETS.values())}
            deposit.notices.append((table.name, schemas.problem("feuille_non_lue", "", **words)))


def _understood(deposit: Deposit, table: Table, kind: str) -> ReadSheet:
    """Return a table once its header is understood. Raises FileRefused naming the sheet."""
    try:
        header = understood(table, kind)
    except SourceChanged as error:
        raise FileRefused(f"Feuille « {shown(table.name)} » : {error}") from error
    deposit.notices += [(table.name, told(each)) for each in notices(table, kind, header)]
    return ReadSheet(table.name, kind, table, header)


def told(refused: RecordRefused) -> Problem:
    """Return what is said of a table as a problem with its French sentences."""
    words: dict[str, Any] = dict(refused.values)
    return schemas.problem(refused.rule, refused.pointer, words.pop("value", None), **words)


def _about(content: bytes) -> Iterable[Problem]:
    """Yield what is to be told of a workbook as a whole. Raises FileRefused for one with macros."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
    if any(name.endswith(_MACROS) for name in names):
        raise FileRefused("Le classeur contient des macros (.xlsm) : enregistrez-le en .xlsx, sans macros.")
    if any(name.startswith(_LINKS) for name in names):
        yield schemas.problem("classeur_lie", "")


def _at(item: Record | RecordRefused, place: str) -> Record | RecordRefused:
    return item if item.pointer == place else replace(item, pointer=place)
