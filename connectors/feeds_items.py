"""The items of RSS and Atom feeds as documents, or as processes when the source says so (`platforms/files.md` §7).

Of an item, only its identifier, title, address, dates and text are looked at: never its author.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from connectors.base import Read, Record, RecordRefused, SourceChanged
from connectors.feeds_dates import moment
from connectors.text import plain
from schemas.personal import masked

ATOM = "{http://www.w3.org/2005/Atom}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_AGAIN = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});|</?[a-zA-Z][^<>]{0,200}>")
_HTTPS = re.compile(r"""https://[^\s"<>/?#]+[^\s"<>]*""")
_LONGEST = 60_000


@dataclass(frozen=True)
class Reading:
    """How the source wants its items: their kind, and the pattern that takes an identifier out of a link."""

    kind: str
    pattern: str
    base: str


def records(root: Element, reading: Reading) -> Iterator[Read]:
    """Yield the record of each item, in the order of the feed. Raises SourceChanged when the root is no feed."""
    name = root.tag.rpartition("}")[2]
    if name not in ("rss", "RDF", "feed"):
        raise SourceChanged(f"Le XML reçu n'est ni RSS ni Atom : « {name[:40]} ».")
    parents = root.findall("channel") if name == "rss" else [root]
    items = [each for parent in parents for each in parent if each.tag.rpartition("}")[2] in ("item", "entry")]
    for rank, item in enumerate(items, 1):
        yield _record(item, reading, f"/{name}/{item.tag.rpartition('}')[2]}[{rank}]")


def _record(item: Element, reading: Reading, pointer: str) -> Read:
    own = item.tag.removesuffix("entry").removesuffix("item")
    link = _link(item, own, reading.base)
    remote_id = _identifier(item, own) or _taken(reading.pattern, link)
    if not remote_id or len(remote_id) > 200:
        rule = "identifiant_invalide" if remote_id else "identifiant_manquant"
        return RecordRefused(rule, pointer, {"field": "Identifiant", "value": remote_id[:200]}, reading.kind)
    dates = {
        "published_at": _words(item, f"{own}published", f"{own}pubDate", f"{_DUBLIN}date"),
        "updated_at": _words(item, f"{ATOM}updated"),
    }
    data: dict[str, str] = {}
    for name, text in dates.items():
        try:
            data |= {name: moment(text)} if text else {}
        except ValueError:
            values = {"field": "Date", "pointer": f"/{name}", "value": masked(text)[:100]}
            return RecordRefused("date_invalide", pointer, values, reading.kind, remote_id)
    title = readable(_words(item, f"{own}title"), 300)
    if title is None:
        values = {"key": "title", "title": "Titre", "description": "le titre, à la source.", "pointer": "/title"}
        return RecordRefused("champ_manquant", pointer, values, reading.kind, remote_id)
    summary = None
    if reading.kind == "process":
        text = _words(item, f"{own}description", f"{own}summary", _CONTENT, f"{own}content")
        summary = readable(text, 1000)
    about = {"type": "actualite"} if reading.kind == "document" else {}
    known = {"title": title, "url": https(link), "summary": summary}
    return Record(
        reading.kind, remote_id, {**about, **data, **{name: value for name, value in known.items() if value}}, pointer
    )


def readable(text: str, limit: int) -> str | None:
    """Return what people read in a text that may be HTML, escaped once or twice; e-mail addresses are taken out."""
    words = plain(text[:_LONGEST], limit)
    if words and _AGAIN.search(words):
        words = plain(words, limit)
    return plain(masked(words), limit) if words else None


def https(link: str) -> str | None:
    """Return an address that the shared schema takes, else None: not https, too long, or with somebody's e-mail."""
    good = len(link) <= 2000 and _HTTPS.fullmatch(link) and masked(link) == link
    return link if good else None


def _words(item: Element, *names: str) -> str:
    """Return the text of the first child so named that has any; XHTML inside keeps its words."""
    for name in names:
        for child in item.findall(name):
            if text := " ".join(child.itertext()).strip():
                return text
    return ""


def _identifier(item: Element, own: str) -> str:
    about = item.get(f"{_RDF}about", "").strip()
    return unicodedata.normalize("NFC", _words(item, f"{own}guid", f"{ATOM}id") or about)


def _link(item: Element, own: str, base: str) -> str:
    targets = [each for each in item.findall(f"{own}link") if each.get("rel", "alternate") == "alternate"]
    found = next((text for each in targets if (text := (each.get("href") or each.text or "").strip())), "")
    try:
        return urljoin(base, found) if found else ""
    except ValueError:
        return ""


def _taken(pattern: str, link: str) -> str:
    """Return what stands in a link at the place of `{id}`; nothing when the source declares no pattern."""
    before, place, after = pattern.partition("{id}")
    if not place:
        return ""
    end = re.escape(after) if after else r"(?=[/?#&]|$)"
    found = re.search(re.escape(before) + r"([^/?#&=\s]{1,200}?)" + end, link[:2000])
    return found.group(1) if found else ""
