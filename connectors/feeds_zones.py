"""The time zones of a calendar: by their IANA name, else as the calendar itself defines them (VTIMEZONE)."""

from __future__ import annotations

import io
import re
from datetime import tzinfo
from zoneinfo import ZoneInfo

from dateutil.tz import tzical

from connectors.feeds_dates import PARIS
from connectors.feeds_ical import Component, Property

_COPIED = ("DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO")
_RULE = re.compile(r"FREQ=YEARLY(?:;(?:BYMONTH|BYDAY|BYMONTHDAY|INTERVAL|UNTIL|COUNT|WKST)=[0-9A-Z,+-]{1,30}){0,6}")
"""Rules of change bounded in time: once a year, as clocks do."""

_OFFSET = re.compile(r"[+-][01][0-9][0-5][0-9](?:[0-5][0-9])?")
_LOCAL = re.compile(r"[12][0-9]{3}[01][0-9][0-3][0-9]T[0-9]{6}")
_MAX_LINES = 200


class Zones:
    """The zones that one calendar names. Nothing is remembered from one calendar to another."""

    def __init__(self, calendar: Component) -> None:
        self.defined = {part.text("TZID"): part for part in calendar.parts if part.name == "VTIMEZONE"}
        self.known: dict[str, tzinfo] = {}

    def of(self, written: Property) -> tzinfo:
        """Return the zone of a property: Europe/Paris when it names none. Raises ValueError when it is unknown."""
        name = written.parameters.get("TZID")
        if name is None:
            return PARIS
        if name not in self.known:
            self.known[name] = self._named(name)
        return self.known[name]

    def _named(self, name: str) -> tzinfo:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            if name not in self.defined:
                raise ValueError(name) from error
            return _built(self.defined[name])


def _built(definition: Component) -> tzinfo:
    """Return the zone of a VTIMEZONE whose lines are all of a known form. Raises ValueError."""
    lines = ["BEGIN:VTIMEZONE", "TZID:zone"]
    for part in definition.parts:
        if part.name in ("STANDARD", "DAYLIGHT"):
            copied = [(name, one.value) for name in _COPIED for one in part.properties.get(name, ())]
            if not all(_is_plain(name, value) for name, value in copied):
                raise ValueError("VTIMEZONE")
            lines += [f"BEGIN:{part.name}", *(f"{name}:{value}" for name, value in copied), f"END:{part.name}"]
    if not 2 < len(lines) <= _MAX_LINES:
        raise ValueError("VTIMEZONE")
    built = tzical(io.StringIO("\n".join([*lines, "END:VTIMEZONE"]))).get("zone")
    if built is None:
        raise ValueError("VTIMEZONE")
    return built


def _is_plain(name: str, value: str) -> bool:
    if name == "RRULE":
        return _RULE.fullmatch(value) is not None
    pattern = _LOCAL if name in ("DTSTART", "RDATE") else _OFFSET
    return pattern.fullmatch(value) is not None
