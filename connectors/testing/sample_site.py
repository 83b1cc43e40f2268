"""The simulated platform of the sample connector: a box of ideas with a JSON interface, and its misbehaviours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.testing.platform import EMPTY, KEPT, WHOLE
from connectors.testing.server import Loopback, Quiet

SIZE = 2


class SampleSite(Loopback):
    """Seven ideas in pages of two; the last three changed in the same second."""

    options: Mapping[str, Any] = {"process": "bp-2026"}
    canaries = ("Camille Canari", "canari@exemple.fr")
    budget = 4
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY,
        "null_items": KEPT,
        "page_shift": WHOLE,
        "cursor_loop": "contract",
        "endless": "contract",
        "short": "contract",
        "field_gone": "contract",
    }
    ends: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.switch, self.prefix, self.now = "", "i", "2026-01-05T08:00:00Z"
        for number in range(1, 8):
            self._write(number, 0, f"2026-01-0{min(number, 5)}T08:00:00Z")
        site = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                body = json.dumps(site.page(params)).encode()
                self.send_response(200 if parts.path == "/api/ideas" else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def page(self, params: Mapping[str, str]) -> Mapping[str, Any]:
        """Return one page of the ideas changed since an instant, in the order of their change."""
        number, since = int(params.get("page", "1")), params.get("since", "")
        shown = [row for identity, row in self.rows.items() if identity not in self.hidden and row["updated"] >= since]
        rows: list[Any] = sorted(shown, key=lambda row: (row["updated"], row["id"]))
        if self.switch == "page_shift" and number > 1:
            rows.insert(0, {**rows[0], "id": "i0"})
        if self.switch == "silent_zero":
            rows = []
        total, start = len(rows), 0 if self.switch == "cursor_loop" else (number - 1) * SIZE
        page, more = rows[start : start + SIZE], number * SIZE < total
        if self.switch == "null_items":
            page = [None, *page[1:]]
        if self.switch == "endless":
            page, more = page or [rows[-1]], True
        if self.switch == "short" and number > 1:
            page, more = page[:1], False
        more = more or self.switch == "cursor_loop"
        body = {"ideas": page, "total": total, "next": number + 1 if more else None}
        return {"ideas": page} if self.switch == "field_gone" else body

    def _write(self, number: int, revision: int, updated: str) -> None:
        identity, words = f"{self.prefix}{number}", f"Idée {number}" + f", version {revision}" * bool(revision)
        self.rows[identity] = {
            "id": identity, "title": f"{words} (écrire à {self.canaries[1]})", "slug": f"idee-{number}-{revision}",
            "votes": None if number == 3 else 0 if number == 2 else number, "author": self.canaries[0],
            "tags": ["nature", "mobilités", "écoles", "culture", "sport"],
            "written": f"2026-01-0{number % 9 + 1}T09:30:00", "updated": updated,
        }  # fmt: skip

    def put(self, number: int, revision: int = 0) -> None:
        """Publish an idea, or change it, at the last instant known."""
        self._write(number, revision, self.now)

    def remove(self, number: int) -> None:
        """Delete an idea: nothing is left of it."""
        del self.rows[f"{self.prefix}{number}"]

    def hide(self, number: int) -> None:
        """Withdraw an idea from view."""
        self.hidden.add(f"{self.prefix}{number}")

    def renumber(self) -> None:
        """Give every idea another id."""
        self.prefix = "n"
        self.rows = {f"n{name[1:]}": {**row, "id": f"n{name[1:]}"} for name, row in self.rows.items()}

    def expected(self) -> Mapping[str, set[str]]:
        """Return the ids shown."""
        return {"contribution": set(self.rows) - self.hidden}

    def turn(self, trap: str) -> None:
        """Turn a misbehaviour on."""
        self.switch = trap
