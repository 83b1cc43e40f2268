"""The simulated Opendatasoft portal under the kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.opendatasoft import CANARIES, DATASET, Portal, project

MAPPING: dict[str, Any] = {
    "kind": "contribution",
    "key": ["identifiant_projet_gagnant"],
    "fields": {
        "title": {"from": "titre"},
        "location.label": {"from": "arrondissement_projet_gagnant"},
        "votes": {"from": "votes", "as": "integer"},
        "amount": {"from": "montant", "as": "decimal"},
    },
    "constant": {"type": "projet", "process_id": "bp"},
}


class PortalTrial(Portal):
    """A dataset of two pages."""

    options: Mapping[str, Any] = {"dataset": DATASET, "mapping": MAPPING}
    canaries = CANARIES
    budget = 4
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "null_items": KEPT, "page_shift": WHOLE, "page_loss": WHOLE, "clamped": WHOLE,
        "errors_only": "contract",
        "html_200": "contract", "redirect": "contract", "cursor_loop": "contract", "short": "contract",
        "field_gone": "contract", "no_total_count": "contract", "no_results": "contract", "too_many": "transient",
        "private": "access",
    }  # fmt: skip
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__([self.row(number) for number in range(130)])
        self.prefix = "P"

    def row(self, number: int, revision: int = 0) -> dict[str, Any]:
        title = f"Projet {number}, version {revision}, par {CANARIES[1]}"
        return project(number, titre=title, votes=number or None)

    def put(self, number: int, revision: int = 0) -> None:
        self.remove(number)
        self.rows.append(self.row(number, revision))

    def remove(self, number: int) -> None:
        self.rows[:] = [row for row in self.rows if row["identifiant_projet_gagnant"] != f"{self.prefix}{number:05}"]

    hide = remove

    def renumber(self) -> None:
        for row in self.rows:
            row["identifiant_projet_gagnant"] = "N" + row["identifiant_projet_gagnant"][1:]
        self.prefix = "N"

    def expected(self) -> Mapping[str, set[str]]:
        return {"document": {DATASET}, "contribution": {row["identifiant_projet_gagnant"] for row in self.rows}}

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.on_page = lambda offset: self.rows.insert(0, self.row(999)) if offset else None
        if trap == "page_loss":
            self.on_page = lambda offset: self.rows.pop(0) if offset else None
        self.faults = {trap}
