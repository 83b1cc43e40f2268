"""What an engine remembers between two runs, in a dictionary: bytes in force and notes, by request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.answer import Answer, Forgetful


class Notebook(Forgetful):
    """A memory for tests: an answer is unchanged when its bytes are those of the last run that was accepted."""

    def __init__(self) -> None:
        self.bytes: dict[str, str] = {}
        self.notes: dict[str, Any] = {}
        self.accepted: dict[str, tuple[str, Any]] = {}

    def validators(self, _request: str) -> Mapping[str, str]:
        return {}

    def keep(self, answer: Answer) -> Answer:
        sha256 = hashlib.sha256(answer.content).hexdigest()
        self.bytes[answer.request] = sha256
        before, note = self.accepted.get(answer.request, ("", None))
        return replace(answer, sha256=sha256, unchanged=sha256 == before, note=note if sha256 == before else None)

    def note(self, request: str, value: Any) -> None:
        self.notes[request] = value

    def accept(self) -> None:
        """Close a good run: what it read is in force."""
        self.accepted |= {request: (sha256, self.notes.get(request)) for request, sha256 in self.bytes.items()}
