"""Simulated data.gouv.fr: the udata catalogue and the tabular API on one loopback port, with their misbehaviours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.platforms.server import Loopback, Quiet

Row = dict[str, Any]
ORGANIZATION = "534fff8ba3a7292c64a77f02"
RESOURCE = "0a1b2c3d-0000-4000-8000-000000000001"
CANARIES = ("Camille Canari", "canari@exemple.fr")
Reply = tuple[int, str, bytes]


def dataset(number: int, **changes: Any) -> Row:
    """A dataset; without a mask its answer also holds persons."""
    return {
        "id": f"{number:024x}", "title": f"Jeu {number}", "page": f"https://www.data.gouv.fr/datasets/jeu-{number}/",
        "created_at": "2025-01-02T03:04:05+00:00", "last_update": "2026-01-01T00:00:00+00:00", "archived": None,
        "deleted": False, "private": False, "resources": [], "owner": {"first_name": CANARIES[0]},
        "contact_points": [{"email": CANARIES[1]}], **changes,
    }  # fmt: skip


def resource(number: int, **changes: Any) -> Row:
    return {
        "id": f"r-{number}", "title": f"Fichier {number}", "type": "main", "format": "pdf", "mime": "application/pdf",
        "latest": f"https://www.data.gouv.fr/fr/datasets/r/r-{number}", "url": "https://static.exemple.fr/x.pdf",
        "last_modified": "2025-05-05T10:00:00+00:00", "checksum": None, **changes,
    }  # fmt: skip


def deliberation(number: int, **changes: Any) -> Row:
    return {
        "COLL_NOM": "Nantes Métropole", "COLL_SIRET": 24440040400129, "DELIB_ID": f"2026-{number:03}",
        "DELIB_DATE": "2026-02-06", "DELIB_MATIERE_CODE": "7.10", "DELIB_MATIERE_NOM": "Finances",
        "DELIB_OBJET": f"Objet {number}", "VOTE_POUR": 97, "VOTE_CONTRE": 0, "VOTE_ABSTENTION": None,
        "DELIB_URL": "https://exemple.fr/d.pdf", "ELU_EMAIL": CANARIES[1], **changes,
    }  # fmt: skip


class DataGouv(Loopback):
    """Both APIs. `faults` are names of misbehaviours; `on_page(page)` may change what is served in between."""

    def __init__(self) -> None:
        self.datasets: list[Row] = []
        self.rows: list[Row] = []
        self.faults = set[str]()
        self.created_at = "2026-03-01T00:00:00+00:00"
        self.asked = list[tuple[str, dict[str, str], dict[str, str]]]()
        self.on_page: Callable[[int], object] = int
        platform = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                platform.asked.append((unquote(parts.path), params, headers))
                status, kind, body = platform.answer(parts.path, params, headers)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "https://ailleurs.exemple.fr/")
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def answer(self, path: str, params: dict[str, str], headers: dict[str, str]) -> Reply:
        if "html_200" in self.faults:
            return 200, "text/html", b"<html>Maintenance</html>"
        if "redirect" in self.faults:
            return 302, "text/html", b""
        for fault, status in (("too_many", 429), ("unavailable", 503), ("gone", 410), ("not_yet", 404)):
            if fault in self.faults:
                return status, "text/plain", b"Resource has been permanently deleted"
        if path == "/api/1/datasets/":
            return self.catalogue(params, headers)
        base = f"/api/resources/{RESOURCE}/"
        if path == base:
            return reply({"created_at": self.created_at, "url": "https://x", "links": []})
        if path == f"{base}profile/":
            return reply({"profile": {"header": list(self.rows[0]) if self.rows else [], "columns": {}}})
        return self.table(params) if path == f"{base}data/" else (404, "text/plain", b"")

    def catalogue(self, params: dict[str, str], headers: dict[str, str]) -> Reply:
        size, page = int(params.get("page_size", "20")), int(params.get("page", "1"))
        if params.get("organization") != ORGANIZATION:
            return reply({"message": "Organization arg must be an identifier"}, 400)
        self.on_page(page)
        start = 0 if "cursor_loop" in self.faults else (page - 1) * size
        shown: list[Any] = self.datasets[start : start + size]
        if page > 1 and not shown:
            return reply({"message": "Not found"}, 404)
        if "null_items" in self.faults:
            shown = [None, *shown[1:]]
        if "x-fields" in headers:
            kept = headers["x-fields"]
            shown = [row and {key: value for key, value in row.items() if key in kept} for row in shown]
        more = start + size < len(self.datasets) or "cursor_loop" in self.faults
        body = {"data": shown, "total": len(self.datasets), "page": page, "next_page": "https://next" if more else None}
        if "silent_zero" in self.faults:
            body |= {"data": [], "total": 0, "next_page": None}
        if "field_gone" in self.faults:
            del body["total"]
        return reply({"message": "erreur"} if "errors_only" in self.faults else body)

    def table(self, params: dict[str, str]) -> Reply:
        size, page = int(params.get("page_size", "20")), int(params.get("page", "1"))
        if size > 50:
            return reply({"errors": [{"code": None, "detail": "Page size exceeds allowed maximum: 50"}]}, 400)
        self.on_page(page)
        names = params.get("columns", "").split(",")
        order = next((name.removesuffix("__sort") for name in params if name.endswith("__sort")), None)
        rows = sorted(self.rows, key=lambda row: str(row[order])) if order else self.rows
        start = 0 if "cursor_loop" in self.faults else (page - 1) * size
        shown: list[Any] = [{name: row[name] for name in names} for row in rows[start : start + size]]
        more = start + size < len(rows) or "cursor_loop" in self.faults
        if "null_items" in self.faults:
            shown = [None, *shown[1:]]
        if "short" in self.faults and page > 1:
            shown, more = [], True
        body = {"data": shown, "links": {"next": "https://next" if more else None}, "meta": {"total": len(rows)}}
        if "silent_zero" in self.faults:
            body = {"data": [], "links": {"next": None}, "meta": {"total": 0}}
        if "partial_errors" in self.faults:
            body["errors"] = [{"title": "Database error"}]
        if "field_gone" in self.faults:
            body["meta"] = {}
        return reply({"errors": [{"title": "Database error"}]} if "errors_only" in self.faults else body)


def reply(value: Any, status: int = 200) -> Reply:
    return status, "application/json", json.dumps(value).encode()
