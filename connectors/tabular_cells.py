"""The cells of one row as a reader asks for them: by name, cast, each failure naming its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.base import Record, RecordRefused
from connectors.casts import Unreadable, cast, key_text
from connectors.tabular_workbook import from_serial
from connectors.text import plain
from schemas.personal import masked

_HTTPS = re.compile(r"https://[^\s\x00-\x1f\"<>/?#]+[^\s\x00-\x1f\"<>]*")


class Cells:
    """One row. `place` is the column last looked at: the one to name when it cannot be read."""

    def __init__(self, line: int, row: Mapping[str, Any], start: date | None = None) -> None:
        self.line, self.row, self.start, self.place = line, row, start, ""

    def find(self, *names: str) -> Any:
        """Return the first of these cells that is not empty, else None."""
        for name in names:
            if (value := self.row.get(name)) is not None:
                self.place = name
                return value
        return None

    def say(self, reading: str, *names: str) -> Any:
        """Return the value of a cell read as `reading` (text, date…). Raises Unreadable."""
        value = self.find(*names)
        return cast(reading, from_serial(value, self.start) if reading in ("date", "datetime") else value)[0]

    def text(self, *names: str, limit: int = 20_000) -> str | None:
        """Return a cell as plain text, at most `limit` characters, telephone numbers masked: people write theirs."""
        text = self.say("html", *names)
        return plain(masked(text), limit) if text else None

    def line_of_text(self, *names: str, limit: int) -> str | None:
        """Return a cell as a title: one line."""
        return plain(" ".join((self.text(*names) or "").split()), limit)

    def url(self, *names: str) -> str | None:
        """Return an https address, None for anything else."""
        value = self.find(*names)
        return value if isinstance(value, str) and len(value) <= 2_000 and _HTTPS.fullmatch(value) else None

    def counted(self, field: str, *names: str, reading: str = "integer") -> dict[str, Any]:
        """Return a figure, or why there is none, or nothing when the cell is empty. Raises Unreadable."""
        value, state = cast(reading, self.find(*names))
        if value is not None:
            return {field: value}
        return {field: None, f"{field}_state": state} if state else {}

    def quantity(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of a figure with the number of a cell, or why there is none. Raises Unreadable."""
        figure = self.counted("quantity", name)
        value = figure.get("quantity")
        return {**data, **figure} | ({"quantity": {"value": value}} if value is not None else {})

    def key(self, *names: str) -> str:
        """Return a cell as an identifier, `""` when empty. Raises Unreadable."""
        return key_text(self.find(*names))

    def place_of(self, label: str | None, lat: str, lon: str) -> dict[str, Any] | None:
        """Return where a thing is: its label, its coordinates when both are known."""
        here = {"lat": self._degrees(lat), "lon": self._degrees(lon)}
        known = here if None not in here.values() else {}
        return ({"label": label} if label else {}) | known or None

    def _degrees(self, name: str) -> float | None:
        """Return a coordinate: its dot or comma is always a decimal one (`47.218` is no count)."""
        value = self.find(name)
        if value is None or isinstance(value, int | float):
            return value
        try:
            return float(Decimal(str(value).strip().replace(",", ".")))
        except InvalidOperation as error:
            raise Unreadable("nombre_invalide", value) from error

    def record(
        self, kind: str, remote_id: Callable[[], str], build: Callable[[], Mapping[str, Any]]
    ) -> Record | RecordRefused:
        """Return the record that `build` states, without its empty fields, or why the row cannot be read."""
        named = None
        try:
            named = remote_id()
            if not named:
                return RecordRefused("identifiant_manquant", f"L{self.line}", {}, kind)
            data = build()
        except Unreadable as error:
            words = {"value": error.value, "field": f"« {self.place} »", "pointer": f"/{self.place}"}
            return RecordRefused(error.rule, f"L{self.line}", words, kind, named or None)
        kept = {name: value for name, value in data.items() if value not in (None, [], {}) or f"{name}_state" in data}
        return Record(kind, named, kept, f"L{self.line}")
