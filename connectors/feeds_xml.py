"""The XML of strangers: in the encoding it is really in, without DTD, no deeper than any feed needs.

A DTD is refused where it opens, before any entity is declared: no file is read, nothing grows (`files.md` §7).
"""

from __future__ import annotations

import codecs
import re
from xml.etree import ElementTree

from connectors.base import SourceChanged

MAX_BYTES = 10_000_000
"""A feed or a calendar larger than this is none: it is refused whole."""

MAX_DEPTH = 64
_ENCODINGS = {
    "utf-8": "utf-8",
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "cp1252": "cp1252",
    "iso8859-15": "iso8859-15",
    "utf-16": "utf-16",
}
"""Encodings read, by the name that Python gives them; what calls itself Latin-1 is Windows-1252 where they differ."""

_DECLARED = re.compile(rb"""^\s{0,100}<\?xml[^<>]{0,200}?encoding\s?=\s?["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s?=\s?["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)


def text_of(content: bytes, content_type: str) -> str:
    """Return the text of an answer: by its byte order mark, else its header, its declaration, UTF-8, in this order.

    An encoding that the bytes contradict is passed over. Raises SourceChanged.
    """
    if len(content) > MAX_BYTES:
        raise SourceChanged(f"Le flux dépasse {MAX_BYTES // 1_000_000} Mo : il n'est pas lu.")
    for name in _candidates(content, content_type):
        try:
            return content.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise SourceChanged("L'encodage du flux est illisible : ni celui qu'il annonce, ni UTF-8.")


def _candidates(content: bytes, content_type: str) -> list[str]:
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-8" if content.startswith(codecs.BOM_UTF8) else "utf-16"]
    header, declared = _CHARSET.search(content_type), _DECLARED.match(content)
    names = [header.group(1) if header else "", declared.group(1).decode() if declared else "", "utf-8"]
    return [_ENCODINGS[known] for name in names if (known := _codec(name)) in _ENCODINGS]


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


class _Guarded(ElementTree.TreeBuilder):
    """Builds the tree; stops at a DTD and at a pit."""

    depth = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise SourceChanged("Le flux contient une DTD : il est refusé, par sécurité.")

    def start(self, tag: str, attributes: dict[str, str], /) -> ElementTree.Element:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SourceChanged("Le flux est trop imbriqué pour en être un.")
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> ElementTree.Element:
        self.depth -= 1
        return super().end(tag)


def tree(text: str) -> ElementTree.Element:
    """Return the root of an XML text. Raises SourceChanged on a DTD, on a pit, on what is not XML."""
    parser = ElementTree.XMLParser(target=_Guarded())
    try:
        parser.feed(text)
        root = parser.close()
    except (ElementTree.ParseError, UnicodeEncodeError) as error:
        raise SourceChanged("Le flux n'est pas du XML lisible : coupé ou mal écrit.") from error
    if not isinstance(root, ElementTree.Element):
        raise SourceChanged("Le flux est vide.")
    return root
