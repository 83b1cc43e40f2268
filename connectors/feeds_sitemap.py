"""What a site offers to harvest, for a person to choose: nothing here becomes a record (`platforms/files.md` §9)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from connectors.base import SourceChanged
from connectors.feeds_dates import moment
from connectors.feeds_items import readable
from connectors.feeds_page import CALENDARS, Page
from connectors.feeds_xml import MAX_BYTES, text_of, tree
from connectors.fetch import Fetch

MAX_FILES, MAX_DEPTH, MAX_FOUND = 50, 3, 50_000
_MAP = re.compile(rb"<(?:sitemapindex|urlset)[\s>]")
_MISSING = (401, 403, 404, 410)


@dataclass(frozen=True)
class Found:
    """Something that a person may make a source or a process of. `what`: page, feed, calendar or event.

    `moment` is when a page last changed or when an event begins, as the shared schema writes it.
    """

    what: str
    url: str
    title: str | None = None
    moment: str | None = None


def discover(url: str, fetch: Fetch) -> Iterator[Found]:
    """Yield what a page announces, then the addresses of its site's map, at most 50 000.

    `url` may be that of a map. One that is missing, closed or unreadable is passed over. Raises SourceDown,
    SourceChanged.
    """
    answer = fetch.get(url)
    start = url
    if not _MAP.search(answer.content[:4_000]):
        start = urljoin(url, "/sitemap.xml")
        yield from _announced(Page(answer.content, answer.url), answer.url)
    seen: set[str] = set()
    for found in _mapped(start, fetch):
        if found.url not in seen and len(seen) < MAX_FOUND:
            seen.add(found.url)
            yield found


def _announced(page: Page, url: str) -> Iterator[Found]:
    """Yield the page itself, its feeds and calendars, the events it states."""
    known = page.properties
    title = readable(known.get("og:title", ""), 300)
    yield Found("page", url, title, _moment(known.get("article:modified_time")))
    for kind, link in page.links:
        yield Found("calendar" if kind in CALENDARS else "feed", link)
    for event in page.events():
        name, place = event.get("name"), event.get("url")
        link = urljoin(url, place) if isinstance(place, str) and _is_near(place, url) else url
        yield Found(
            "event", link, readable(name, 300) if isinstance(name, str) else None, _moment(event.get("startDate"))
        )


def _mapped(url: str, fetch: Fetch) -> Iterator[Found]:
    """Yield the addresses of the maps of a site, indexes followed: each map once, to a depth and a number."""
    waiting = [(url, 1)]
    asked: set[str] = set()
    while waiting and len(asked) < MAX_FILES:
        address, depth = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        root = _root(address, fetch)
        if root is None and depth == 1 and len(asked) == 1:
            waiting += [(each, 1) for each in _robots(url, fetch)]
        for entry in root if root is not None else ():
            name, location = entry.tag.rpartition("}")[2], _child(entry, "loc")
            if name == "sitemap" and depth < MAX_DEPTH and _is_near(location, url):
                waiting.append((location, depth + 1))
            elif name == "url" and _is_near(location, url):
                yield Found("page", location, None, _moment(_child(entry, "lastmod")))


def _root(address: str, fetch: Fetch) -> Element | None:
    """Return the root of a map, or None when it cannot be had or read."""
    answer = fetch.get(address, missing=_MISSING)
    if answer.status in _MISSING:
        return None
    content = answer.content
    try:
        if content[:2] == b"\x1f\x8b":
            content = zlib.decompressobj(wbits=31).decompress(content, MAX_BYTES + 1)
        return tree(text_of(content, answer.headers.get("content-type", "")))
    except (SourceChanged, zlib.error):
        return None


def _robots(url: str, fetch: Fetch) -> list[str]:
    answer = fetch.get(urljoin(url, "/robots.txt"), missing=_MISSING)
    if answer.status in _MISSING:
        return []
    lines = (line.partition(":") for line in answer.content[:100_000].decode("utf-8", "replace").splitlines())
    return [place.strip() for name, _, place in lines if name.strip().lower() == "sitemap" and _is_near(place, url)]


def _child(entry: Element, name: str) -> str:
    return next((each.text.strip() for each in entry if each.tag.endswith("}" + name) and each.text), "")


def _is_near(address: str, url: str) -> bool:
    """Tell whether an address is on the site itself: a map never leads elsewhere."""
    try:
        there = urlsplit(urljoin(url, address.strip()))
    except ValueError:
        return False
    return there.scheme in ("http", "https") and there.netloc == urlsplit(url).netloc


def _moment(text: Any) -> str | None:
    try:
        return moment(text) if isinstance(text, str) else None
    except ValueError:
        return None
