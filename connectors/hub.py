"""Another hub, through its change feed (`push-api.md` §11, `open-data.md` §9): the things of one metropole.

A thing keeps the hub id it was born with, whatever the hubs it came through; what was born here is never read back.
The feed states a thing as often as it changed: it is walked once to learn the last word on each, then told. What is
not in the feed is never concluded gone: the feed says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Checkpoint, Endpoint, Option, Record, RecordRefused, SourceChanged, Walk, proven
from connectors.fetch import Fetch
from connectors.hub_feed import Entry, Feed, Page, Purged, is_readable
from connectors.hub_links import relinked
from schemas.personal import masked

NAME = "hub"
LABEL = "Un autre hub"
VERSION = "1.0"
CONTRACT = 1
INCREMENTAL = True
HOLDS_PAGES = True
OPTIONS = (
    Option("self", "Notre nom et notre adresse, tels que l'autre hub les écrit", kind="list", required=True),
    Option("siren", "SIREN de la métropole à lire ; vide, les fiches du réseau lui-même"),
    Option("peer", "Nom de l'autre hub, s'il se nomme autrement que par son adresse"),
    Option("others", "Hubs lus par une autre source, à ne pas lire à travers celui-ci", kind="list"),
)
PAUSE, READ_TIMEOUT = 1.0, 30.0
VERSIONS = ("API v1",)
PERSONAL: tuple[str, ...] = ()
FIELDS = {"*": "changes[*].data"}
BYPASS = {
    "P": ("Le flux est lu une fois avant d'être dit, pour ne dire de chaque fiche que son dernier état", "2026-11-21",
          "Équipe du hub"),
}  # fmt: skip
KEPT_PAGES = 20
"""Pages held between the two readings; more are asked for again."""
_ADDRESS = re.compile(r"https?://\S+$")
_PURGED = "Le flux de l'autre hub ne remonte plus à son début : son export complet est à déposer d'abord."


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield what changed since the cursor, each thing once, as it is now. Raises SourceDown, SourceChanged."""
    walk = _Walk(endpoint, fetch)
    try:
        yield from walk.from_cursor(endpoint.cursor or "")
    except Purged as error:
        if not endpoint.cursor:
            raise SourceChanged(_PURGED) from error
        yield from _from_the_start(_Walk(endpoint, fetch))


def _from_the_start(walk: _Walk) -> Walk:
    try:
        yield from walk.from_cursor("")
    except Purged as error:
        raise SourceChanged(_PURGED) from error


class _Walk:
    """One reading of a feed: the last word on each thing, and the first pages."""

    def __init__(self, endpoint: Endpoint, fetch: Fetch) -> None:
        options = endpoint.options
        self.feed = Feed(endpoint.url, str(options.get("siren") or "").strip(), fetch)
        self.ours = {_name(each) for each in (*_texts(options.get("self")), *_texts(options.get("others")))}
        if not _texts(options.get("self")):
            raise SourceChanged(f"L'option « {OPTIONS[0].label} » manque.")
        self.peer = {_name(each) for each in (endpoint.url, *_texts(options.get("peer")))}
        self.last: dict[str, int] = {}
        self.kept: dict[str, Page] = {}
        self.seq = -1

    def from_cursor(self, start: str) -> Walk:
        """Yield each thing that changed after `start`, at the place of its last change. Raises Purged."""
        cursors, more = [start], True
        while more:
            page = self.feed.page(cursors[-1])
            self._learn(page[0]["changes"])
            if len(self.kept) < KEPT_PAGES:
                self.kept[cursors[-1]] = page
            cursors.append(str(page[0]["next"]))
            more = page[0]["more"]
            if more and cursors[-1] in cursors[:-1]:
                raise SourceChanged("L'autre hub rend une page déjà lue : la lecture s'arrête.")
            if more:
                yield Checkpoint(start)
        for before, after in pairwise(cursors):
            kept = self.kept.pop(before, None)
            page = kept if kept is not None else self.feed.page(before)
            yield from proven(self._told(page[0]["changes"]), page[1])
            yield Checkpoint(after)
        yield Checkpoint(cursors[-1], end=True)

    def _learn(self, changes: Iterable[Entry]) -> None:
        for entry in changes:
            if not is_readable(entry):
                continue
            if entry["seq"] <= self.seq:
                raise SourceChanged("Le flux de l'autre hub n'est plus dans l'ordre de ses numéros.")
            self.seq = entry["seq"]
            if self._is_read(entry):
                self.feed.know(entry.get("kind"))
                self.last[entry["hub_id"]] = entry["seq"]

    def _told(self, changes: Iterable[Entry]) -> Walk:
        for rank, entry in enumerate(changes):
            pointer = f"/changes/{rank}"
            if not is_readable(entry):
                yield RecordRefused("fiche_illisible", pointer)
            elif self._is_read(entry) and self.last.get(entry["hub_id"]) == entry["seq"]:
                yield self._record(entry, pointer)

    def _is_read(self, entry: Entry) -> bool:
        """Tell whether a change is of the metropole asked for, and was not born here."""
        return (entry.get("siren") or "") == self.feed.siren and _name(_origin(entry)[0]) not in self.ours

    def _record(self, entry: Entry, pointer: str) -> Record:
        if entry["op"] == "gone":
            return Record(entry["kind"], entry["hub_id"], {}, pointer, deleted=True)
        born, source = _origin(entry)
        direct = not born or _name(born) in self.peer
        data = relinked(entry["kind"], entry["data"], source) if direct and source else dict(entry["data"])
        return Record(entry["kind"], entry["hub_id"], _masked(data), pointer)


def _origin(entry: Entry) -> tuple[str, str]:
    """Return the hub where a thing was born, empty for the one that tells it, and its source there."""
    origin = entry.get("origin")
    if not isinstance(origin, dict):
        return "", ""
    return str(origin.get("hub") or ""), str(origin.get("source") or "")


def _masked(value: Any) -> Any:
    """Return data without the addresses and numbers of persons that an older hub may have left in its texts."""
    if isinstance(value, dict):
        return {name: _masked(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_masked(inside) for inside in value]
    is_text = isinstance(value, str) and ("@" in value or " " in value) and not _ADDRESS.match(value)
    return masked(value) if is_text else value


def _name(text: str) -> str:
    """Return a hub's name in one form: the host of an address, else the words."""
    text = text.strip().casefold()
    return urlsplit(text).netloc if "://" in text else text.rstrip("/")


def _texts(option: Any) -> list[str]:
    found = option if isinstance(option, list | tuple) else str(option or "").split("|")
    return [str(each).strip() for each in found if str(each).strip()]
