"""A record that is sent, as it stands in what was sent and as the door left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

import schemas
from connectors.base import Record, RecordRefused
from hub.harvest.door import Checked
from hub.push.report import error_of, resolved
from schemas import Problem

_ENVELOPE = ("/kind", "/remote_id", "/deleted")
"""The problems of these fields stand beside the data of a record."""


@dataclass(slots=True)
class Sent:
    """One record as it stands in what was sent: its rank, its line where there are lines, what was read there."""

    index: int
    item: Record | RecordRefused
    line: int | None = None


@dataclass(slots=True)
class Unread:
    """A line of a sending that is not read yet: it may be one that the hub knows."""

    index: int
    line: int
    text: bytes


@dataclass(slots=True)
class Taken:
    """A sent record after the check. `status`: what became of it, empty until it is known.

    `item` is what was read, kept for a refused record alone: a batch may be large, and what enters is told no more.
    `text`: the line of a record known again by it, which says what was accepted of that very line. `changes`: what it
    would change, where that was asked.
    """

    index: int
    line: int | None
    checked: Checked
    revision: int | str | None = None
    item: Record | RecordRefused | None = None
    problems: Sequence[Problem] = ()
    status: str = ""
    text: bytes = b""
    changes: Sequence[Mapping[str, Any]] = ()

    @property
    def data(self) -> str:
        """Return what is stored of a record that enters."""
        self.read()
        return self.checked.data

    def read(self) -> None:
        """Write out what a record known by its line says: it is needed when another sending replaced it meanwhile."""
        if not self.checked.data and self.text:
            said = schemas.complete(self.checked.kind or "", orjson.loads(self.text)["data"])
            self.checked.data = schemas.canonical(said).decode()

    @property
    def key(self) -> str:
        """Return the key of the thing, empty for a record without identity."""
        return self.checked.key or ""

    @property
    def enters(self) -> bool:
        """Tell whether it is a sound record of which nothing was decided yet."""
        return not self.status and not self.checked.problems and self.checked.key is not None

    def refuse(self, problem: Problem) -> None:
        """Set the record aside for a reason that only the batch shows."""
        self.checked.problems = [problem]
        self.problems = [problem]

    def result(self) -> dict[str, Any]:
        """Return what the report says of it."""
        said = {"index": self.index, "kind": self.checked.kind, "remote_id": self.checked.remote_id}
        told: dict[str, Any] = {**said, "status": self.status}
        if self.line is not None:
            told["line"] = self.line
        if self.changes:
            told["changes"] = self.changes
        if self.problems:
            told["errors"] = [error_of(each, self._place(each)) for each in self.problems]
        return told

    def _place(self, problem: Problem) -> str:
        """Return where a problem stands in what was sent; with lines, where in the record of its line."""
        root = self.checked.place if self.checked.place.startswith("/") else ""
        if problem.pointer in _ENVELOPE:
            return root + problem.pointer
        if self.checked.key is None or not isinstance(self.item, Record):
            return root
        return f"{root}/data{resolved(self.item.data, problem.pointer)}"


def taken_of(sent: Sent, found: Checked) -> Taken:
    """Return a sent record as the door left it."""
    item = sent.item
    if found.problems or found.remarks:
        return Taken(sent.index, sent.line, found, None, item, found.problems or found.remarks)
    return Taken(sent.index, sent.line, found, item.revision if isinstance(item, Record) else None)
