"""The dates of feeds, as they are really written (`platforms/files.md` §7). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_ZONES = {"CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "WET": 0, "WEST": 1, "BST": 1, "EET": 2, "EEST": 3}
"""Hours from UTC of the zones of Europe that RFC 822 does not know; it knows UT, GMT and those of America."""

_RFC3339 = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}.{0,30})?")


def moment(text: str) -> str:
    """Return an instant in UTC, or a day: RFC 822 (two-digit years, named zones) or RFC 3339; no zone is Paris.

    Raises ValueError for anything else: a date is never guessed.
    """
    words = " ".join(text[:100].split())
    if not _RFC3339.fullmatch(words):
        return utc(_rfc822(words))
    if len(words) == 10:
        return datetime.fromisoformat(words).date().isoformat()
    return utc(datetime.fromisoformat(words.upper()))


def _rfc822(text: str) -> datetime:
    head, _, zone = text.rpartition(" ")
    if zone.upper() in _ZONES:
        text = f"{head} {_ZONES[zone.upper()]:+03}00"
    instant = parsedate_to_datetime(text)
    if instant.tzinfo is None and zone == "-0000":
        return instant.replace(tzinfo=UTC)
    if instant.tzinfo is None and re.search("[A-Za-z]", zone):
        raise ValueError(text)
    return instant


def utc(instant: datetime) -> str:
    """Return an instant as the shared schema writes it; without zone it is Paris time. Raises ValueError."""
    known = instant if instant.tzinfo else instant.replace(tzinfo=PARIS)
    try:
        written = known.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    except OverflowError as error:
        raise ValueError("out of time") from error
    if not 1000 <= written.year < 3000:
        raise ValueError("out of time")
    return f"{written.isoformat()}Z"
