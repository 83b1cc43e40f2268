"""The syntax of iCalendar: lines unfolded, components, dates in their zones, durations (RFC 5545; `files.md` §8).

Only the properties that a meeting needs are kept: persons (ATTENDEE, ORGANIZER, CONTACT) go at the first reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from connectors.base import SourceChanged, SourceDown

KEPT = frozenset(
    [
        "UID",
        "SEQUENCE",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "GEO",
        "URL",
        "STATUS",
        "CLASS",
        "DTSTART",
        "DTEND",
        "DURATION",
        "DTSTAMP",
        "RRULE",
        "RDATE",
        "EXDATE",
        "EXRULE",
        "RECURRENCE-ID",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
    ]
)
_LINE = re.compile(r"""([A-Za-z0-9-]{1,60})((?:;(?:"[^"]*"|[^":])*)?):(.*)""", re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;":]*)')
_ESCAPE = re.compile(r"\\([nN,;\\])")
_DAY = re.compile(r"[12][0-9]{7}")
_TIME = re.compile(r"([12][0-9]{7})T([0-9]{4})([0-5][0-9]|60)(Z?)")
_FOLD = re.compile(rb"\r?\n[ \t]")
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,5})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,9})S)?)?"
)  # fmt: skip
_MAX_NESTED = 8


class Property(NamedTuple):
    """A value as written, with its parameters, their names in capitals."""

    value: str
    parameters: dict[str, str]

    @property
    def text(self) -> str:
        r"""Return the value of a text, unescaped: `\\n`, `\\,`, `\\;`, `\\\\`."""
        return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), self.value)


@dataclass
class Component:
    """A component: its name, where it stands, its properties by name, its parts."""

    name: str
    pointer: str = ""
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """Return the first property of that name."""
        return next(iter(self.properties.get(name, ())), None)

    def text(self, name: str) -> str:
        """Return the text of the first property of that name, trimmed; nothing when there is none."""
        found = self.first(name)
        return found.text.strip() if found else ""


def calendars(text: str) -> list[Component]:
    """Return the VCALENDAR objects of a stream. Raises SourceDown when it is cut, SourceChanged when it is none."""
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise SourceDown("Le calendrier est coupé en cours de route.")
    top = Component("")
    open_ = [top]
    for line in text.replace("\r\n", "\n").split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        name = found.group(1).upper()
        if name == "BEGIN":
            if len(open_) > _MAX_NESTED:
                raise SourceChanged("Le calendrier est trop imbriqué pour en être un.")
            inner = Component(found.group(3).strip().upper())
            inner.pointer = f"/{inner.name}[{len(open_[-1].parts) + 1}]"
            open_[-1].parts.append(inner)
            open_.append(inner)
        elif name == "END":
            if open_.pop().name != found.group(3).strip().upper():
                raise SourceChanged("Le calendrier est mal écrit : un « END » ne ferme rien.")
        elif name in KEPT:
            parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(found.group(2))}
            open_[-1].properties.setdefault(name, []).append(Property(found.group(3), parameters))
    if len(open_) > 1:
        raise SourceChanged("Le calendrier est mal écrit : un « BEGIN » n'est pas fermé.")
    return [part for part in top.parts if part.name == "VCALENDAR"]


def unfolded(content: bytes) -> bytes:
    """Return a calendar with its lines whole. Lines are cut between bytes, so in the middle of letters too."""
    return _FOLD.sub(b"", content)


def moment(written: str, zone: tzinfo) -> date | datetime:
    """Return the day or the instant that a value says; `zone` is that of times without `Z`. Raises ValueError."""
    if _DAY.fullmatch(written):
        return datetime.strptime(written, "%Y%m%d").date()
    found = _TIME.fullmatch(written)
    if found is None:
        raise ValueError(written)
    day, time, second, utc = found.groups()
    return datetime.strptime(day + time + min(second, "59"), "%Y%m%d%H%M%S").replace(tzinfo=UTC if utc else zone)


def duration(written: str) -> tuple[timedelta, timedelta]:
    """Return the days of a duration, which follow the calendar, and its hours, which follow the clock.

    Raises ValueError.
    """
    found = _DURATION.fullmatch(written.strip())
    if found is None or not any(found.groups()[1:]):
        raise ValueError(written)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found.group(1) == "-" else 1
    return sign * timedelta(weeks=weeks, days=days), sign * timedelta(hours=hours, minutes=minutes, seconds=seconds)
