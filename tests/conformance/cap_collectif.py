"""The simulated Cap Collectif under the kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.cap_collectif import CANARIES, CapCollectif, connection, event, project, proposal, step

WHAT = ("contributions", "participants", "votes")


def dates(project_id: str) -> str:
    return "2024-01-15..2024-03-31" if project_id == "A" else ""


class CapCollectifTrial(CapCollectif):
    """A site of four projects, its lists in pages of two."""

    options: Mapping[str, Any] = {"bodies": True, "commitment_steps": ["S:vote"]}
    canaries = CANARIES
    budget = 25
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "silent_zero_later": "transient", "edges_null:projects": KEPT,
        "edges_null:proposal": KEPT, "cursor_loop:projects": "contract", "cursor_loop:proposal": "contract",
        "cursor_null:projects": "contract", "cursor_null:proposal": "contract", "hidden_count:projects": WHOLE,
        "hidden_count:proposal": KEPT, "public_api_off": "access", "strict_steps": KEPT, "page_shift": WHOLE,
        "page_loss": WHOLE,
    }  # fmt: skip
    ends: Mapping[str, str] = {"http_404": "access"}  # a switch of the site's administrator
    figures: ClassVar = {
        "stage:S:idees:propositions:2024-01-15..2024-02-15:en_ligne:",
        "stage:S:enquete:participants::en_ligne:", "stage:S:enquete:reponses::en_ligne:",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.cap, self.prefix = 2, "P:"
        vote = step("SelectionStep", "S:vote", start="2024-03-01 00:00:00", end="2024-03-31 23:00:00", proposals=[])
        self.chosen = [{"step": vote, "status": {"id": "st", "name": "Vote gagné"}}]
        self.ideas: list[dict[str, Any]] = []
        collect = step("CollectStep", "S:idees", start="2024-01-15 00:30:00", end="2024-02-15 00:00:00")
        survey = step(
            "QuestionnaireStep", "S:enquete", "FUTURE", contributors=connection(4),
            questionnaire={"id": "q", "replies": connection(0)},
        )  # fmt: skip
        self.projects = [
            project("Z"),
            project("A", [collect | {"proposals": self.ideas}, vote], events=["E:1"]),
            project("B", [step("PresentationStep", "pstep1", "OPENED"), survey], votes=connection(None)),
            project("C"),
        ]
        self.events = [event("E:1"), event("E:2"), event("E:3"), event("E:cachee", enabled=False)]
        for number in range(1, 6):
            self.put(number)

    def put(self, number: int, revision: int = 0) -> None:
        title = f"Idée {number}, version {revision}, écrire à {CANARIES[1]} ou au {CANARIES[2]}"
        self.remove(number)
        selections = self.chosen if number == 1 else []
        votes = connection({1: 0, 2: None}.get(number, number))
        self.ideas.append(proposal(f"{self.prefix}{number}", title=title, selections=selections, votes=votes))

    def remove(self, number: int) -> None:
        self.ideas[:] = [row for row in self.ideas if row["id"] != f"{self.prefix}{number}"]

    def hide(self, number: int) -> None:
        for row in self.ideas:
            row["trashed"] = row["trashed"] or row["id"] == f"{self.prefix}{number}"

    def renumber(self) -> None:
        self.prefix = "N:"
        for row in self.ideas:
            row["id"] = "N" + row["id"][1:]

    def expected(self) -> Mapping[str, set[str]]:
        ideas, shown = {row["id"] for row in self.ideas if not row["trashed"]}, {row["id"] for row in self.projects}
        return {
            "process": shown,
            "stage": {"S:idees", "S:vote", "S:enquete", "pstep1"},
            "contribution": ideas,
            "commitment": ideas & {"P:1", "N:1"},
            "meeting": {"E:1", "E:2", "E:3"},
            "observation": self.figures
            | {f"process:{one}:{each}:{dates(one)}:en_ligne:" for one in shown for each in WHAT},
        }

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.between = lambda: self.projects.insert(0, project("D"))
        if trap == "page_loss":
            self.between = lambda: self.projects.pop(0)
        self.switches.add(trap)
