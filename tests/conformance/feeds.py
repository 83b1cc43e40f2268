"""Feeds and calendars under the kit: a page that announces a feed of news and a calendar, and a feed alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.testing.platform import EMPTY, KEPT
from tests.platforms.feeds import CANARIES, ICS, RSS, Site, event, ics, item, rss

PAGE = (
    b'<!doctype html><title>Actualit\xc3\xa9s</title><link rel="alternate" type="application/rss+xml" href="/flux">'
    b'<link rel="alternate" type="text/calendar" href="/agenda.ics"><p>Camille Canari</p>'
)


class FeedTrial(Site):
    """The page of a site: three pieces of news, two meetings of which one comes back each month."""

    options: Mapping[str, Any] = {}
    canaries = CANARIES
    budget = 3
    traps: Mapping[str, str] = {
        "silent_zero": EMPTY, "null_items": KEPT, "nothing_announced": "contract", "html_200": "contract",
        "not_found": "contract", "forbidden": "access", "error_500": "transient", "cut_xml": "contract",
        "cut_calendar": "transient", "entities": "contract",
    }  # fmt: skip
    ends: Mapping[str, str] = {"json_coupe": "contract|transient"}  # a calendar without its end is asked again later

    def __init__(self) -> None:
        super().__init__()
        self.prefix, self.numbers = "actu-", dict[int, int]()
        self.pages["/"] = ("text/html; charset=utf-8", PAGE)
        meetings = ics(event(), event("RRULE:FREQ=MONTHLY;COUNT=2", uid="deux@exemple.fr"))
        self.pages["/agenda.ics"] = (ICS, meetings)
        for number in (1, 2, 3):
            self.put(number)

    def put(self, number: int, revision: int = 0) -> None:
        self.numbers[number] = revision
        self.publish()

    def publish(self) -> None:
        items = [self.item(number, revision) for number, revision in self.numbers.items()]
        self.pages["/flux"] = (RSS, rss(*items))

    def item(self, number: int, revision: int) -> str:
        title = f"Nouvelle {number}, version {revision}, écrire à {CANARIES[1]}"
        return item(f"<guid>{self.prefix}{number}</guid>", title=title)

    def remove(self, number: int) -> None:
        self.numbers.pop(number, None)
        self.publish()

    hide = remove

    def renumber(self) -> None:
        self.prefix = "nouvelle-"
        self.publish()

    def expected(self) -> Mapping[str, set[str]]:
        dates = {f"deux@exemple.fr:{day}" for day in ("20260512T160000Z", "20260612T160000Z")}
        return {
            "document": {f"{self.prefix}{number}" for number in self.numbers},
            "meeting": {"un@exemple.fr", *dates},
        }

    def turn(self, trap: str) -> None:
        feed, calendar = self.pages["/flux"][-1], self.pages["/agenda.ics"][-1]
        assert isinstance(feed, bytes)
        assert isinstance(calendar, bytes)
        answers: Mapping[str, Any] = {
            "silent_zero": (RSS, rss()),
            "null_items": (RSS, rss(item(""), item("<guid>actu-2</guid>", title=""), self.item(3, 0))),
            "html_200": ("text/html", b"<!doctype html><title>Connexion</title>"),
            "not_found": (404, "text/html", b""),
            "forbidden": (403, "text/html", b""),
            "error_500": (500, "text/html", b""),
            "cut_xml": (RSS, feed[: len(feed) // 2]),
            "entities": (RSS, b'<!DOCTYPE rss [<!ENTITY a "aaa">]>' + feed.partition(b"?>")[2]),
        }
        if trap == "cut_calendar":
            self.pages["/agenda.ics"] = (ICS, calendar[: len(calendar) // 2])
        elif trap == "nothing_announced":
            self.pages["/"] = ("text/html", b"<!doctype html><title>Rien</title>")
        else:
            self.pages["/flux"] = answers[trap]
