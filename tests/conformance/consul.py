"""The simulated CONSUL Democracy under the kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.consul import Consul, debate, investment, milestone, proposal

CANARIES = ("Zélie Canari", "zelie.canari@exemple.fr", "06 12 34 56 78")


class ConsulTrial(Consul):
    """A site with a budget, its projects, and more proposals than a page holds: three rows, the last one again."""

    options: Mapping[str, Any] = {"bodies": True}
    canaries = CANARIES
    budget = 12
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "null_items": KEPT, "null_edges": KEPT, "page_shift": WHOLE, "page_loss": WHOLE,
        "cursor_loop": "contract",
        "endless": "contract", "cursor_null": "contract", "no_page_info": "contract", "partial_errors": "contract",
        "errors_only": "contract", "errors_only_null": "contract", "errors_only_void": "contract",
        "no_data": "contract", "html_200": "contract", "redirect": "contract", "empty_204": "contract",
        "error_500": "transient",
    }  # fmt: skip
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__(page=3)
        self.prefix = ""
        super().put("budgets", {"id": "1", "name": "Budget 2024", "phase": "balloting"})
        steps = [milestone(number) for number in (1, 2, 3, 4)]
        super().put("investments", investment(1, milestones=steps, price=0), investment(2, price=None), investment(3))
        super().put("proposals", *(self.row(number) for number in range(1, 6)))
        super().put("debates", debate(1), debate(2, cached_votes_up=None))

    def row(self, number: int, revision: int = 0) -> dict[str, Any]:
        title = f"Proposition {number}, version {revision}, écrire à {CANARIES[1]} ou {CANARIES[2]}"
        votes = {1: 0, 2: None}.get(number, number)
        return proposal(number, id=f"{self.prefix}{number}", title=title, cached_votes_up=votes)

    def put(self, number: int, revision: int = 0) -> None:
        super().put("proposals", self.row(number, revision))

    def remove(self, number: int) -> None:
        super().remove("proposals", f"{self.prefix}{number}")

    hide = remove

    def renumber(self) -> None:
        self.prefix = "9"
        self.lists["proposals"] = [row | {"id": "9" + row["id"]} for row in self.lists["proposals"]]

    def expected(self) -> Mapping[str, set[str]]:
        names = {"proposal": "proposals", "debate": "debates", "investment": "investments"}
        return {
            "process": {"budget-1", "propositions"},
            "stage": {"budget-1"},
            "commitment": {"investment-1"},
            "contribution": {f"{name}-{row['id']}" for name, of in names.items() for row in self.lists[of]},
        }

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.before = lambda rank: self.lists["proposals"].insert(0, self.row(99)) if rank == 6 else None
        elif trap == "page_loss":
            self.before = lambda rank: self.lists["proposals"].pop(0) if rank == 6 else None
        else:
            self.faults = {5 if trap.startswith("null_") else 0: trap}
