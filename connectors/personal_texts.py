"""Persons who stand in the texts of a payload, and not in a field of their own: addresses and numbers masked (§11).

What is kept must be read again as it was read: only texts are touched, never an identifier, an address or a figure,
and a masked text becomes the same plain text as the one that came.
"""

from __future__ import annotations

import re
from typing import Any

from schemas.personal import EMAIL, NUMBER, is_bare, is_number, masked_markup

_NESTED = (dict, list)
_WORDS = re.compile(r"[^\W\d_]")
_TEXTS = re.compile(rb"(?:SUMMARY|DESCRIPTION|LOCATION|X-ALT-DESC)[;:]", re.IGNORECASE)
_ESCAPES = re.compile(r"(\\.|[:;,])")
_ELEMENT = re.compile(r"(<!\[CDATA\[)(.*?)(\]\]>)|(>)([^<>]+)(<)", re.DOTALL)


def masked_text(text: str) -> str:
    """Return a value without addresses and numbers: within words, or when it is nothing else."""
    if is_bare(text):
        return text
    if _WORDS.search(text) and any(map(str.isspace, text)):
        return masked_markup(text)
    return EMAIL if masked_markup(text) == EMAIL else NUMBER if is_number(text) else text


def mask_values(value: Any) -> bool:
    """Mask the texts of a JSON value, where it stands; tell whether any changed. Identifiers are left alone."""
    changed = False
    waiting = [value]
    while waiting:
        each = waiting.pop()
        for place, inside in each.items() if isinstance(each, dict) else enumerate(each):
            if isinstance(inside, _NESTED):
                waiting.append(inside)
            elif not isinstance(inside, str) or is_bare(inside):
                continue
            elif not (isinstance(place, str) and place.casefold().endswith("id")):
                bare = masked_text(inside)
                if bare != inside:
                    each[place] = bare
                    changed = True
    return changed


def masked_elements(content: bytes) -> bytes:
    """Return XML without addresses and numbers in the texts of its elements."""

    def bare(found: re.Match[str]) -> str:
        before, text, after = found.group(1, 2, 3) if found[1] else found.group(4, 5, 6)
        return before + (masked_markup(text) if any(map(str.isspace, text)) else text) + after

    return _within(content, lambda text: _ELEMENT.sub(bare, text))


def masked_cells(text: str, delimiter: str | None) -> str:
    """Return a table without addresses and numbers in its cells; its lines stay where they are."""
    return re.sub(rf'[^"\r\n{re.escape(delimiter or ",")}]+', lambda found: masked_text(found[0]), text)


def masked_property(lines: list[bytes]) -> list[bytes]:
    """Return a property of a calendar, given with the lines that go on with it; unfolded when something is masked."""
    if not _TEXTS.match(lines[0]):
        return lines
    end = lines[-1][len(lines[-1].rstrip(b"\r\n")) :]
    whole = b"".join([lines[0].rstrip(b"\r\n"), *(line.rstrip(b"\r\n")[1:] for line in lines[1:])])
    found = _within(whole, lambda text: "".join(map(masked_markup, _ESCAPES.split(text))))
    return lines if found == whole else [found + end]


def _within(content: bytes, change: Any) -> bytes:
    """Change a text in the encoding that its bytes have, or in one that gives each byte back."""
    for encoding in ("utf-8", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        changed: str = change(text)
        return content if changed == text else changed.encode(encoding)
    return content
