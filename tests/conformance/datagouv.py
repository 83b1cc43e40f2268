"""The simulated data.gouv.fr under the kit: an organisation's catalogue, and the rows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors import datagouv
from connectors.testing.platform import EMPTY, KEPT, WHOLE
from tests.platforms.datagouv import CANARIES, ORGANIZATION, RESOURCE, DataGouv, dataset, deliberation, resource

_SWITCHES: Mapping[str, str] = {
    "silent_zero": EMPTY, "null_items": KEPT, "errors_only": "contract", "html_200": "contract",
    "redirect": "contract", "cursor_loop": "contract", "field_gone": "contract", "too_many": "transient",
    "unavailable": "transient", "gone": "contract", "not_yet": "contract", "page_shift": WHOLE, "page_loss": WHOLE,
}  # fmt: skip


class CatalogueTrial(DataGouv):
    """An organisation with two pages of datasets."""

    canaries = CANARIES
    budget = 2
    traps = _SWITCHES
    ends: Mapping[str, str] = {"http_404": "contract|truncated"}  # past the end of a list that shrank: 404

    def __init__(self) -> None:
        super().__init__()
        self.options: Mapping[str, Any] = {"organization": ORGANIZATION, "tabular": self.url}
        self.datasets = [self.row(number) for number in range(1, 121)]

    def row(self, number: int, revision: int = 0) -> dict[str, Any]:
        files = [resource(number), resource(1000 + number, format="csv")]
        return dataset(number, title=f"Jeu {number}, version {revision}, {CANARIES[1]}", resources=files)

    def put(self, number: int, revision: int = 0) -> None:
        self.remove(number)
        self.datasets.append(self.row(number, revision))

    def remove(self, number: int) -> None:
        self.datasets = [row for row in self.datasets if row["id"] != f"{number:024x}"]

    def hide(self, number: int) -> None:
        for row in self.datasets:
            row["private"] = row["private"] or row["id"] == f"{number:024x}"

    def renumber(self) -> None:
        for row in self.datasets:
            row["id"] = "f" + row["id"][1:]

    def expected(self) -> Mapping[str, set[str]]:
        shown = [row for row in self.datasets if not row["private"]]
        return {"document": {row["id"] for row in shown} | {row["resources"][0]["id"] for row in shown}}

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.on_page = lambda page: self.datasets.insert(0, self.row(999)) if page > 1 else None
        if trap == "page_loss":
            self.on_page = lambda page: self.datasets.pop(0) if page > 1 else None
        self.faults = {trap}


class TableTrial(DataGouv):
    """A file of deliberations in three pages."""

    canaries = CANARIES
    budget = 6
    traps: Mapping[str, str] = {**_SWITCHES, "partial_errors": "contract", "short": "contract"}
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.options: Mapping[str, Any] = {
            "resource": RESOURCE, "mapping": datagouv.SCDL, "siren": "244400404", "tabular": self.url,
        }  # fmt: skip
        self.hidden: set[str] = set()
        self.rows = [self.row(number) for number in range(1, 121)]

    def row(self, number: int, revision: int = 0) -> dict[str, Any]:
        return deliberation(number, DELIB_OBJET=f"Objet {number}, version {revision}, {CANARIES[1]}")

    def put(self, number: int, revision: int = 0) -> None:
        self.remove(number)
        self.rows.append(self.row(number, revision))

    def remove(self, number: int) -> None:
        self.rows = [row for row in self.rows if not row["DELIB_ID"].endswith(f"-{number:03}")]

    hide = remove

    def renumber(self) -> None:
        for row in self.rows:
            row["DELIB_ID"] = "N" + row["DELIB_ID"]

    def expected(self) -> Mapping[str, set[str]]:
        keys = (("COLL_SIRET", "DELIB_ID", "DELIB_DATE"), self.rows)
        return {"deliberation": {":".join(str(row[name]) for name in keys[0]) for row in keys[1]}}

    def turn(self, trap: str) -> None:
        if trap == "page_shift":
            self.on_page = lambda page: self.rows.insert(0, self.row(999)) if page > 1 else None
        if trap == "page_loss":
            self.on_page = lambda page: self.rows.pop(0) if page > 1 else None
        self.faults = {trap}
