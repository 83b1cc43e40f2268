"""What one event of a calendar says of a meeting: its identity, dates, place (`platforms/files.md` §8)."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.feeds_dates import utc
from connectors.feeds_ical import Component, duration, moment
from connectors.feeds_items import https, readable
from connectors.feeds_zones import Zones
from connectors.text import plain
from schemas.personal import masked

_DECIDIM = re.compile(r"/f/[0-9]{1,18}/meetings/([0-9]{1,18})/?")
_NUMBERED = re.compile(r"/([0-9]{1,18})/?")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?")


class Unreadable(Exception):
    """An event that no rule can read: a rule of `schemas/rules.json` with its words."""

    def __init__(self, rule: str, pointer: str, value: str, **words: str) -> None:
        super().__init__(rule)
        field = {"/starts_at": "Début", "/ends_at": "Fin"}.get(pointer, "")
        self.rule = rule
        self.values = {"field": field, "pointer": pointer, "value": masked(value)[:100], **words}


def identifier(event: Component, *, decidim: bool) -> str:
    """Return what identifies an event: its UID, opaque; on Decidim, whose UIDs change, `meeting-` and its number.

    Nothing when it has none.
    """
    path = _path(event.text("URL"))
    found = _DECIDIM.search(path)
    if found is None and decidim:
        found = _NUMBERED.search(path, path.rstrip("/").rfind("/")) if path else None
    if found and found.end() == len(path):
        return f"meeting-{found.group(1)}"
    return "" if decidim else unicodedata.normalize("NFC", event.text("UID"))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path if len(url) <= 2000 else ""
    except ValueError:
        return ""


def is_public(event: Component) -> bool:
    """Tell whether an event may be read by all: what is marked private or confidential never enters."""
    return event.text("CLASS").upper() not in ("PRIVATE", "CONFIDENTIAL")


def starts(event: Component, zones: Zones) -> date | datetime:
    """Return when an event begins. Raises Unreadable, ValueError."""
    written = event.first("DTSTART")
    if written is None:
        raise Unreadable("champ_manquant", "/starts_at", "", key="starts_at", title="Début", description="le début.")
    return moment(written.value.strip(), zones.of(written))


def ends(event: Component, start: date | datetime, zones: Zones) -> date | datetime | None:
    """Return when a meeting that begins at `start` ends: the last day when it lasts whole days; None when not said.

    Each date of a series lasts as long as its first. Raises Unreadable, ValueError.
    """
    written = event.first("DTEND")
    if written is not None:
        end, begun = moment(written.value.strip(), zones.of(written)), starts(event, zones)
        if isinstance(end, datetime) and isinstance(begun, datetime) and isinstance(start, datetime):
            found: date | datetime = start.astimezone(UTC) + (end.astimezone(UTC) - begun.astimezone(UTC))
        elif isinstance(end, datetime) or isinstance(begun, datetime) or isinstance(start, datetime):
            return None
        else:
            found = _last_day(start, end - begun)
    elif text := event.text("DURATION"):
        days, hours = duration(text)
        found = (start + days).astimezone(UTC) + hours if isinstance(start, datetime) else _last_day(start, days)
    else:
        return None
    if mark(found) < mark(start):
        raise Unreadable("dates_inversees", "/ends_at", written_as(found), other=written_as(start))
    return found


def _last_day(start: date, length: timedelta) -> date:
    """The end of whole days is exclusive; some calendars write the day itself."""
    return start + length - timedelta(days=1 if length else 0)


def mark(when: date | datetime) -> str:
    """Return a date as it stands in identifiers: an instant in UTC, or a day."""
    return utc(when).replace("-", "").replace(":", "") if isinstance(when, datetime) else f"{when:%Y%m%d}"


def written_as(when: date | datetime) -> str:
    """Return a date as the shared schema writes it."""
    return utc(when) if isinstance(when, datetime) else when.isoformat()


def meeting(event: Component, start: date | datetime, end: date | datetime | None) -> dict[str, Any]:
    """Return the data of the meeting. Raises Unreadable when it has no title."""
    title = readable(event.text("SUMMARY"), 300)
    if title is None:
        words = {"key": "title", "title": "Titre", "description": "le titre, à la source."}
        raise Unreadable("champ_manquant", "/title", "", **words)
    status = event.text("STATUS").upper()
    data = {
        "title": title,
        "description": _description(event.text("DESCRIPTION")),
        "starts_at": written_as(start),
        "ends_at": written_as(end) if end else None,
        "location": _place(event),
        "cancelled": {"CANCELLED": True, "CONFIRMED": False}.get(status),
        "url": https(event.text("URL")),
    }
    return {name: value for name, value in data.items() if value is not None}


def _description(text: str) -> str | None:
    """Return a text that some calendars write as HTML; line breaks of a plain one are kept."""
    if not _TAG.search(text[:60_000]):
        text = text[:60_000].replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return readable(text, 20_000)


def _place(event: Component) -> dict[str, Any] | None:
    label = plain(masked(event.text("LOCATION")[:2_000]).replace("<", "&lt;"), 300)
    parts = [part.strip() for part in event.text("GEO").split(";")]
    place: dict[str, Any] = {"label": label} if label else {}
    if len(parts) == 2 and all(_NUMBER.fullmatch(part) for part in parts):
        lat, lon = map(float, parts)
        if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0):
            place |= {"lat": lat, "lon": lon}
    return place or None
