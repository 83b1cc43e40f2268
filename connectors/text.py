"""Foreign text made plain: HTML from a platform becomes text, entities decoded, spaces folded (`schema.md` §2)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

from schemas.personal import masked

_BREAKS = {"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section"}
_MARKUP, _SPACES, _GAPS = re.compile("[<&]"), re.compile(r"[^\S\n]+"), re.compile(r"\n{3,}")
_SILENT = {"script", "style", "template", "iframe", "object", "svg"}
_DECLARATION = re.compile(r"<!\[CDATA\[|\]\]>|<[!?][^<>]*>")
_TAG = re.compile(r"""</?[a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>""")
_LONGEST_TAG = 4_000


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        self.parts.append("\n- " if tag == "li" else "\n" if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))
        self.parts.append("\n" if tag in _BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def _text_of(html: str) -> str:
    reader = _Text()
    reader.feed(tamed(html))
    reader.close()
    return "".join(reader.parts)


def plain(html: str | None, limit: int = 20_000) -> str | None:
    """Return the text of a piece of HTML, at most `limit` characters; None when nothing is left to read.

    E-mail addresses and telephone numbers are masked in it.
    """
    if html is None:
        return None
    text = unicodedata.normalize("NFC", (_text_of(html) if _MARKUP.search(html) else html).replace("\x00", ""))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    short = masked(_GAPS.sub("\n\n", "\n".join(lines)).strip())
    if len(short) > limit:
        short = short[: limit - 1].rstrip() + "…"
    return short or None


def tamed(html: str) -> str:
    """Return HTML without what the standard parser stumbles on: declarations that it refuses, tags that never end.

    Left as they are, `<![` raises, and unfinished tags cost the square of their number.
    """
    html = _DECLARATION.sub("", _uncommented(html))
    parts, at = [], 0
    while (start := html.find("<", at)) >= 0:
        tag = _TAG.match(html, start, start + _LONGEST_TAG)
        parts += [html[at:start], tag.group() if tag else "&lt;"]
        at = tag.end() if tag else start + 1
    return "".join([*parts, html[at:]])


def _uncommented(html: str) -> str:
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        parts.append(html[at:start])
        at = end + 3
    return "".join([*parts, html[at:]])


@lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """Return a name as it is compared: accents, case, separators left out (`Date de début` → `datededebut`)."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]", "", bare)
