"""Another hub under the kit: the changes of one metropole, page after page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.hub import NANTES, RENNES, Hub

CANARIES = ("canari@exemple.fr", "06 11 22 33 44")


class HubTrial(Hub):
    """A feed in which a thing changed, another left, and a third is of another metropole; pages of three."""

    options: Mapping[str, Any] = {"self": ["https://hub.exemple.fr"], "siren": NANTES}
    canaries = CANARIES
    budget = 6
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "null_items": KEPT, "html_200": "contract", "loop": "contract", "shuffled": "contract",
        "newer": "contract", "no_changes": "contract", "no_next": "contract", "no_more": "contract",
        "filter_ignored": WHOLE, "purged": "contract", "page_shift": WHOLE,
    }  # fmt: skip
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.page_size, self.prefix = 3, ""
        self.standing: dict[int, str] = {}
        for number in range(1, 7):
            self.put(number)
        self.tell("created", "process", "ailleurs", {"title": "Rennes", "state": "en_cours"}, siren=RENNES)
        self.put(2, 1)
        self.remove(6)

    def put(self, number: int, revision: int = 0) -> None:
        op = "updated" if number in self.standing else "created"
        title = f"Démarche {number}, version {revision}, écrire à {CANARIES[0]} ou au {CANARIES[1]}"
        self.standing[number] = self.tell(
            op, "process", f"{self.prefix}{number}", {"title": title, "state": "en_cours"}
        )

    def remove(self, number: int) -> None:
        if self.standing.pop(number, None):
            self.tell("gone", "process", f"{self.prefix}{number}")

    hide = remove

    def renumber(self) -> None:
        numbers = list(self.standing)
        for number in numbers:
            self.remove(number)
        self.prefix = "n"
        for number in numbers:
            self.put(number)

    def expected(self) -> Mapping[str, set[str]]:
        return {"process": set(self.standing.values())}

    def turn(self, trap: str) -> None:
        if trap == "silent_zero":
            self.changes.clear()
        elif trap == "null_items":
            self.changes[1]["hub_id"] = None
        elif trap == "purged":
            self.purged_below = 1
        elif trap == "page_shift":
            self.before = lambda rank: self.put(50) if rank == 2 else None
        else:
            self.faults.add(trap)
