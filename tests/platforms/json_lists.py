"""A simulated in-house platform that answers one JSON list, paged in any style, with the misbehaviours of real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.platforms.server import Loopback, Quiet

Row = dict[str, Any]
CANARIES = ("Camille Canari", "canari@exemple.fr", "06 11 22 33 44")


def proposal(number: int, **changes: Any) -> Row:
    """A proposal with its author, whom nobody may read."""
    return {
        "id": number,
        "title": f"Proposition {number}",
        "body": f"<p>Pour le quartier n° {number}</p>",
        "process": "118",
        "theme": ["nature", "mobilite"],
        "votes": number % 7,
        "place": {"lat": 47.2, "lon": -1.5},
        "published_at": "2026-01-05T10:00:00Z",
        "updated_at": f"2026-02-{1 + number % 27:02}T08:00:00+01:00",
        "author": {"name": CANARIES[0], "email": CANARIES[1], "phone": CANARIES[2]},
        **changes,
    }


class Lists(Loopback):
    """One list. `faults` are names of misbehaviours; `before(number)` may change rows before a request is answered."""

    def __init__(self, rows: list[Row], size: int = 10) -> None:
        self.rows, self.size, self.faults = rows, size, set[str]()
        self.asked: list[dict[str, str]] = []
        self.before: Callable[[int], object] = int
        platform = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                platform.asked.append(params)
                platform.before(len(platform.asked))
                kind, body = platform.answer(parts.path, params)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def answer(self, path: str, params: dict[str, str]) -> tuple[str, bytes]:
        if "html_200" in self.faults:
            return "text/html", b"<!doctype html><title>Connexion</title>"
        if "duplicate_keys" in self.faults:
            return "application/json", b'{"data": [{"id": 1, "id": 2}], "total": 1, "next_page": null}'
        if path.endswith(".jsonl"):
            lines = "".join(json.dumps(row) + "\n" for row in self.rows)
            return "application/x-ndjson", lines.encode()[: -9 if "cut" in self.faults else None]
        if path.endswith(".geojson"):
            return "application/geo+json", json.dumps(self.geojson()).encode()
        return "application/json", json.dumps(self.page(params)).encode()

    def geojson(self) -> Row:
        features = []
        for row in self.rows:
            place = {"type": "Point", "coordinates": row["place"]} if row["place"] else None
            if isinstance(row["place"], dict):
                place = row["place"]
            kept = {name: value for name, value in row.items() if name not in ("id", "place")}
            features.append({"type": "Feature", "id": row["id"], "properties": kept, "geometry": place})
        return {"type": "FeatureCollection", "features": features}

    def page(self, params: dict[str, str]) -> Any:
        rows: list[Any] = self.rows
        if "since" in params and "since_ignored" not in self.faults:
            rows = [row for row in rows if utc(row["updated_at"]) >= params["since"]]
        size = min(int(params.get("size", self.size)), self.size)
        start = int(params.get("offset") or params.get("after") or (int(params.get("page", 1)) - 1) * size)
        if "clamped" in self.faults:
            start = min(start, max(0, len(rows) - size))
        shown = rows[start : start + size]
        end = start + size
        later = end < len(rows) or "endless" in self.faults
        if "null_rows" in self.faults:
            shown = [None, *shown[1:]]
        kept = f"&since={params['since']}" if "since" in params else ""
        following = f"{'' if 'relative' in self.faults else self.url + '/api/proposals'}?offset={end}{kept}"
        page: Row = {"data": shown, "total": len(rows), "next_page": following if later else None}
        page |= {"cursor": str(end) if later else None, "more": later, "pages": -(-len(rows) // size)}
        if "loop" in self.faults:
            page["next_page"], page["cursor"] = f"{self.url}/api/proposals?offset={size}", str(size)
        if "away" in self.faults:
            page["next_page"] = "https://ailleurs.exemple.fr/api?offset=10"
        if "errors_beside" in self.faults:
            page["errors"] = [{"message": "timeout"}]
        if "null_items" in self.faults:
            page["data"] = None
        if "empty_pages" in self.faults:
            page["data"] = []
        if "hidden_total" in self.faults:
            page["total"] = None
        if "total_too_high" in self.faults:
            page["total"] += 3
        for name in ("data", "total", "next_page", "cursor", "more"):
            if f"no_{name}" in self.faults:
                del page[name]
        if "next_omitted_at_the_end" in self.faults and not later:
            del page["next_page"]
        return {} if "empty_object" in self.faults else page


def utc(stamp: str) -> str:
    """The stamp of a proposal in UTC, as a platform compares it."""
    return stamp.replace("T08:00:00+01:00", "T07:00:00Z")
