"""Feeds and calendars: RSS and Atom items as news (or processes), iCalendar events as meetings.

The address is that of a feed, of a calendar, or of a page that announces them. A feed shows its last items only, and a
calendar often those to come: nothing is concluded from what they no longer show.
"""

from __future__ import annotations

from connectors.base import Checkpoint, Endpoint, Option, SourceChanged, Walk
from connectors.feeds_answer import Reader, announces, nature
from connectors.fetch import Fetch

NAME = "feeds"
LABEL = "Flux d'actualités (RSS, Atom) et calendriers (iCal)"
VERSION = "1.0"
CONTRACT = 1
CONCLUDES_ABSENCE = False
LIGHT = True
OPTIONS = (
    Option("items", "Ce que sont les articles du flux : « document » (actualités) ou « process » (démarches)",
           default="document"),
    Option("id_pattern", "Où lire l'identifiant dans le lien d'un article sans identifiant, comme /actualites/{id}-"),
)  # fmt: skip
PAUSE, READ_TIMEOUT = 1.0, 30.0
VERSIONS = ("RSS 0.9 à 2.0", "Atom 1.0 (RFC 4287)", "iCalendar 2.0 (RFC 5545)")
PERSONAL = (
    "author", "dc:creator", "managingEditor", "webMaster", "contributor",
    "ATTENDEE", "ORGANIZER", "CONTACT", "COMMENT",
)  # fmt: skip
FIELDS = {
    "document.title": "item/title ; entry/title",
    "document.type": "actualite",
    "document.url": "item/link ; entry/link, quand elle est en https",
    "document.published_at": "item/pubDate ; item/dc:date ; entry/published",
    "document.updated_at": "entry/updated",
    "process.summary": "item/description ; entry/summary (option items)",
    "meeting.title": "SUMMARY",
    "meeting.description": "DESCRIPTION",
    "meeting.starts_at": "DTSTART, RRULE, RDATE, EXDATE, RECURRENCE-ID",
    "meeting.ends_at": "DTEND ; DTSTART + DURATION",
    "meeting.location": "LOCATION, GEO",
    "meeting.url": "URL, quand elle est en https",
    "meeting.cancelled": "STATUS : CANCELLED → oui, CONFIRMED → non",
}


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the records of the feed, or of each feed that the page announces. Raises SourceDown, SourceChanged.

    The cursor is ignored: a feed is read whole, or not at all when it has not changed.
    """
    kind, pattern = (str(endpoint.options.get(name) or "").strip() for name in ("items", "id_pattern"))
    if kind not in ("", "document", "process"):
        raise SourceChanged("Réglage « Ce que sont les articles du flux » : « document » ou « process » est attendu.")
    if pattern and pattern.count("{id}") != 1:
        raise SourceChanged("Réglage « Où lire l'identifiant » : le motif doit contenir « {id} », une fois.")
    reader = Reader(fetch, (VERSION, kind or "document", pattern))
    answer = fetch.get(endpoint.url)
    if not announces(answer) and nature(answer) != "page":
        yield from reader.read(answer)
        yield Checkpoint("1", end=True)
        return
    addresses = yield from reader.page(answer)
    yield Checkpoint("1")
    for rank, address in enumerate(addresses, 1):
        yield from reader.read(fetch.get(address))
        yield Checkpoint(str(rank + 1), end=rank == len(addresses))
