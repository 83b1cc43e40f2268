"""A simulated Opendatasoft portal (Explore API v2.1) on a loopback port, with the misbehaviours of real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.platforms.server import Loopback, Quiet

Row = dict[str, Any]
DATASET = "bp_projets_gagnants"
CANARIES = ("Camille Canari", "canari@exemple.fr")
LIMIT = "Invalid value for limit API parameter: {} was found but -1 <= limit <= 100 is expected."
INTERRUPTED = "Streaming interrupted due to the following error: Internal error"


def project(number: int, **changes: Any) -> Row:
    """A winning project; its row also holds the person who proposed it, whom nobody may ask for."""
    return {
        "identifiant_projet_gagnant": f"P{number:05}",
        "titre": f"Projet {number}",
        "thematique": "Nature en ville",
        "arrondissement_projet_gagnant": "Centre",
        "votes": number,
        "montant": "1 200,50 €",
        "auteur": CANARIES[0],
        "email": CANARIES[1],
        **changes,
    }


class Portal(Loopback):
    """A portal with one dataset. `faults` are names of misbehaviours; `on_page(offset)` may change rows in between."""

    def __init__(self, rows: list[Row], columns: tuple[str, ...] | None = None) -> None:
        self.rows, self.faults, self.asked = rows, set[str](), list[tuple[str, dict[str, str], dict[str, str]]]()
        self.columns = columns or tuple(rows[0] if rows else project(0))
        self.on_page: Callable[[int], object] = int
        self.metas: Row = {"title": "Budget participatif : projets gagnants", "modified": "2026-03-01T08:00:00+00:00"}
        portal = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                portal.asked.append((unquote(parts.path), params, {k.lower(): v for k, v in self.headers.items()}))
                status, kind, body, extra = portal.answer(unquote(parts.path), params)
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, str, bytes, dict[str, str]]:
        base = f"/api/explore/v2.1/catalog/datasets/{DATASET}"
        if "html_200" in self.faults:
            return 200, "text/html", b"<!doctype html><title>Connexion</title>", {}
        if "redirect" in self.faults:
            return 302, "text/html", b"", {"Location": "https://ailleurs.exemple.fr/login"}
        if "too_many" in self.faults:
            return 429, "application/json", b'{"error_code": "TooManyRequests"}', {}
        if "private" in self.faults:
            return 401, "application/json", b"{}", {}
        if not path.startswith(base):
            return 404, "application/json", b'{"error_code": "NotFound"}', {}
        if path == f"{base}/records":
            return self.records(params)
        if path == f"{base}/exports/jsonl":
            return self.export(params)
        return self.reply(self.entry())

    def entry(self) -> Row:
        fields = [{"name": name, "label": name.upper(), "type": "text"} for name in self.columns]
        contact = {"contact_name": CANARIES[0], "contact_email": CANARIES[1]}
        metas = {"default": {"records_count": 3, **self.metas}, "dcat": contact}
        found = {"dataset_id": DATASET, "has_records": True, "fields": fields, "metas": metas}
        return {"dataset_id": DATASET} if "field_gone" in self.faults else found

    def chosen(self, params: dict[str, str]) -> list[Row]:
        """The rows in the order asked, with the columns asked; a column that is gone from the rows is not answered."""
        names = params.get("select", ",".join(self.columns)).split(",")
        rows = list(self.rows)
        for name in reversed(params.get("order_by", "").split(",") if params.get("order_by") else []):
            rows.sort(key=lambda row: (row.get(name) is None, str(row.get(name))))
        if not params.get("order_by"):
            rows = rows[7:] + rows[:7]
        return [{name: row[name] for name in names if name in row} for row in rows]

    def records(self, params: dict[str, str]) -> tuple[int, str, bytes, dict[str, str]]:
        limit, offset = int(params.get("limit", "10")), int(params.get("offset", "0"))
        if limit > 100:
            return self.reply({"error_code": "InvalidRESTParameterError", "message": LIMIT.format(limit)}, 400)
        if limit + offset > 10_000:
            return self.reply({"error_code": "InvalidRESTParameterError", "message": "offset + limit"}, 400)
        if "errors_only" in self.faults:
            return self.reply({"error_code": "ODSQLError", "message": "malformed"})
        if "silent_zero" in self.faults:
            return self.reply({"total_count": 0, "results": []})
        self.on_page(offset)
        rows: list[Any] = self.chosen(params)
        total = len(rows)
        start = 0 if "cursor_loop" in self.faults else offset
        shown = rows[start : start + min(limit, 25 if "clamped" in self.faults else limit)]
        if "null_items" in self.faults:
            shown[0] = None
        if "short" in self.faults and offset:
            shown = []
        body = {"total_count": total, "results": shown}
        for name in ("total_count", "results"):
            if f"no_{name}" in self.faults:
                del body[name]
        return self.reply(body)

    def export(self, params: dict[str, str]) -> tuple[int, str, bytes, dict[str, str]]:
        lines = [json.dumps(row, ensure_ascii=False) for row in self.chosen(params)]
        if "export_short" in self.faults:
            lines = lines[:-3]
        text = "\n".join(lines) + "\n"
        if "stream_error" in self.faults:
            text = text[: len(text) // 2] + INTERRUPTED
        return 200, "application/jsonl", text.encode(), {}

    def reply(self, value: Any, status: int = 200) -> tuple[int, str, bytes, dict[str, str]]:
        return status, "application/json; charset=utf-8", json.dumps(value).encode(), {}
