"""The simulated Go Vocal under the kit: the public API with a key, and what the site's own pages read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.go_vocal import CANARIES, GoVocal, idea, project

_SWITCHES: Mapping[str, str] = {
    "silent_zero": EMPTY, "null_items": KEPT, "null_list": "contract", "cursor_loop": "contract",
    "html_200": "contract", "errors_only": "contract", "redirect": "contract", "no_locales": "contract",
    "lost_title": "contract",
}  # fmt: skip


class KeyTrial(GoVocal):
    """A site that gave a key. Its pages hold two rows."""

    options: Mapping[str, Any] = {"client_id": "id-1", "client_secret": "secret-1", "bodies": True, "areas": True}
    canaries = CANARIES
    budget = 45
    traps: Mapping[str, str] = {
        **_SWITCHES, "dead_tokens": "access", "gone_project": WHOLE, "no_list": "contract", "empty_page": "contract",
        "page_shift": WHOLE,
    }  # fmt: skip
    ends: Mapping[str, str] = {"http_404": "contract|access|truncated"}  # a wrong key, a project removed since
    figures = (
        "process:p1:commentaires:2026-01-02..:en_ligne:", "process:p3:commentaires:2026-01-02..:en_ligne:",
        "stage:ph2:votants:2026-02-06..:en_ligne:", "stage:ph2:votes:2026-02-06..:en_ligne:",
        "stage:ph1:propositions:2026-01-05..2026-02-05:en_ligne:",
        "stage:ph3:reponses:2026-01-05..2026-02-05:en_ligne:",
        "stage:ph4:propositions:2026-03-01..2026-04-01:en_ligne:",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.cap, self.prefix = 2, "i"
        self.projects.append(project("p3", comments_count=0))
        self.put(2, 1)

    def put(self, number: int, revision: int = 0) -> None:
        title = f"Idée {number}, version {revision}, écrire à {CANARIES[1]} ou au {CANARIES[2]}"
        self.remove(number)
        self.ideas.append(
            idea(f"{self.prefix}{number}", "p1", title=title, likes_count=None if number == 2 else number)
        )

    def remove(self, number: int) -> None:
        self.ideas[:] = [row for row in self.ideas if row["id"] != f"{self.prefix}{number}"]

    hide = remove

    def renumber(self) -> None:
        self.prefix = "n"
        for row in self.ideas:
            row["id"] = row["id"].replace("i", "n", 1)

    def expected(self) -> Mapping[str, set[str]]:
        shown = {
            row["id"] for row in self.ideas if row["publication_status"] == "published" and row["type"] != "survey"
        }
        return {
            "process": {"p1", "p2", "p3"},
            "stage": {"ph1", "ph2", "ph3", "ph4"},
            "contribution": shown - {"x1"},
            "meeting": {"e1"},
            "observation": set(self.figures),
        }

    def turn(self, trap: str) -> None:
        self.faults = {trap}


class WebTrial(KeyTrial):
    """The same site without a key: no contribution is read."""

    options: Mapping[str, Any] = {}
    budget = 20
    traps = {name: end for name, end in _SWITCHES.items() if name != "lost_title"} | {"lost_attributes": KEPT}

    def put(self, number: int, revision: int = 0) -> None:
        title = f"Projet {number}, version {revision}, écrire à {CANARIES[1]}"
        self.remove(number)
        self.projects.append(project(f"q{number}", title=title))

    def remove(self, number: int) -> None:
        self.projects[:] = [row for row in self.projects if row["id"] != f"q{number}"]

    hide = remove

    def renumber(self) -> None:
        for row in self.projects:
            row["id"] = "n" + row["id"]

    def expected(self) -> Mapping[str, set[str]]:
        shown = {
            row["id"] for row in self.projects
            if row["visible_to"] == "public" and row["publication_status"] in ("published", "archived")
        }  # fmt: skip
        ends = "2026-01-02..:en_ligne:"
        people = {f"process:{each}:participants:{ends}" for each in shown}
        comments = {f"process:{each}:commentaires:{ends}" for each in shown - {"p2"}}
        figures = {*self.figures, *people, *comments}
        return {**super().expected(), "process": shown, "contribution": set(), "observation": figures}
