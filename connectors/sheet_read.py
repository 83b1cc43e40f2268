"""Tables in the flat form of our records, read: which kind, which column says what, and a record a row.

A header names each column by its JSON key, its technical name or its French label, all three of the schema.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Record, RecordRefused, SourceChanged
from connectors.casts import Unreadable, key_text
from connectors.sheet_cells import read, record_of_row
from connectors.tabular_read import Table, read_tables, shown
from connectors.tabular_workbook import from_serial
from connectors.text import folded
from schemas.columns import DAY, MOMENT, SHEETS, Column, columns_of, slug_of
from schemas.registry import schema

EXAMPLE = "EXEMPLE (ligne non lue)"
"""What the example row of our templates bears as its identifier."""
MAX_CELLS = 1_500_000
"""How many cells a deposited workbook may span: the largest sending, in the widest table, and half as much."""
MAX_COLUMNS = 500
_TOLD = 20
"""How many unknown columns are named."""
_WINDOWS = "cp1252"
_NEAR = 0.75

Named = Callable[[Column], str]
NAMINGS: tuple[Named, ...] = (lambda each: each.key, lambda each: each.name, lambda each: each.label)
"""How a header may name columns: as JSON does, by technical names, by labels. One file keeps to one of them."""


@dataclass(frozen=True)
class Header:
    """A header once it is understood: its own name of a column → the column; `exact`: a program wrote it."""

    columns: Mapping[str, Column]
    unknown: tuple[str, ...]
    exact: bool


def kind_named(text: str) -> str | None:
    """Return the kind that the name of a sheet or of a file says, None when it says none or several."""
    name = folded(text)
    called = {kind: (slug_of(kind), kind, folded(schema(kind)["title"])) for kind in SHEETS}
    exact = [kind for kind, names in called.items() if name in names]
    inside = [kind for kind in SHEETS if slug_of(kind) in name]
    found = exact or inside
    return found[0] if len(found) == 1 else None


def csv_items(content: bytes, kind: str) -> Iterator[tuple[int, int, Record | RecordRefused]]:
    """Yield rank, line in the file (header and line breaks counted, P23) and record of each row of a CSV.

    A program is told what it says too much: a cell of an unknown column is an unknown field of its record, as in JSON
    (`push-api.md` §5). Raises SourceChanged (no table, no identifier, columns of persons), SourceDown (the file is
    cut), before anything is yielded.
    """
    table = table_of(content)
    if table.persons:
        names = ", ".join(map(_quoted, table.persons))
        raise SourceChanged(f"Ces colonnes sont celles de personnes : {names}. Retirez-les, puis renvoyez.")
    header = understood(table, kind)
    return ((rank, line, item) for rank, (line, item) in enumerate(rows(table, kind, header, strict=True)))


def table_of(content: bytes) -> Table:
    """Return the one table of a CSV. Raises SourceChanged, SourceDown."""
    (table,) = read_tables(content, room=MAX_CELLS)[:1]
    table.refuse_persons()
    if not table.columns:
        raise SourceChanged("Le fichier est vide : il n'a pas d'en-tête.")
    return table


def understood(table: Table, kind: str) -> Header:
    """Return what each column of a table says. Raises SourceChanged: no identifier, a column told twice."""
    if len(table.columns) > MAX_COLUMNS:
        raise SourceChanged(f"Le tableau a {len(table.columns)} colonnes : gardez celles du modèle.")
    naming = max(NAMINGS, key=lambda each: _merit(table.columns, kind, each))
    found: dict[str, Column] = {}
    for own in table.columns:
        column = next((each for way in (naming, *NAMINGS) if (each := _called(kind, own, way))), None)
        column = column or _alias(kind, own)
        if column is None:
            continue
        if other := next((name for name, known in found.items() if known == column), None):
            raise SourceChanged(
                f"Les colonnes « {shown(other)} » et « {shown(own)} » disent la même chose : gardez-en une."
            )
        found[own] = column
    if "remote_id" not in {column.key for column in found.values()}:
        read_as = shown(", ".join(table.columns))
        raise SourceChanged(f"Aucune colonne ne s'appelle « Identifiant ». En-tête lu : « {read_as} ».")
    return Header(found, tuple(own for own in table.columns if own not in found), naming is NAMINGS[0])


def rows(
    table: Table, kind: str, header: Header, *, strict: bool = False
) -> Iterator[tuple[int, Record | RecordRefused]]:
    """Yield the line and the record of each row; the example row of a template is passed over.

    `strict`: what unknown columns say is kept in the record, which is then refused for it.
    """
    for line, row in table.rows():
        if row is None:
            yield line, RecordRefused("ligne_mal_formee", f"L{line}", kind=kind)
        elif str(next((row[own] for own, each in header.columns.items() if each.key == "remote_id"), "")) != EXAMPLE:
            found = _record(line, _cells(row, header, table), kind, exact=header.exact)
            if strict and isinstance(found, Record) and not found.deleted:
                extra = {own: row[own] for own in header.unknown if row[own] is not None}
                found = replace(found, data={**extra, **found.data}) if extra else found
            yield line, found


def notices(table: Table, kind: str, header: Header) -> Iterator[RecordRefused]:
    """Yield what is told of a table as a whole: once, not for each of its rows."""
    yield from table.notices
    if table.persons:
        yield RecordRefused("colonnes_de_personnes", f"L{table.line}", {"key": ", ".join(map(_quoted, table.persons))})
    if header.unknown:
        told = ", ".join(_with_nearest(own, kind) for own in header.unknown[:_TOLD])
        told += f" et {len(header.unknown) - _TOLD} autres" if len(header.unknown) > _TOLD else ""
        yield RecordRefused("colonnes_inconnues", f"L{table.line}", {"key": told})
    if table.encoding == _WINDOWS:
        yield RecordRefused("encodage_windows", f"L{table.line}")
    if table.encoding and (formulas := [f"L{line}" for line, row in table.rows() if row and _has_formula(row)]):
        yield RecordRefused("formule_en_texte", formulas[0], {"key": ", ".join(formulas[:20])})
    if table.cut_at is not None:
        yield RecordRefused("lignes_coupees", f"L{table.cut_at}", {"limit": f"{table.cut_at:_}".replace("_", " ")})


def _merit(columns: tuple[str, ...], kind: str, naming: Named) -> tuple[int, int]:
    """Return how well a way of naming fits a header: letter for letter first, then accents and case left out."""
    own = {naming(column) for column in columns_of(kind)}
    exact = sum(_bare(each) in own for each in columns)
    return sum(_called(kind, each, naming) is not None for each in columns), exact


def _called(kind: str, own: str, naming: Named) -> Column | None:
    return next((column for column in columns_of(kind) if folded(naming(column)) == folded(own)), None)


def _alias(kind: str, own: str) -> Column | None:
    """Return the column that goes by this shorter name (`latitude`), when only one does."""
    found = [column for column in columns_of(kind) if folded(own) in map(folded, column.aliases)]
    return found[0] if len(found) == 1 else None


def _bare(name: str) -> str:
    """Return a name without the star that marks what is required in our templates."""
    return name.removesuffix("*").strip()


def _cells(row: Mapping[str, Any], header: Header, table: Table) -> dict[str, Any]:
    """Return the cells by name of column; the serial numbers of a workbook are days where a day is expected."""
    return {
        column.name: from_serial(row[own], table.start) if column.form in (DAY, MOMENT) else row[own]
        for own, column in header.columns.items()
        if row[own] is not None
    }


def _record(line: int, cells: dict[str, Any], kind: str, *, exact: bool) -> Record | RecordRefused:
    """Return the record of a row, or why it has none that can be named."""
    place, envelope = f"L{line}", {column.key: column for column in columns_of(kind) if column.envelope}
    said = {
        key: read(column, cells[column.name], exact=exact) for key, column in envelope.items() if column.name in cells
    }
    remote_id, deleted = said.get("remote_id"), said.get("deleted", False)
    if remote_id is None:
        return RecordRefused("identifiant_manquant", place, {}, kind)
    try:
        remote_id = remote_id if cells[envelope["remote_id"].name] != remote_id else key_text(remote_id)
    except Unreadable as error:
        is_total = folded(error.value) in ("total", "somme")
        return RecordRefused("ligne_de_total" if is_total else "identifiant_abime", place, {"value": error.value}, kind)
    if not isinstance(deleted, bool):
        words = {"value": str(deleted), "field": "« Supprimée »", "expected": "oui ou non"}
        return RecordRefused("type_invalide", place, words, kind, remote_id)
    revision = said.get("revision")
    return Record(
        kind,
        remote_id,
        {} if deleted else record_of_row(kind, cells, exact=exact),
        place,
        deleted=deleted,
        diffusion=said.get("diffusion"),
        public_on=said.get("public_on"),
        revision=int(revision) if isinstance(revision, str) and re.fullmatch(r"[0-9]{1,16}", revision) else revision,
    )


def _has_formula(row: Mapping[str, Any]) -> bool:
    return any(isinstance(cell, str) and cell.startswith("=") for cell in row.values())


def _with_nearest(own: str, kind: str) -> str:
    """Return the name of an unknown column with the known one that looks most like it."""
    known = {folded(naming(column)): column.label for column in columns_of(kind) for naming in NAMINGS}
    near = difflib.get_close_matches(folded(own)[:100], known, 1, _NEAR)
    return f"{_quoted(own)} (peut-être « {known[near[0]]} »)" if near else _quoted(own)


def _quoted(name: str) -> str:
    return f"« {shown(name)} »"
