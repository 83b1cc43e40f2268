"""The simulated Decidim under the kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.decidim import CANARIES, STAMP, Decidim, proposal_row, said


class DecidimTrial(Decidim):
    """A site of 0.29 with all that the connector reads, its lists in pages of two."""

    options: Mapping[str, Any] = {"bodies": True, "documents": True, "metrics": True}
    canaries = CANARIES
    budget = 25
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "hidden_count": WHOLE, "list_null": "contract", "nodes_null": KEPT, "page_shift": WHOLE,
        "page_shift_always": WHOLE, "cursor_loop": "contract", "cursor_null": "contract", "same_rows": "contract",
        "errors_only": "contract", "errors_null": "contract", "errors_empty": "contract", "empty_object": "contract",
        "not_an_object": "contract", "partial_errors": "contract", "unauthorized": WHOLE, "key_gone": "contract",
        "html_200": "contract", "redirect": "contract", "server_error": "transient", "bad_gateway": "transient",
        "too_many": "transient",
    }  # fmt: skip
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__(29)
        self.largest, self.prefix = 2, ""
        self.put(12, 1)

    @property
    def proposals(self) -> list[dict[str, Any]]:
        return self.data["participatoryProcesses"][0]["components"][0]["proposals"]

    def put(self, number: int, revision: int = 0) -> None:
        title = said(f"Idée {number}, version {revision}, écrire à {CANARIES[1]} ou au {CANARIES[2]}")
        self.remove(number)
        self.proposals.append(
            proposal_row(number, id=f"{self.prefix}{number}", title=title, body=title, updatedAt=STAMP)
        )

    def remove(self, number: int) -> None:
        self.proposals[:] = [row for row in self.proposals if row["id"] != f"{self.prefix}{number}"]

    hide = remove

    def renumber(self) -> None:
        self.prefix = "9"
        for row in self.proposals:
            row["id"] = f"9{row['id']}"

    def expected(self) -> Mapping[str, set[str]]:
        return {
            "process": {"process-7", "process-8", "assembly-7", "initiative-5"},
            "stage": {"step-1", "step-2", "step-3", "step-4"},
            "contribution": {"project-51", "debate-61", *(f"proposal-{row['id']}" for row in self.proposals)},
            "meeting": {"meeting-21", "meeting-22", "meeting-24"},
            "commitment": {"result-31", "result-32", "result-33"},
            "document": {"post-71", "page-81"},
            "observation": {
                "budget-41", "process:initiative-5:signatures:2024-01-01/2024-12-31:en_ligne:",
                "process:process-7:participants:::", "process:process-8:participants:::",
            },
        }  # fmt: skip

    def turn(self, trap: str) -> None:
        self.faults.add(trap)
