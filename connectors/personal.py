"""What removes persons from a payload before it is stored (`harvest.md` §11, `platforms/files.md` §3)."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.personal_json import stripped_json
from connectors.personal_lines import stripped_calendar, stripped_feed
from connectors.personal_table import stripped_table

_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
"""How ZIP and XLSX, gzip, old workbooks begin: nothing can be taken out of them."""
_TABLES = ("text/csv", "text/tab-separated-values", "text/plain", "application/csv", "application/vnd.ms-excel",
           "application/octet-stream", "binary/octet-stream", "")  # fmt: skip


def stripped(content: bytes, media_type: str, personal: Sequence[str]) -> bytes | None:
    """Return the payload without its persons: the very same object when there was nothing to remove.

    `personal` is what a connector declares: JSON pointers (`*`: any index or key) and bare names of properties or
    columns. None when persons cannot be told from the rest: the caller keeps size, sha256 and type only.
    """
    names, media_type = tuple(personal), media_type.split(";")[0].strip().casefold()
    start = content[:4_096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return content if not content.strip() else None
    if start.startswith(_PACKED):
        return None
    if "json" in media_type or (media_type != "text/csv" and start[:1] in b"{["):
        return stripped_json(content, names)
    if "calendar" in media_type or start[:15].upper() == b"BEGIN:VCALENDAR":
        return stripped_calendar(content)
    if start[:1] == b"<":
        return None if media_type == "text/html" else stripped_feed(content, names)
    return stripped_table(content, names) if media_type in _TABLES else None
