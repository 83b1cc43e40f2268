"""Persons taken out of calendars (RFC 5545) and of feeds (RSS, Atom): all other bytes stay as they are."""

from __future__ import annotations

import re
from xml.parsers import expat

from connectors.personal_texts import masked_elements, masked_property
from connectors.text import folded

_OF_A_PERSON = re.compile(rb"(?:ATTENDEE|ORGANIZER|CONTACT)[;:]", re.IGNORECASE)
_ALARM = re.compile(rb"^BEGIN:VALARM\r?\n.*?^END:VALARM(?:\r?\n|\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL)
"""What reminds the person who keeps the calendar, and nobody else."""
_PERSONS = frozenset({"author", "creator", "managingeditor", "webmaster", "contributor", "owner"})
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


def stripped_calendar(content: bytes) -> bytes:
    """Return a calendar without ATTENDEE, ORGANIZER, CONTACT and alarms; a line after a space goes on."""
    content, properties = _ALARM.sub(b"", content), list[list[bytes]]()
    for line in content.splitlines(keepends=True):
        if line[:1] in (b" ", b"\t") and properties:
            properties[-1].append(line)
        else:
            properties.append([line])
    kept = [masked_property(lines) for lines in properties if not _OF_A_PERSON.match(lines[0])]
    return content if kept == properties else b"".join(line for lines in kept for line in lines)


def stripped_feed(content: bytes, personal: tuple[str, ...]) -> bytes | None:
    """Return a feed without the elements of persons; None for XML that cannot be read, in UTF-16, or with a DTD."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    spans = _Spans(_PERSONS | {folded(name) for name in personal if not name.startswith("/")})
    try:
        spans.parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    if not spans.found:
        return masked_elements(content)
    kept, at = [], 0
    for start, end_tag in spans.found:
        kept.append(content[at:start])
        opening = _TAG.match(content, start)
        closing = opening if opening and opening[0].endswith(b"/>") else _TAG.match(content, end_tag)
        if closing is None:
            return None
        at = closing.end()
    return masked_elements(b"".join([*kept, content[at:]]))


class _Spans:
    """Where the outermost elements of persons start, and where their end tags do, in bytes."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names, self.found = names, list[tuple[int, int]]()
        self.depth = self.start = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _open(self, name: str, _attributes: object) -> None:
        if self.depth:
            self.depth += 1
        elif folded(name.rpartition(":")[2]) in self.names:
            self.depth, self.start = 1, self.parser.CurrentByteIndex

    def _close(self, _name: str) -> None:
        if self.depth == 1:
            self.found.append((self.start, self.parser.CurrentByteIndex))
        self.depth = max(0, self.depth - 1)

    def _refuse(self, *_declaration: object) -> None:
        raise ValueError("DTD")
