"""A simulated hub: its change feed and its schemas (`push-api.md` §11), with the misbehaviours of a federation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import schemas
from tests.platforms.server import Loopback, Quiet

NANTES, RENNES = "244400404", "243500139"
Row = dict[str, Any]


class Hub(Loopback):
    """A hub of two metropoles, source `plateforme`. `tell` writes one change; `faults` are names of misbehaviours."""

    def __init__(self) -> None:
        self.changes: list[Any] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.faults = set[str]()
        self.purged_below = 0
        self.page_size = 500
        self.before: Callable[[int], object] = int
        hub = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                hub.asked.append((parts.path, params))
                hub.before(len(hub.asked))
                status, value = hub.answer(parts.path, params)
                body = b"<!doctype html>" if "html_200" in hub.faults else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.serve(Handler)

    def tell(self, op: str, kind: str, remote_id: str, data: Row | None = None, **changes: Any) -> str:
        """Write a change of a thing born here (or elsewhere: `origin`, `hub_id`); return its hub id."""
        hub_id = changes.pop("hub_id", None) or schemas.hub_id("plateforme", kind, remote_id)
        entry = {
            "seq": len(self.changes) + 1, "at": "2026-03-01T08:00:00Z", "op": op, "hub_id": hub_id, "kind": kind,
            "siren": NANTES, "layer": "harvest", "revision": None, "data": data,
            "origin": {"hub": self.url, "source": "plateforme"}, **changes,
        }  # fmt: skip
        self.changes.append(entry)
        return str(hub_id)

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        if path.startswith("/schemas/"):
            return 200, {"x-version": "1.4.0" if "newer" in self.faults else "1.0.7"}
        after = int(params.get("after") or 0)
        if after < self.purged_below:
            return 410, {"type": "/problems/flux_purge", "title": "Flux purgé"}
        wanted = [one for one in self.changes if not isinstance(one, dict) or one["seq"] > after]
        if "siren" in params and "filter_ignored" not in self.faults:
            wanted = [one for one in wanted if not isinstance(one, dict) or one["siren"] == params["siren"]]
        size = min(self.page_size, int(params["limit"]))
        shown = wanted[:size]
        more = len(wanted) > size
        following = shown[-1]["seq"] if shown and isinstance(shown[-1], dict) else after
        page: Row = {"changes": shown, "next": str(following), "more": more}
        if "shuffled" in self.faults:
            shown.reverse()
        if "loop" in self.faults:
            page |= {"next": str(after), "more": True}
        for name in page.keys() & {fault.removeprefix("no_") for fault in self.faults}:
            del page[name]
        return 200, page
