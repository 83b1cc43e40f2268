"""Where in a deposited file the problems of a report stand: sheet, cell, and what to do there (`push-api.md` §12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from hub.push.files import Deposit, ReadSheet
from hub.push.report import Report
from schemas.columns import Column


@dataclass(frozen=True)
class Spot:
    """One problem at its place: the rank and the name of its sheet, its line, the header's own name of its column.

    `cell` and `column` are empty where no column stands for it.
    """

    rank: int
    sheet: str
    line: int
    cell: str
    remote_id: str
    rule: str
    message: str
    how: str
    value: str
    severity: str
    column: str | None


def spots(deposit: Deposit, report: Report) -> list[Spot]:
    """Return the problems of a report, in the order of the file."""
    found = list(_spots(deposit, report))
    return sorted(found, key=lambda each: (each.rank, each.line))


def cell_of(sheet: ReadSheet, line: int, own: str) -> str:
    """Return the reference of a cell (`B7`) from its line and the header's own name of its column."""
    return str(xl_rowcol_to_cell(line - 1, sheet.table.ranks[sheet.table.columns.index(own)]))


def _spots(deposit: Deposit, report: Report) -> Iterator[Spot]:
    for result in report.results:
        rank, line = deposit.places[result["index"]]
        sheet = deposit.sheets[rank] if deposit.sheets else None
        for error in result.get("errors", ()):
            own = _column_of(sheet, line, error) if sheet and line in sheet.lines else None
            yield Spot(
                rank=rank,
                sheet=sheet.name if sheet else "",
                line=line,
                cell=cell_of(sheet, line, own) if sheet and own else "",
                remote_id=result["remote_id"] or "",
                rule=error["rule"],
                message=error["message"],
                how=" ".join(filter(None, (error["how"], _in_a_table(sheet, own, error["rule"])))),
                value=error["value"] or "",
                severity=error["severity"],
                column=own,
            )


def _in_a_table(sheet: ReadSheet | None, own: str | None, rule: str) -> str:
    """Return what a cure adds for who fills a table: the words of the list, the way people write days."""
    if sheet is None or own is None:
        return ""
    if rule == "code_inconnu":
        return f"Valeurs admises : {', '.join(label for _, label in sheet.header.columns[own].options)}."
    return "Dans un tableau, 28/02/2026 convient aussi." if rule == "date_invalide" else ""


def _column_of(sheet: ReadSheet, line: int, error: Mapping[str, Any]) -> str | None:
    """Return the header's own name of the column that an error speaks of, the identifier's when none does."""
    steps = tuple(step for step in error["pointer"].split("/")[1:] if not step.isdecimal())
    path, columns = steps[1:] if steps[:1] == ("data",) else steps, sheet.header.columns
    if not path and steps[:1] != ("data",):
        return _envelope_of(sheet, line, error)
    inside = [own for own, each in columns.items() if each.path[: len(path)] == path[: len(each.path)]]
    named = [own for own in inside if _is_named(columns[own], error["message"])]
    if path:
        return next(iter(named or inside), None) or _identifier(columns)
    return next(iter(named), None) or _identifier(columns)


def _envelope_of(sheet: ReadSheet, line: int, error: Mapping[str, Any]) -> str | None:
    """Return the same of what was said around the data: the column whose cell holds the value that was refused."""
    row = sheet.lines.get(line, {})
    around = [own for own, each in sheet.header.columns.items() if each.envelope]
    same = (own for own in around if error["value"] and str(row.get(own)) == error["value"])
    return next(same, None) or _identifier(sheet.header.columns)


def _identifier(columns: Mapping[str, Column]) -> str | None:
    return next((own for own, column in columns.items() if column.key == "remote_id"), None)


def _is_named(column: Column, message: str) -> bool:
    names: Sequence[str] = (column.path[-1], column.node["title"], column.label)
    return any(f"« {name} »" in message for name in names)
