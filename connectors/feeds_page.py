"""What a web page says of itself to machines: its feeds, its JSON-LD events, its OpenGraph title (`files.md` §9)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from connectors.strict import parse
from connectors.text import tamed

FEEDS = ("application/rss+xml", "application/atom+xml")
CALENDARS = ("text/calendar", "type/calendar")
_LONGEST = 2_000_000
_MAX_SCRIPTS, _MAX_NODES = 50, 5_000


class Page(HTMLParser):
    """A page read once: `links` (type, address, in order), `scripts` of JSON-LD, `properties` of OpenGraph."""

    def __init__(self, content: bytes, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.links: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.properties: dict[str, str] = {}
        self._inside = False
        self.feed(tamed(content[:_LONGEST].decode("utf-8", "replace")))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kind = given.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and "alternate" in given.get("rel", "").lower().split() and kind in FEEDS + CALENDARS:
            self._link(kind, given)
        elif tag == "meta" and given.get("property"):
            self.properties.setdefault(given["property"].lower(), given.get("content", ""))
        elif tag == "script":
            self._inside = kind == "application/ld+json" and len(self.scripts) < _MAX_SCRIPTS
            self.scripts += [""] * self._inside

    def _link(self, kind: str, given: dict[str, str]) -> None:
        """Keep a feed; that of the comments of a site speaks of persons and is left out."""
        if "comment" in f"{given.get('title', '')} {given.get('href', '')}".lower() or not given.get("href"):
            return
        try:
            found = (kind, urljoin(self.base, given["href"].strip()))
        except ValueError:
            return
        if found not in self.links:
            self.links.append(found)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data

    def feeds(self, limit: int) -> list[str]:
        """Return the addresses to read: the feeds of the first type announced (RSS and Atom say the same), calendars.

        At most `limit`.
        """
        first = next((kind for kind, _ in self.links if kind in FEEDS), "")
        return [url for kind, url in self.links if kind in (first, *CALENDARS)][:limit]

    def events(self) -> list[dict[str, Any]]:
        """Return the schema.org events that the page states; scripts that cannot be read are passed over."""
        found, nodes = list[dict[str, Any]](), list[Any]()
        for script in self.scripts:
            try:
                nodes.append(parse(script.encode("utf-8", "replace")))
            except ValueError:
                continue
        for node in nodes[:]:
            nodes += node if isinstance(node, list) else []
        for node in [each for each in nodes if isinstance(each, dict)][:_MAX_NODES]:
            graph = node.get("@graph")
            inner = [each for each in graph if isinstance(each, dict)] if isinstance(graph, list) else []
            found += [each for each in (node, *inner) if _is_event(each)]
        return found[:_MAX_NODES]


def _is_event(node: dict[str, Any]) -> bool:
    types = node.get("@type")
    return any(
        isinstance(one, str) and one.endswith("Event") for one in (types if isinstance(types, list) else [types])
    )
