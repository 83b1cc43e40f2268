"""Rows of any table to records, by the correspondence a person declared in the Source (`platforms/files.md` §10).

Pure: no network, no clock. The declaration is checked by `connectors/declaration.py`; a row that cannot be read is a
RecordRefused.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import schemas
from connectors.base import Record, RecordRefused
from connectors.casts import Cell, Unreadable, cast, caster, key_text
from connectors.paths import Row, way
from connectors.placing import Put, placing

_FIGURES = ("quantity", "budget", "denominator", "amount")
_SUBJECT = ("subject", "metric", "period", "channel", "breakdown")
Reading = Callable[[Any], Cell]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field of the record comes from, and how it is read."""

    path: tuple[str, ...]
    source: str
    reading: str
    const: Any
    table: Mapping[str, Any] | None
    otherwise: Any
    null: Mapping[str, str]

    def finding(self) -> Callable[[Row], Any]:
        """Return what finds in a row what this field is read from; a constant is found in every row."""
        return way(self.source) if self.source else lambda _row: self.const

    def cell(self) -> Reading:
        """Return what gives the value and the state that something found states; it raises Unreadable."""
        if not self.source:
            return lambda const: (copy.deepcopy(const), None)
        read = caster(self.reading) if self.table is None else self._coded
        null = self.null
        if not null:
            return read

        def cell(found: Any) -> Cell:
            if isinstance(found, str | int | float) and (word := str(found).strip()) in null:
                return None, null[word]
            return read(found)

        return cell

    def _coded(self, found: Any) -> Cell:
        if found is None or found == "":
            return cast(self.reading, found)
        if self.reading == "list":
            return [code for one in cast("list", found)[0] or () if (code := self._code(one)) is not None], None
        return self._code(found), None

    def _code(self, found: Any) -> Any:
        word = str(found).strip()
        if self.table is not None and word in self.table:
            return self.table[word]
        if self.otherwise == "refuse":
            raise Unreadable("code_inconnu", word)
        return self.otherwise


@dataclass(frozen=True)
class Correspondence:
    """A checked declaration. `columns` are all it reads: what a connector may ask for, and nothing else."""

    kind: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    grouped: bool
    columns: tuple[str, ...]

    def record(self, row: Row, pointer: str) -> Record | RecordRefused:
        """Return the record that a row states, or why it states none."""
        remote_id = None
        place = ""
        try:
            parts = []
            for name, find in self._names:
                place = name
                parts.append(key_text(find(row)))
            if not all(parts):
                return self._refused("identifiant_manquant", pointer, None)
            remote_id = joined(parts)
            data: dict[str, Any] = {}
            for name, find, read, put in self._steps:
                if (found := find(row)) is None:
                    continue
                place = name
                value, state = read(found)
                put(data, value, state)
        except Unreadable as error:
            words = {"value": error.value, "pointer": schemas.pointer_of([place]), "field": place}
            return self._refused(error.rule, pointer, remote_id, words)
        return self._finished(_tidy(data), remote_id, pointer)

    @cached_property
    def _names(self) -> tuple[tuple[str, Callable[[Row], Any]], ...]:
        return tuple((place, way(place)) for place in self.key)

    @cached_property
    def _steps(self) -> tuple[tuple[str, Callable[[Row], Any], Reading, Put], ...]:
        """Each field made ready: its name, for messages; where it is found; how it is read; where it goes."""
        return tuple(
            (field.source or ".".join(field.path), field.finding(), field.cell(), placing(self.kind, field.path))
            for field in self.fields
        )

    @cached_property
    def _required(self) -> tuple[str, ...]:
        schema = schemas.schema(self.kind)
        return tuple(name for name in schema["required"] if "default" not in schema["properties"][name])

    def records(self, rows: Iterable[tuple[str, Row]]) -> Iterator[Record | RecordRefused]:
        """Yield the record of each row; when the declaration groups, one record for neighbours of the same key."""
        kept: Record | RecordRefused | None = None
        for pointer, row in rows:
            item = self.record(row, pointer)
            if kept is not None and self.grouped and item.remote_id and item.remote_id == kept.remote_id:
                kept = self._merged(kept, item)
                continue
            if kept is not None:
                yield kept
            kept = item
        if kept is not None:
            yield kept

    def _finished(self, data: dict[str, Any], remote_id: str, pointer: str) -> Record | RecordRefused:
        if self.kind == "observation":
            if data.get("metric") == "votes":
                data.setdefault("indicative", True)
            if self._is_named_by_its_subject:
                remote_id = observation_id(data)
        for name in self._required:
            if name not in data:
                return self._refused("champ_manquant", pointer, remote_id, schemas.lacking(self.kind, name))
        if self.kind == "observation" and "quantity" not in data and "quantity_state" not in data:
            return self._refused("valeur_ou_motif", pointer, remote_id, {"pointer": "/quantity"})
        return Record(self.kind, remote_id, data, pointer)

    @cached_property
    def _is_named_by_its_subject(self) -> bool:
        """A figure without an id of its own: all its key columns say its subject, metric, period or channel."""
        said = {field.source for field in self.fields if field.path[0].removesuffix("[]") in _SUBJECT}
        return said.issuperset(self.key)

    def _merged(self, first: Record | RecordRefused, second: Record | RecordRefused) -> Record | RecordRefused:
        """One record of two rows of one thing: lists grow, all else must agree (an amount is counted once)."""
        if isinstance(first, RecordRefused):
            return first
        if isinstance(second, RecordRefused):
            return second
        data = dict(first.data)
        lists = {field.path[0][:-2] for field in self.fields if field.path[0].endswith("[]")}
        for name, value in second.data.items():
            if name in lists:
                data[name] = [*data.get(name, ()), *value]
            elif data.setdefault(name, value) != value:
                words = {"value": first.remote_id, "pointer": f"/{name}"}
                return self._refused("identifiant_en_double", second.pointer, first.remote_id, words)
        return Record(first.kind, first.remote_id, data, first.pointer)

    def _refused(
        self, rule: str, pointer: str, remote_id: str | None, words: dict[str, str] | None = None
    ) -> RecordRefused:
        return RecordRefused(rule, pointer, words or {}, self.kind, remote_id)


def at(row: Row, path: str) -> Any:
    """Return what stands at a path of a row (`geo.lat`, `liste[0]`), None when absent; a column of that name first."""
    return way(path)(row)


def root(path: str) -> str:
    """Return the column that a path starts from."""
    return re.split(r"[.\[]", path, maxsplit=1)[0] or path


def joined(parts: Iterable[str]) -> str:
    """Return the identifier made of key columns; a separator inside a part is written so that no two keys meet."""
    texts = list(parts)
    return texts[0] if len(texts) == 1 else ":".join(text.replace("%", "%25").replace(":", "%3A") for text in texts)


def observation_id(data: Mapping[str, Any]) -> str:
    """Return the identity of a figure that has no id of its own (`schema.md` §4)."""
    subject, period = data.get("subject", {}), data.get("period", {})
    bounds = [period.get("from", ""), period.get("to", "")]
    breakdown = ",".join(f"{one['dimension']}={one['value']}" for one in data.get("breakdown", ()))
    span = bounds[0] if bounds[0] == bounds[1] else "/".join(bounds)
    parts = [subject.get("kind", ""), subject.get("remote_id", ""), data.get("metric", ""), span]
    return joined([*parts, data.get("channel", ""), breakdown])


def _tidy(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data without halves: a unit without its number, a latitude without its longitude."""
    for name in _FIGURES:
        figure = data.get(name)
        if isinstance(figure, dict) and not figure.keys() & {"value", "low", "high"}:
            del data[name]
    place = data.get("location")
    if isinstance(place, dict) and ("lat" in place) != ("lon" in place):
        data["location"] = {name: value for name, value in place.items() if name == "label"}
        if not data["location"]:
            del data["location"]
    return data
