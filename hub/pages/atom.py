"""Atom feeds (RFC 4287): what a list says, for programs that tell their reader what is new."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

from flask import Response, current_app, request

from hub.clock import iso, now
from hub.config import FICTITIOUS

ATOM = "http://www.w3.org/2005/Atom"
SINCE = "2026"
"""The year from which the names of entries hold (RFC 4151)."""
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `name` says which one it is, for ever; `url` is absolute; `at` an instant."""

    name: str
    title: str
    at: str
    url: str
    text: str
    author: str


def feed(title: str, page: str, entries: Iterable[Entry]) -> Response:
    """Answer the entries, the newest first, as a feed whose page stands at the absolute address `page`."""
    found = list(entries)
    root = xml.Element("feed", {"xmlns": ATOM, "xml:lang": "fr"})
    notice = f" — {FICTITIOUS}" if current_app.config["DEMO"] else ""
    _add(root, "title", f"{title}{notice}")
    _add(root, "id", _name(request.full_path.rstrip("?")))
    _add(root, "updated", found[0].at if found else iso(now()))
    xml.SubElement(root, "link", rel="self", type="application/atom+xml", href=request.url)
    xml.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    for one in found:
        _entry(root, one)
    body = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return current_app.response_class(body, mimetype="application/atom+xml")


def _entry(root: xml.Element, one: Entry) -> None:
    entry = xml.SubElement(root, "entry")
    _add(entry, "title", one.title)
    _add(entry, "id", _name(one.name))
    _add(entry, "updated", one.at)
    xml.SubElement(entry, "link", rel="alternate", type="text/html", href=one.url)
    _add(xml.SubElement(entry, "author"), "name", one.author)
    _add(entry, "summary", one.text)


def _add(parent: xml.Element, tag: str, text: str) -> None:
    xml.SubElement(parent, tag).text = _FORBIDDEN.sub("", text)


def _name(what: str) -> str:
    """A tag URI: it stays when the hub is served by another name than the one it is published under."""
    host = urlsplit(current_app.config["PUBLIC_URL"]).hostname or urlsplit(request.host_url).hostname
    return f"tag:{host},{SINCE}:{what.lstrip('/')}"
