"""From a table to what it says: which reader it needs, what is told of the table itself, rows that repeat a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from connectors.base import Read, RecordRefused, SourceChanged
from connectors.casts import Unreadable
from connectors.tabular_cap_collectif import Export, shape_of
from connectors.tabular_cells import Cells
from connectors.tabular_decidim import Entity
from connectors.tabular_decidim_words import entity_of
from connectors.tabular_headers import header_of, match
from connectors.tabular_read import Table, shown
from connectors.tabular_rows import Rows
from connectors.tabular_templates import TEMPLATES
from connectors.text import folded

_TOTALS = ("total", "totaux", "totalgeneral", "somme", "sommes")
_REPEATED = 0.01
"""The part of rows that may repeat the key of another: beyond, the key does not identify them."""
DECLARED: Mapping[str, str] = {
    **{
        f"{template.kind}.{field}": f"{name}.csv : {column}"
        for name, template in TEMPLATES.items()
        for column, field, _ in template.readings
    },
    "*": "exports Cap Collectif et fichiers ouverts Decidim : platforms/files.md §5 et §6",
}


class Reader(Protocol):
    """What reads the rows of one form of table. `unknown`: the columns that it does not read, to be told."""

    unknown: list[str]

    def read(self, line: Cells, /) -> Iterator[Read]:
        """Yield what one row says: its record first, then the figures beside it."""

    def identity(self, line: Cells, /) -> str:
        """Return the id of the record that a row states, `""` for none. Raises Unreadable."""

    def end(self) -> Iterator[Read]:
        """Yield what only the whole table says."""


def chosen(tables: Sequence[Table], options: Mapping[str, Any]) -> list[Table]:
    """Return the tables to read: all those of an archive that can be, else the only one. Raises SourceChanged."""
    if not tables:
        return []
    if len(tables) == 1:
        tables[0].refuse_persons()
        return [table for table in tables if table.columns or "-open-data-" not in table.name]
    known = [table for table in tables if table.columns and not table.of_persons and _is_known(table, options)]
    sheets = {table.start is not None for table in known}
    if not known or (len(known) > 1 and True in sheets):
        found = ", ".join(shown(table.name) for table in tables)
        raise SourceChanged(f"Le fichier tient plusieurs tableaux ({found}) : dites lequel lire.")
    return known


def items(table: Table, options: Mapping[str, Any]) -> Iterator[Read]:
    """Yield what a table says: about itself, then row by row, then as a whole. Raises SourceChanged."""
    table = _renamed(table, options)
    read = reader(table, options)
    yield from _notices(table, read)
    repeated, seen = _repeated(table, read), set[str]()
    for line, row in table.rows():
        if row is None:
            yield RecordRefused("ligne_mal_formee", f"L{line}")
        elif _is_total(row):
            yield RecordRefused("ligne_de_total", f"L{line}")
        else:
            found = list(read.read(Cells(line, row, table.start)))
            again = found and found[0].remote_id in seen
            yield from [_again(found[0])] if again else found
            seen.update(item.remote_id for item in found[:1] if item.remote_id in repeated and item.remote_id)
    yield from read.end()


def reader(table: Table, options: Mapping[str, Any]) -> Reader:
    """Return what reads this table. Raises SourceChanged when nothing does."""
    asked = str(options.get("template") or "")
    if not asked and (entity := entity_of(table.name, table.columns)):
        if entity == "comments":
            raise SourceChanged("Un fichier de commentaires n'est pas lu : ce sont les mots de personnes.")
        return Entity(entity, options, table.dated)
    if not asked and (shape := shape_of(table.columns)):
        return Export(shape, table.columns, options)
    key = tuple(options.get("key") or ())
    for column in key:
        if folded(column) not in {folded(one) for one in table.columns}:
            raise SourceChanged(f"La colonne « {shown(column)} », qui doit identifier les lignes, n'est pas là.")
    given = {name for name, there in (("identifiant", key), ("demarche", options.get("process"))) if there}
    found = match(table, asked, given)
    if found is None:
        raise SourceChanged(f"Aucun modèle connu n'a cet en-tête. {header_of(table)}")
    return Rows(found, table.delimiter, options)


def _is_known(table: Table, options: Mapping[str, Any]) -> bool:
    try:
        reader(_renamed(table, options), options)
    except SourceChanged:
        return False
    return True


def _renamed(table: Table, options: Mapping[str, Any]) -> Table:
    """Return the table with the columns that a person renamed (`Libellé=clé`): exports in the site's language."""
    pairs = (entry.split("=", 1) for entry in options.get("labels") or () if "=" in entry)
    labels = {folded(label): key.strip() for label, key in pairs}
    if not labels:
        return table
    names = {column: labels.get(folded(column), column) for column in table.columns}
    if len(set(names.values())) < len(names):
        raise SourceChanged("Deux colonnes renommées portent le même nom : corrigez l'option des colonnes.")
    rows = table.rows

    def renamed() -> Iterator[tuple[int, dict[str, Any] | None]]:
        for line, row in rows():
            yield line, None if row is None else {names[column]: value for column, value in row.items()}

    return replace(table, columns=tuple(names.values()), rows=renamed)


def _notices(table: Table, read: Reader) -> Iterator[RecordRefused]:
    yield from table.notices
    if table.persons:
        yield RecordRefused("colonnes_de_personnes", "L1", {"key": _listed(table.persons)})
    if read.unknown:
        yield RecordRefused("colonnes_inconnues", "L1", {"key": _listed(read.unknown)})
    if table.cut_at is not None:
        yield RecordRefused("lignes_coupees", f"L{table.cut_at}", {"limit": f"{table.cut_at:_}".replace("_", " ")})


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"« {shown(column)} »" for column in columns)


def _is_total(row: Mapping[str, Any]) -> bool:
    first = next((value for value in row.values() if value is not None), "")
    return isinstance(first, str) and folded(first) in _TOTALS


def _again(item: Read) -> RecordRefused:
    words = {"value": item.remote_id or ""}
    return RecordRefused("identifiant_en_double", item.pointer, words, item.kind, item.remote_id)


def _repeated(table: Table, read: Reader) -> set[str]:
    """Return the ids that stand twice, found by a first look at them. Raises SourceChanged when they are too many."""
    seen: set[int] = set()
    twice: set[str] = set()
    rows = again = 0
    for line, row in table.rows():
        name = "" if row is None or _is_total(row) else _identity(read, Cells(line, row, table.start))
        if name:
            rows, digest = rows + 1, hash(name)
            again += digest in seen
            if digest in seen:
                twice.add(name)
            seen.add(digest)
    if again > _REPEATED * rows:
        examples = ", ".join(f"« {shown(each)} »" for each in sorted(twice)[:3])
        raise SourceChanged(f"Plus d'une ligne sur cent répète l'identifiant d'une autre ({examples}).")
    return twice


def _identity(read: Reader, line: Cells) -> str:
    try:
        return read.identity(line)
    except Unreadable:
        return ""
