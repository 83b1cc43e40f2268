"""Foreign text made plain: HTML from a platform becomes text, entities decoded, spaces folded (`schema.md` §2)."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_BREAKS = {"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section"}
_SILENT = {"script", "style", "template", "iframe", "object", "svg"}


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


def plain(html: str | None, limit: int = 20_000) -> str | None:
    """Return the text of a piece of HTML, at most `limit` characters; None when nothing is left to read."""
    if html is None:
        return None
    reader = _Text()
    reader.feed(html)
    reader.close()
    text = unicodedata.normalize("NFC", "".join(reader.parts).replace("\x00", ""))
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    folded = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if len(folded) > limit:
        folded = folded[: limit - 1].rstrip() + "…"
    return folded or None
