"""What a territory announces as it goes: an agenda (iCalendar), news (RSS)."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as xml

from hub.demo import words
from hub.demo.files import File
from hub.demo.things import Demarche, Meeting, Territory

_SHOWN = 30
"""Items that a feed shows: the latest ones."""


def agenda(place: Territory) -> File:
    """Return the calendar of public meetings; who holds them is named in it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demonstration//FR"]
    for one in place.demarches:
        for meeting in one.meetings:
            lines += _event(place, one, meeting)
    return File("/agenda.ics", "text/calendar; charset=utf-8", "\r\n".join([*lines, "END:VCALENDAR", ""]).encode())


def news(place: Territory) -> File:
    """Return the news of the last démarches; one item has no identifier, as happens when a page is copied."""
    root = xml.Element("rss", version="2.0")
    channel = xml.SubElement(root, "channel")
    xml.SubElement(channel, "title").text = f"Participation, {place.name} (données fictives)"
    latest = [one for one in place.demarches if one.starts <= place.today][-_SHOWN:]
    for one in reversed(latest):
        item = xml.SubElement(channel, "item")
        address = f"https://{place.slug}.demonstration.invalid/actualites/{one.id}"
        xml.SubElement(item, "guid", isPermaLink="false").text = f"actualite-{one.id}" if one is not latest[0] else ""
        xml.SubElement(item, "title").text = f"C'est parti : {one.title}"
        xml.SubElement(item, "link").text = address
        xml.SubElement(item, "description").text = f"<p>{one.summary}</p>"
        xml.SubElement(item, "author").text = words.CANARY
        xml.SubElement(item, "pubDate").text = f"{one.starts:%a, %d %b %Y} 08:00:00 +0000"
    return File("/actualites.rss", "application/rss+xml; charset=utf-8", xml.tostring(root, "utf-8"))


def _event(place: Territory, one: Demarche, meeting: Meeting) -> list[str]:
    ends = meeting.starts + timedelta(hours=2)
    return [
        "BEGIN:VEVENT",
        f"UID:reunion-{meeting.id}@{place.slug}.demonstration.invalid",
        f"DTSTAMP:{place.today:%Y%m%d}T000000Z",
        f"DTSTART:{meeting.starts:%Y%m%dT%H%M%S}Z",
        f"DTEND:{ends:%Y%m%dT%H%M%S}Z",
        f"SUMMARY:{_escaped(meeting.title)}",
        f"DESCRIPTION:{_escaped(f'{one.title}. {words.NOTICE}')}",
        f"LOCATION:{_escaped(meeting.spot.label)}",
        f"GEO:{meeting.spot.lat};{meeting.spot.lon}",
        f"STATUS:{'CANCELLED' if meeting.cancelled else 'CONFIRMED'}",
        f"ORGANIZER;CN={words.CANARY}:mailto:camille.canari@demonstration.invalid",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
