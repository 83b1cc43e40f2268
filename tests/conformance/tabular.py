"""Files under the kit: an export of Cap Collectif with its authors, on a drive that misbehaves as drives do."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT
from tests.platforms.files import CANARIES, PROPOSAL, Drive, proposal, rows_of, table

PATH = "/contributions_projet_simplified.csv"


class ExportTrial(Drive):
    """A simplified export of five proposals, said to be complete."""

    options: Mapping[str, Any] = {"complete": True, "process": "P1", "bodies": True}
    canaries = CANARIES[:3]
    budget = 1
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "null_items": KEPT, "cut_short": "transient", "html_200": "contract",
        "empty_file": "contract", "column_gone": "contract", "not_found": "contract", "gone": "contract",
        "error_500": "transient", "moved": "contract", "forbidden": "access",
    }  # fmt: skip
    ends: Mapping[str, str] = {"json_coupe": "transient"}  # a file that stops within a cell is asked again later

    def __init__(self) -> None:
        super().__init__()
        self.prefix, self.rows = "uuid-", dict[int, dict[str, Any]]()
        self.url += PATH
        for number in range(1, 6):
            self.put_row(number)
        self.publish()

    def put_row(self, number: int, revision: int = 0) -> None:
        title = f"Projet {number}, version {revision}, écrire à {CANARIES[1]} ou au {CANARIES[2]}"
        votes = {1: 0, 2: ""}.get(number, number)
        self.rows[number] = proposal(number, export_proposal_title=title, export_proposal_votes_total_count=votes)

    def publish(self, columns: tuple[str, ...] = PROPOSAL) -> None:
        rows = [row | {"export_proposal_id": f"{self.prefix}{number}"} for number, row in self.rows.items()]
        self.write(table(rows_of(columns, *rows), bom=True))

    def write(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.files[PATH] = (status, content, {"Content-Type": "text/csv; charset=utf-8", **headers})

    def put(self, number: int, revision: int = 0) -> None:  # type: ignore[override]  # the drive's own takes a path
        self.put_row(number, revision)
        self.publish()

    def remove(self, number: int) -> None:
        self.rows.pop(number, None)
        self.publish()

    hide = remove

    def renumber(self) -> None:
        self.prefix = "nouveau-"
        self.publish()

    def expected(self) -> Mapping[str, set[str]]:
        names = [f"Proposal:{self.prefix}{number}" for number in self.rows]
        ids = {base64.b64encode(name.encode()).decode() for name in names}
        sums = {"process:P1:votes::en_ligne:", "process:P1:votes::presentiel:"} if self.rows else set[str]()
        return {"contribution": ids, "observation": sums}

    def turn(self, trap: str) -> None:
        content = self.files[PATH][1]
        if trap == "silent_zero":
            self.rows.clear()
            self.publish()
        elif trap == "null_items":
            self.rows[3]["export_proposal_title"] = ""
            self.publish()
        elif trap == "column_gone":
            self.publish(tuple(name for name in PROPOSAL if name != "export_proposal_id"))
        elif trap == "cut_short":
            self.write(content[:-40])
        elif trap == "moved":
            self.write(b"", 302, Location="https://ailleurs.exemple.fr/fichier.csv")
        elif trap == "html_200":
            self.write(b"<!doctype html><title>Connexion</title>")
        else:
            status = {"empty_file": 200, "not_found": 404, "gone": 410, "error_500": 500, "forbidden": 403}[trap]
            self.write(b"", status)
