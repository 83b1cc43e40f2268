"""Declared JSON lists under the kit: one read by its next addresses, one asked only for what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.json_lists import CANARIES, Lists, Row, proposal

FIELDS: Row = {
    "title": {"from": "title"},
    "body": {"from": "body", "as": "html"},
    "process_id": {"from": "process"},
    "votes": {"from": "votes", "as": "integer", "null": {"masqué": "non_communique"}},
    "published_at": {"from": "published_at", "as": "datetime"},
    "updated_at": {"from": "updated_at", "as": "datetime"},
}
_COMMON: Mapping[str, str] = {
    "silent_zero": EMPTY, "null_rows": KEPT, "null_items": "contract", "html_200": "contract",
    "duplicate_keys": "contract", "errors_beside": "contract", "empty_object": "contract", "total_too_high": WHOLE,
    "page_shift": WHOLE, "page_loss": WHOLE, "clamped": WHOLE, "hidden_total": "contract",
}  # fmt: skip


def mapping(paging: Row, **more: Any) -> Row:
    request = {"url": "/api/proposals", "paging": {"total": "total", **paging}}
    return {
        "request": request, "items": "data[*]", "kind": "contribution", "key": ["id"], "fields": FIELDS,
        "constant": {"type": "proposition"}, "drop": ["author"], **more,
    }  # fmt: skip


class NextTrial(Lists):
    """Twenty-five proposals in three pages, each of which names the next."""

    canaries = CANARIES
    budget = 3
    traps: Mapping[str, str] = {
        **_COMMON, "loop": "contract", "away": "contract", "endless": "contract", "no_next_page": WHOLE,
        "next_omitted_at_the_end": WHOLE, "empty_pages": WHOLE,
    }  # fmt: skip
    ends: Mapping[str, str] = {}
    paging: ClassVar[Row] = {"style": "next_url", "path": "next_page"}
    more: ClassVar[Row] = {}

    def __init__(self) -> None:
        super().__init__([], 10)
        self.options: Mapping[str, Any] = {"mapping": mapping(self.paging, **self.more)}
        self.prefix, self.changes = 0, 0
        for number in range(1, 26):
            self.put(number)

    def put(self, number: int, revision: int = 0) -> None:
        self.remove(number)
        self.changes += 1
        title = f"Proposition {number}, version {revision}, écrire à {CANARIES[1]} ou au {CANARIES[2]}"
        stamp = f"2026-02-{1 + self.changes // 20:02}T08:{self.changes % 20:02}:00Z"
        votes = {1: 0, 2: None}.get(number, number)
        self.rows.append(proposal(self.prefix + number, title=title, updated_at=stamp, votes=votes))

    def remove(self, number: int) -> None:
        self.rows[:] = [row for row in self.rows if row["id"] != self.prefix + number]

    hide = remove

    def renumber(self) -> None:
        self.prefix = 10_000
        for row in self.rows:
            row["id"] += 10_000

    def expected(self) -> Mapping[str, set[str]]:
        return {"contribution": {str(row["id"]) for row in self.rows}}

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.before = lambda rank: self.rows.insert(0, proposal(999)) if rank == 2 else None
        elif trap == "page_loss":
            self.before = lambda rank: self.rows.pop(0) if rank == 2 else None
        elif trap == "silent_zero":
            self.rows.clear()
        else:
            self.faults.add(trap)


class SinceTrial(NextTrial):
    """The same in numbered pages, asked only for what changed since a stamp."""

    traps: Mapping[str, str] = {**_COMMON, "since_ignored": WHOLE, "no_total": "contract"}
    paging: ClassVar[Row] = {"style": "page", "name": "page", "size_name": "size", "size": 10}
    more: ClassVar[Row] = {"since": {"param": "since", "from": "updated_at"}}
