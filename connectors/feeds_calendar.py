"""The events of a calendar as meetings; a series is one meeting for each date within the window (`files.md` §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from connectors.base import Read, Record, RecordRefused, SourceChanged
from connectors.feeds_event import Unreadable, ends, identifier, is_public, mark, meeting, starts
from connectors.feeds_ical import Component, calendars, moment
from connectors.feeds_recurrence import occurrences, until_of, window
from connectors.feeds_zones import Zones
from connectors.mapping import joined

MAX_SERIES = 500
"""Series of one calendar: each may be made to cost a tenth of a second."""


@dataclass
class Calendar:
    """One calendar read: `day` is the day its answer was given; `decidim`, that its UIDs change at each edit."""

    text: str
    day: date | None
    decidim: bool = False
    recurs: bool = False

    def records(self) -> Iterator[Read]:
        """Yield a meeting for each public event. Raises SourceDown, SourceChanged."""
        if not self.text.strip():
            return
        for calendar in calendars(self.text):
            zones = Zones(calendar)
            events = [part for part in calendar.parts if part.name == "VEVENT"]
            series = sum("RRULE" in event.properties for event in events)
            if series > MAX_SERIES:
                raise SourceChanged(f"Le calendrier a {series} séries d'événements, plus que les {MAX_SERIES} lues.")
            self.recurs = self.recurs or series > 0
            span = window(self.day or _stamped(events))
            for name, group in self._grouped(events):
                yield from _Group(name, group, zones, span).records()

    def _grouped(self, events: list[Component]) -> Iterator[tuple[str, list[Component]]]:
        """Yield the events of each identifier, a series with its exceptions, in the order of the calendar."""
        groups: dict[str, list[Component]] = {}
        for event in events:
            if is_public(event):
                groups.setdefault(identifier(event, decidim=self.decidim), []).append(event)
        yield from groups.items()


def _stamped(events: list[Component]) -> date:
    """Return the latest day at which an event was written, else the latest at which one begins."""
    for name in ("DTSTAMP", "DTSTART"):
        days = [event.text(name)[:8] for event in events]
        known = [day for day in days if len(day) == 8 and day.isascii() and day.isdigit() and "19" <= day < "29"]
        for day in sorted(known, reverse=True):
            try:
                return datetime.strptime(day, "%Y%m%d").date()
            except ValueError:
                continue
    return date(2000, 1, 1)


class _Group:
    """The events that share an identifier: one event, or a series with its exceptions."""

    def __init__(self, name: str, events: list[Component], zones: Zones, span: tuple[date, date]) -> None:
        self.name, self.events, self.zones, self.span = name, events, zones, span

    def records(self) -> Iterator[Read]:
        if not self.name or len(self.name) > 200:
            rule = "identifiant_invalide" if self.name else "identifiant_manquant"
            values = {"field": "Identifiant", "value": self.name[:200]}
            yield from (RecordRefused(rule, event.pointer, values, "meeting") for event in self.events)
            return
        exceptions, masters = list[tuple[str, Component]](), list[Component]()
        for event in self.events:
            try:
                original = event.first("RECURRENCE-ID")
                if original is None:
                    masters.append(event)
                elif "RANGE" in original.parameters:
                    raise Unreadable("valeur_refusee", "/starts_at", "RANGE")
                else:
                    exceptions.append((mark(moment(original.value.strip(), self.zones.of(original))), event))
            except (Unreadable, ValueError, OverflowError) as error:
                yield self._refused(event, error)
        taken = {when for when, _ in exceptions}
        for master in _last_written(masters):
            yield from self._series(master, taken)
        for when, event in exceptions:
            yield from self._one(event, when)

    def _series(self, event: Component, taken: set[str]) -> Iterator[Read]:
        if not event.properties.keys() & {"RRULE", "RDATE"}:
            yield from self._one(event)
            return
        try:
            if "EXRULE" in event.properties or len(event.properties.get("RRULE", ())) > 1:
                raise Unreadable("valeur_refusee", "/starts_at", "RRULE")
            start = starts(event, self.zones)
            left = taken | {mark(day) for day in self._dates(event, "EXDATE")}
            found = [start, *self._ruled(event, start), *self._dates(event, "RDATE")]
            dates = {mark(day): day for day in found if self.span[0] <= _day_of(day) < self.span[1]}
        except (Unreadable, ValueError, OverflowError) as error:
            yield self._refused(event, error)
            return
        for when, day in sorted(dates.items()):
            if when not in left and f"{day:%Y%m%d}" not in left:
                yield from self._one(event, when, day)

    def _ruled(self, event: Component, start: date | datetime) -> Iterator[date | datetime]:
        """Yield the dates at which the rule falls, at the same local time whatever the season."""
        rule = event.text("RRULE")
        if not rule:
            return
        zone = start.tzinfo if isinstance(start, datetime) else None
        written = until_of(rule)
        last = moment(written, zone or UTC) if written else None
        if isinstance(last, datetime):
            last = last.astimezone(zone).replace(tzinfo=None) if zone else last.date()
        local = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
        for found in occurrences(rule, local, datetime.combine(self.span[1], time()), last):
            yield found.replace(tzinfo=zone) if zone else found.date()

    def _dates(self, event: Component, name: str) -> Iterator[date | datetime]:
        for written in event.properties.get(name, ()):
            zone = self.zones.of(written)
            for one in written.value.split(","):
                yield moment(one.strip().partition("/")[0], zone)

    def _one(self, event: Component, when: str = "", start: date | datetime | None = None) -> Iterator[Read]:
        """Yield the meeting of one event, or of one date of a series."""
        remote_id = joined([self.name, when]) if when else self.name
        try:
            begun = starts(event, self.zones) if start is None else start
            data: dict[str, Any] = meeting(event, begun, ends(event, begun, self.zones))
        except (Unreadable, ValueError, OverflowError) as error:
            yield self._refused(event, error, remote_id)
            return
        yield Record("meeting", remote_id, data, event.pointer)

    def _refused(self, event: Component, error: Exception, remote_id: str = "") -> RecordRefused:
        known = error if isinstance(error, Unreadable) else Unreadable("date_invalide", "/starts_at", str(error))
        return RecordRefused(known.rule, event.pointer, known.values, "meeting", remote_id or self.name)


def _last_written(masters: list[Component]) -> list[Component]:
    """Return the events of the highest SEQUENCE: an event sent again replaces what it was."""
    rank = {id(event): int(text) if (text := event.text("SEQUENCE")[:9]).isdecimal() else 0 for event in masters}
    return [event for event in masters if rank[id(event)] == max(rank.values())]


def _day_of(moment_: date | datetime) -> date:
    return moment_.date() if isinstance(moment_, datetime) else moment_
