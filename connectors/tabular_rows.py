"""Rows of the hub's templates to records (`platforms/files.md` §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from connectors.base import Read, Record, SourceChanged
from connectors.casts import cast
from connectors.mapping import joined, observation_id
from connectors.tabular_cells import Cells
from connectors.tabular_figures import FINISH, between, code_of, digits
from connectors.tabular_headers import Match
from connectors.tabular_templates import TEMPLATES, Reading
from connectors.text import folded, plain
from schemas.personal import masked


class Rows:
    """How the rows of one table are read. `options` are those of the Source."""

    def __init__(self, found: Match, delimiter: str | None, options: Mapping[str, Any]) -> None:
        if found.name == "couverture":
            raise SourceChanged(
                "« couverture.csv » déclare ce que couvrent les données : ce n'est pas une fiche. "
                "Saisissez cette déclaration dans le hub, sur la page de la source."
            )
        self.template, self.match, self.options = TEMPLATES[found.name], found, options
        given = {*found.columns, "demarche", "etape"}
        self.readings = [reading for reading in self.template.readings if reading[0] in given]
        self.separator = "|" if delimiter == ";" else "|;"
        self.key = tuple(options.get("key") or ())
        keys = set(map(folded, self.key))
        self.unknown = [column for column in found.unknown if folded(column) not in keys]
        never = {folded(found.columns.get(column, "")) for column in ("titre", "url", "DELIB_OBJET")}
        if len(self.key) == 1 and folded(self.key[0]) in never:
            raise SourceChanged(
                f"La colonne « {self.key[0]} » est un titre ou une adresse : elle ne peut servir d'identifiant."
            )

    def read(self, line: Cells) -> Iterator[Read]:
        """Yield the record of a row, then its counts."""
        cells = self._named(line)
        if not self._is_ours(cells):
            return
        item = cells.record(self.template.kind, partial(self._identifier, cells, line), partial(self._data, cells))
        if self.match.name == "chiffres" and isinstance(item, Record):
            item = Record(item.kind, observation_id(item.data), item.data, item.pointer)
        yield item
        if isinstance(item, Record):
            yield from self._counts(item, line)

    def identity(self, line: Cells) -> str:
        """Return the id of the record that a row states. Raises Unreadable."""
        cells = self._named(line)
        if self.match.name == "chiffres":
            return next(self.read(line)).remote_id or ""
        return self._identifier(cells, line) if self._is_ours(cells) else ""

    def end(self) -> Iterator[Read]:
        """Yield nothing: each row is whole."""
        return iter(())

    def _named(self, line: Cells) -> Cells:
        """Return the row under the names of the template; what the file does not say, an option may."""
        row = {column: line.row.get(own) for column, own in self.match.columns.items()}
        for column, option in (("demarche", "process"), ("etape", "step")):
            if row.get(column) is None:
                row[column] = self.options.get(option) or None
        return Cells(line.line, row, line.start)

    def _identifier(self, cells: Cells, line: Cells) -> str:
        if self.match.name == "chiffres":
            return "chiffre" if cells.key("demarche") or cells.key("siren") or self.options.get("siren") else ""
        if self.match.name == "deliberations":
            parts = [
                digits(cells.key("COLL_SIRET")),
                cells.key("DELIB_ID"),
                str(cells.say("date", "DELIB_DATE") or ""),
            ]
        elif "identifiant" in self.match.columns:
            return cells.key("identifiant")
        else:
            own = {folded(name): name for name in line.row}
            parts = [line.key(own[folded(column)]) for column in self.key]
        return joined(parts) if all(parts) else ""

    def _data(self, cells: Cells) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for reading in self.readings:
            data |= self._field(cells, reading)
        finish = FINISH.get(self.match.name)
        return data | finish(cells, data, self.options) if finish else data

    def _field(self, cells: Cells, reading: Reading) -> dict[str, Any]:
        """Return what a column says. A word outside its list goes to the field of the source's own words."""
        column, field, (name, *more) = reading[0], reading[1], reading[2].split(":")
        if name == "code":
            return _coded(cells, column, field, *more)
        if name == "list":
            words = self._list(cells, column)
            codes = [code for word in words if more and (code := code_of(more[0], word))]
            raw = [word for word in words if not more or code_of(more[0], word) != word]
            return {field: raw} | ({"themes": list(dict.fromkeys(codes))} if more else {})
        if name in ("count", "amount", "percent"):
            return cells.counted(field, column, reading={"count": "integer", "amount": "decimal"}.get(name, name))
        return {field: _READ[name](cells, column) if name in _READ else cells.say(name, column)}

    def _list(self, cells: Cells, column: str) -> list[str]:
        value = cells.find(column)
        words = re.split(f"[{self.separator}]", value) if isinstance(value, str) else [value]
        return cast("list", words)[0] or []

    def _is_ours(self, cells: Cells) -> bool:
        """Tell whether a deliberation is the metropole's: a file may hold those of many communes."""
        siren = str(self.options.get("siren") or "")
        return (
            not siren
            or self.match.name != "deliberations"
            or digits(str(cells.row.get("COLL_SIRET"))).startswith(siren)
        )

    def _counts(self, item: Record, line: Cells) -> Iterator[Read]:
        """Yield the counts that stand beside a process as figures, whose channel nobody says."""
        seen = set()
        for column, metric in self.match.counts.items():
            data = {
                "subject": {"kind": "process", "remote_id": item.remote_id},
                "metric": metric,
                "period": between(item.data.get("starts_on"), item.data.get("ends_on")),
                "basis": "flux",
                "channel": "non_precise",
                "method_raw": f"colonne « {column} »",
            } | ({"indicative": True} if metric == "votes" else {})
            if metric in seen or line.find(column) is None:
                continue
            seen.add(metric)
            build = partial(line.quantity, column, data)
            found = line.record("observation", partial(observation_id, data), build)
            if not isinstance(found, Record) or found.data.keys() & {"quantity", "quantity_state"}:
                yield found


def _coded(cells: Cells, column: str, field: str, name: str, target: str = "") -> dict[str, Any]:
    """Return a code; `target` is its field when `field` keeps the source's own words."""
    word = cells.say("text", column)
    code = code_of(name, word) if word else None
    if not target:
        return {field: code or word}
    return {target: code} if code else {field: word}


def _mark(cells: Cells, column: str) -> bool | None:
    """Return a yes or no; here an X is a yes."""
    value = cells.find(column)
    return True if str(value).casefold() == "x" else cells.say("boolean", column)


def _texts(cells: Cells, column: str) -> str | None:
    return cells.text(column)


_READ: Mapping[str, Callable[[Cells, str], Any]] = {
    "line": lambda cells, column: plain(masked(" ".join(str(cells.say("text", column) or "").split()))),
    "html": _texts,
    "key": lambda cells, column: cells.key(column) or None,
    "mark": _mark,
    "digits": lambda cells, column: digits(cells.key(column)) or None,
}
