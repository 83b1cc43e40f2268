"""A record that is sent, as it stands in what was sent and as the door left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Record, RecordRefused
from hub.harvest.door import Checked
from hub.push.report import error_of, resolved
from schemas import Problem


@dataclass(frozen=True, slots=True)
class Sent:
    """One record as it stands in what was sent: its rank, its line where there are lines, what was read there."""

    index: int
    item: Record | RecordRefused
    line: int | None = None


@dataclass(slots=True)
class Taken:
    """A sent record after the check. `status`: what became of it, empty until it is known."""

    sent: Sent
    checked: Checked
    problems: Sequence[Problem] = ()
    status: str = ""

    @property
    def key(self) -> str:
        """Return the key of the thing, empty for a record without identity."""
        return self.checked.key or ""

    @property
    def revision(self) -> int | str | None:
        """Return the sender's revision, None when there is none."""
        return self.sent.item.revision if isinstance(self.sent.item, Record) else None

    @property
    def enters(self) -> bool:
        """Tell whether it is a sound record of which nothing was decided yet."""
        return not self.status and not self.checked.problems and self.checked.key is not None

    def refuse(self, problem: Problem) -> None:
        """Set the record aside for a reason that only the batch shows."""
        self.checked = self.checked._replace(problems=[problem])
        self.problems = [problem]

    def result(self) -> dict[str, Any]:
        """Return what the report says of it."""
        said: dict[str, Any] = {
            "index": self.sent.index,
            "kind": self.checked.kind,
            "remote_id": self.checked.remote_id,
        }
        said["status"] = self.status
        if self.sent.line is not None:
            said["line"] = self.sent.line
        if self.problems:
            said["errors"] = [error_of(each, self._place(each)) for each in self.problems]
        return said

    def _place(self, problem: Problem) -> str:
        """Return where a problem stands in what was sent; with lines, where in the record of its line."""
        item = self.sent.item
        root = item.pointer if item.pointer.startswith("/") else ""
        if not isinstance(item, Record):
            return root
        if self.checked.key is None or problem.pointer in ("/remote_id", "/revision"):
            return root + (problem.pointer if problem.pointer in ("/kind", "/remote_id") else "")
        return f"{root}/data{resolved(item.data, problem.pointer)}"
