"""A plain platform that a test scripts, and the connector that reads it: things in pages, with validators or not."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.base import Checkpoint, Endpoint, Item, Option, Record, RecordRefused, SourceChanged, Unchanged, Walk
from connectors.fetch import Fetch
from tests.platforms.server import Loopback, Quiet

NAME = "plain"
LABEL = "Plateforme d'essai"
VERSION = "1.0"
CONTRACT = 1
PAUSE, READ_TIMEOUT = 0.0, 30.0
INCREMENTAL = True
OPTIONS = (
    Option("complete", "Liste entière", "boolean", default=True),
    Option("prefix", "Mot devant chaque titre", default=""),
    Option("key", "Clé", "secret"),
)
PERSONAL = ()
FIELDS = {"process.title": "things.title"}
Fault = Callable[[Any], bool]


class Plain(Loopback):
    """Things in pages of `size`, in the order they came. `asked` is every request; `answering` may script an answer.

    `answering(handler, rank)` is called at each request, counted from 1; True: it answered itself.
    """

    def __init__(self, number: int = 0, *, size: int = 2, validators: bool = False) -> None:
        self.things: dict[str, Any] = {}
        self.size, self.validators, self.now = size, validators, "2026-01-01T00:00:00Z"
        self.asked: list[str] = []
        self.answering: Callable[[Any, int], bool] = lambda _handler, _rank: False
        self.ending = True
        self._lock = threading.Lock()
        self.flying, self.together = 0, 0
        for rank in range(1, number + 1):
            self.put(str(rank))
        platform = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                platform.enter(self)

        self.serve(Handler)

    def put(self, name: str, **data: Any) -> None:
        """Publish a thing, or change it."""
        self.things[name] = {"id": name, "title": f"Chose {name}", "updated_at": self.now, **data}

    def remove(self, *names: str) -> None:
        """Take things off the list."""
        for name in names:
            del self.things[name]

    def renumber(self) -> None:
        """Give every thing another id."""
        self.things = {f"n{name}": {**row, "id": f"n{name}"} for name, row in self.things.items()}

    def enter(self, handler: Any) -> None:
        """Answer one request, or let the test do it."""
        with self._lock:
            self.asked.append(handler.path)
            rank = len(self.asked)
            self.flying += 1
            self.together = max(self.together, self.flying)
        try:
            if not self.answering(handler, rank):
                self.answer(handler)
        finally:
            with self._lock:
                self.flying -= 1

    def answer(self, handler: Any) -> None:
        """Answer a page, or 304 when its validator is known."""
        body = json.dumps(self.page(parse_qs(urlsplit(handler.path).query))).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.validators and handler.headers.get("If-None-Match") == etag:
            reply(handler, 304, b"", {"ETag": etag})
        else:
            reply(handler, 200, body, {"ETag": etag} if self.validators else {})

    def page(self, params: Mapping[str, list[str]]) -> Mapping[str, Any]:
        """Return one page of the things changed since an instant, that instant included."""
        number, since = int(params["page"][0]), params.get("since", [""])[0]
        rows = [row for row in self.things.values() if not since or not row or row["updated_at"] >= since]
        start = (number - 1) * self.size
        more = start + self.size < len(rows)
        return {
            "things": rows[start : start + self.size],
            "next": number + 1 if more else None,
            "total": len(rows),
            "end": self.ending,
        }

    @property
    def pages_asked(self) -> list[int]:
        """The number of each page asked, in order."""
        return [int(parse_qs(urlsplit(path).query)["page"][0]) for path in self.asked]


def reply(handler: Any, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bool:
    """Write an answer; return True."""
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        handler.send_header(name, value)
    if status != 304:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return True


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the things, page after page; pages that did not change are not read again."""
    number: int | None = 1
    cursor = endpoint.cursor or ""
    while number is not None:
        params = {"page": str(number)} | ({"since": endpoint.cursor} if endpoint.cursor else {})
        if key := endpoint.options.get("key"):
            params["key"] = key
        answer = fetch.get(f"{endpoint.url}/things", params)
        if answer.unchanged:
            told = answer.note
            yield Unchanged(answer.request)
        else:
            page = answer.json()
            if not isinstance(page, dict) or "things" not in page:
                raise SourceChanged("La liste des choses n'a plus sa forme.")
            yield from rows(page, str(endpoint.options.get("prefix") or ""))
            stamps = [row["updated_at"] for row in page["things"] if row and row.get("updated_at")]
            told = {"next": page["next"], "total": page["total"], "end": page["end"], "last": max(stamps, default="")}
            fetch.note(answer, told)
        number, cursor = told["next"], max(cursor, told["last"])
        yield Checkpoint(cursor, told["total"], end=number is None and told["end"])


def rows(page: Mapping[str, Any], prefix: str) -> Iterator[Item]:
    """Yield the things of a page."""
    for rank, row in enumerate(page["things"]):
        pointer = f"/things/{rank}"
        if not row:
            yield RecordRefused("fiche_illisible", pointer)
        elif not row.get("id"):
            yield RecordRefused("identifiant_manquant", pointer, kind=row.get("kind", "process"))
        elif row.get("boom"):
            raise ZeroDivisionError(f"clé {row['boom']}")
        else:
            data = {name: value for name, value in row.items() if name not in ("id", "kind", "deleted")}
            data["title"] = prefix + data["title"]
            yield Record(row.get("kind", "process"), row["id"], data, pointer, deleted=bool(row.get("deleted")))


MODULE = sys.modules[__name__]
