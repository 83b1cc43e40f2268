"""One answer read for what it is: a feed, a calendar, or the page that announces them; once while it says the same."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from datetime import date

from connectors.answer import Answer
from connectors.base import Item, SourceChanged, Unchanged
from connectors.feeds_calendar import Calendar
from connectors.feeds_dates import moment
from connectors.feeds_ical import unfolded
from connectors.feeds_items import Reading, records
from connectors.feeds_page import CALENDARS, Page
from connectors.feeds_xml import text_of, tree
from connectors.fetch import Fetch

MAX_FEEDS = 10
"""Feeds read of those that a page announces."""

_ROOT = re.compile(rb"<(?:!doctype\s+|[A-Za-z0-9_.-]{1,40}:)?(rss|feed|RDF|html)[\s>/:]", re.IGNORECASE)


def nature(answer: Answer) -> str:
    """Return `calendar`, `feed` or `page`, by the content: types lie. Raises SourceChanged when it is none."""
    head = answer.content[:8_000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head[:15].upper() == b"BEGIN:VCALENDAR" or (not head and answer.media_type in CALENDARS):
        return "calendar"
    found = _ROOT.search(head)
    if found is None:
        raise SourceChanged("Cette adresse ne donne ni flux RSS ou Atom, ni calendrier, ni page web.")
    return "page" if found.group(1).lower() == b"html" else "feed"


def announces(answer: Answer) -> bool:
    """Tell whether an answer is a page known already, with the feeds that it announces."""
    return answer.unchanged and isinstance(answer.note, dict) and bool(answer.note.get("feeds"))


class Reader:
    """Reads answers as the source wants: `how` is the version of the reading, the kind of items, the id pattern."""

    def __init__(self, fetch: Fetch, how: tuple[str, str, str]) -> None:
        self.fetch, self.how = fetch, how

    def page(self, answer: Answer) -> Generator[Item, None, list[str]]:
        """Return the addresses of the feeds that a page announces. Raises SourceChanged when there is none."""
        if announces(answer):
            yield Unchanged(answer.request)
            return list(answer.note["feeds"])
        addresses = Page(answer.content, answer.url).feeds(MAX_FEEDS)
        if not addresses:
            raise SourceChanged("Cette page web n'annonce aucun flux RSS, Atom ou iCal.")
        self.fetch.note(answer, {"feeds": addresses})
        return addresses

    def read(self, answer: Answer) -> Iterator[Item]:
        """Yield the records of a feed or a calendar, or that it has not changed. Raises SourceDown, SourceChanged.

        A calendar with series is read again when the month changes, since other dates of them come into view.
        """
        day = _day(answer)
        month, note = (f"{day:%Y-%m}" if day else None), answer.note
        same = isinstance(note, dict) and note.get("how") == list(self.how) and note.get("month") in (None, month)
        if answer.unchanged and same:
            yield Unchanged(answer.request)
            return
        found = nature(answer)
        if found == "page":
            raise SourceChanged("La plateforme répond une page web au lieu d'un flux.")
        recurs = False
        if found == "feed":
            root = tree(text_of(answer.content, answer.headers.get("content-type", "")))
            yield from records(root, Reading(self.how[1], self.how[2], answer.url))
        else:
            text = text_of(unfolded(answer.content), answer.headers.get("content-type", ""))
            calendar = Calendar(text, day, decidim=answer.media_type == "type/calendar")
            yield from calendar.records()
            recurs = calendar.recurs
        self.fetch.note(answer, {"how": list(self.how), "month": month if recurs else None})


def _day(answer: Answer) -> date | None:
    """Return the day at which the platform says that it answered: the hub's own clock never enters a record."""
    try:
        return date.fromisoformat(moment(answer.headers.get("date", ""))[:10])
    except ValueError:
        return None
