"""Group D of the kit: reading each night only what changed ends where one walk of everything would (`harvest.md` §19).

Any history of a platform, its pages moving under the reader included, with a walk of everything each week. Such a
platform holds four things at most and never none: the guards, which have tests of their own, have nothing to hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from types import ModuleType
from typing import Any, Protocol

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors import hub, json_mapping
from connectors.base import Checkpoint, Endpoint, SourceChanged
from connectors.testing.bench import fetching, walked
from connectors.testing.platform import Simulated, everything
from hub.db import db
from hub.models import Facet, FacetVersion
from tests.conformance.hub import HubTrial
from tests.conformance.json_mapping import mapping
from tests.conftest import ready
from tests.harvesting import harvest, later
from tests.make import make_source
from tests.platforms.json_lists import Lists, Row, proposal

CLOCK = "2027-01-31T12:00:00Z"
"""After all that the simulated platforms say of the past."""
STYLES: dict[str, Row] = {
    "page": {"style": "page", "name": "page", "size_name": "size", "size": 2},
    "offset": {"style": "offset", "name": "offset", "size_name": "size", "size": 2},
    "next": {"style": "next_url", "path": "next_page"},
}
INSTANT, DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Act:
    """Something done at a platform, so many minutes after what was done before."""

    verb: str
    number: int
    wait: int


@dataclass(frozen=True)
class Night:
    """What is done before a harvest, what is done while it reads (from its request `at` on), and the days gone by."""

    before: list[Act]
    during: list[Act]
    at: int
    days: int


class Platform(Simulated, Protocol):
    """A platform that lives through histories."""

    asked: list[Any]
    before: Any

    def do(self, act: Act) -> None:
        """Do something at the platform."""


WAITS = [0, 1, 10, 60]


def acts(*verbs: str, least: int, most: int, waits: list[int] = WAITS) -> st.SearchStrategy[list[Act]]:
    act = st.builds(Act, st.sampled_from(verbs), st.integers(0, 3), st.sampled_from(waits))
    return st.lists(act, min_size=least, max_size=most)


BEFORE = acts("put", "put", "put", "remove", "renumber", least=1, most=3, waits=[*WAITS, 2000])
DURING = st.one_of(acts("put", least=2, most=2), acts("put", "remove", least=0, most=1))
"""One thing that leaves while another comes moves the pages and no count: no list shows it, and it is left out."""
NIGHTS = st.lists(st.builds(Night, BEFORE, DURING, st.integers(2, 4), st.sampled_from([1, 1, 8])), max_size=2)


class Rows(Lists):
    """A list in pages of two, in the order of its ids or of its stamps, asked only for what changed."""

    def __init__(self) -> None:
        super().__init__([], 2)

    def begin(self, style: str, order: str, form: str) -> Row:
        """Make it as new; return the options that read it."""
        self.rows.clear()
        self.order, self.form, self.prefix = order, form, 10
        self.now, self.words = datetime.fromisoformat("2026-02-01T08:00:00"), count(1)
        for number in range(4):
            self.do(Act("put", number, 0))
        return {"mapping": mapping(STYLES[style], since={"param": "since", "from": "updated_at"})}

    def do(self, act: Act) -> None:
        self.now += timedelta(minutes=act.wait)
        if act.verb == "renumber":
            self.prefix += 10
            self.rows[:] = [{**row, "id": self.prefix + row["id"] % 10, "updated_at": self.stamp} for row in self.rows]
        elif act.verb == "put" or act.number:
            title = f"Proposition {act.number}, mot {next(self.words)}"
            row = proposal(self.prefix + act.number, title=title, votes=None, updated_at=self.stamp)
            self.rows[:] = [each for each in self.rows if each["id"] != row["id"]]
            self.rows += [row] if act.verb == "put" else []
        self.rows.sort(key=lambda row: row["id"])
        if self.order != "ids":
            self.rows.sort(key=lambda row: row["updated_at"], reverse=self.order == "latest")

    def expected(self) -> dict[str, set[str]]:
        return {"contribution": {str(row["id"]) for row in self.rows}}

    @property
    def stamp(self) -> str:
        return f"{self.now:{self.form}}"


class Changes(HubTrial):
    """A feed of another hub in pages of two, that tells what left."""

    def begin(self) -> Row:
        """Make it as new, its things under other ids; return the options that read it."""
        self.changes.clear()
        self.standing.clear()
        self.page_size, self.prefix, self.words = 4, f"{next(_NUMBERS)}-", count(1)
        for number in range(4):
            self.do(Act("put", number, 0))
        return dict(self.options)

    def do(self, act: Act) -> None:
        if act.verb == "renumber":
            numbers = list(self.standing)
            for number in numbers:
                self.remove(number)
            self.prefix += "n"
            for number in numbers:
                self.put(number, next(self.words))
        elif act.verb == "put":
            self.put(act.number, next(self.words))
        elif act.number:
            self.remove(act.number)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One hub for all histories: each has sources of its own."""
    yield from ready(tmp_path_factory.mktemp("histories") / "instance", "", ALLOW_PRIVATE_NETWORKS=True, CLOCK=CLOCK)


@pytest.fixture(scope="module")
def lists() -> Iterator[Rows]:
    platform = Rows()
    yield platform
    platform.close()


@pytest.fixture(scope="module")
def feed() -> Iterator[Changes]:
    platform = Changes()
    yield platform
    platform.close()


State = dict[tuple[str, str], str]
"""Kind and id of each thing held present → its data."""


class Reader(Protocol):
    """A hub that reads one source each time it is asked."""

    def later(self, days: int) -> None: ...

    def read(self) -> None: ...

    def held(self) -> State: ...


class Ledger:
    """What is kept of walks by the rules of `harvest.md` §6, §7 and §9: the engine's, without its database."""

    def __init__(self, module: ModuleType, url: str, options: Row) -> None:
        self.module, self.url, self.options = module, url, options
        self.kept: State = {}
        self.cursor, self.days, self.fetch = "", 7, fetching()

    def later(self, days: int) -> None:
        self.days += days

    def read(self) -> None:
        cursor = self.cursor if self.days < 7 else None
        walk = walked(self.module, Endpoint(self.url, self.options, cursor), self.fetch)
        if isinstance(walk.error, SourceChanged):  # a list that moved by a whole page looks like a loop
            return
        last = walk.items[-1]
        assert isinstance(last, Checkpoint)
        if cursor is None and last.end and (last.total or 0) <= len(walk.ids):
            self.kept, self.days, self.cursor = {}, 0, last.cursor
        elif cursor is not None:
            self.cursor = last.cursor
        for record in walk.records:
            self.kept.pop((record.kind, record.remote_id), None)
            if not record.deleted:
                self.kept[record.kind, record.remote_id] = json.dumps(record.data, sort_keys=True)

    def held(self) -> State:
        return self.kept


class Stored:
    """The real engine, with a source of its own."""

    def __init__(self, module: ModuleType, url: str, options: Row) -> None:
        row = {"connector": module.NAME, "url": url, "options": options, "frequency": "daily", "slot": 90}
        self.source = make_source(f"histoire-{next(_NUMBERS)}", **row)
        db.session.expunge(self.source)

    def later(self, days: int) -> None:
        later(days=days)

    def read(self) -> None:
        assert harvest(self.source).state in ("complete", "partial", "failed")

    def held(self) -> State:
        db.session.rollback()
        query = select(Facet.kind, Facet.remote_id, FacetVersion.data)
        query = query.join(FacetVersion, FacetVersion.id == Facet.version_id)
        rows = db.session.execute(query.where(Facet.source_id == self.source.id, Facet.presence == "present"))
        return {(row.kind, row.remote_id): json.dumps(json.loads(row.data), sort_keys=True) for row in rows}


@contextmanager
def moving(site: Platform, night: Night) -> Iterator[None]:
    """Let things be done at a platform while it is read."""
    waiting = list(night.during)

    def moved(rank: int) -> None:
        while rank >= night.at and waiting:
            site.do(waiting.pop(0))

    site.asked.clear()
    site.before = moved
    yield
    site.before = int


def lived(site: Platform, start: Callable[[], Reader], nights: list[Night]) -> None:
    """Live through a history: nothing published waits for the week's walk, and after it nothing tells it was lived."""
    reader = start()
    reader.read()
    for night in nights:
        for act in night.before:
            site.do(act)
        reader.later(night.days)
        with moving(site, night):
            reader.read()
    reader.read()
    fresh = start()
    fresh.read()
    assert fresh.held().keys() == everything(site)
    assert fresh.held().items() <= reader.held().items()
    reader.later(8)
    reader.read()
    assert reader.held() == fresh.held()


LISTS = st.tuples(
    st.sampled_from(list(STYLES)), st.sampled_from(["ids", "earliest", "latest"]), st.sampled_from([INSTANT, DAY])
)
# The law is sought where a history costs some milliseconds; on the engine, where it costs half a second, it is seen.
READERS = [
    pytest.param(Ledger, settings(max_examples=250, deadline=None), id="lecture"),
    pytest.param(Stored, settings(max_examples=10, deadline=None), id="moteur"),
]


@pytest.mark.parametrize(("reader", "some"), READERS)
def test_a_json_list_read_by_its_changes_ends_as_one_read_whole(
    stored: Flask, lists: Rows, reader: Callable[..., Reader], some: settings
) -> None:
    @some
    @given(form=LISTS, nights=NIGHTS)
    def history(form: tuple[str, str, str], nights: list[Night]) -> None:
        stored.config["CLOCK"] = CLOCK
        options = lists.begin(*form)
        lived(lists, lambda: reader(json_mapping, lists.url, options), nights)

    history()


@pytest.mark.parametrize(("reader", "some"), READERS)
def test_a_feed_of_another_hub_read_by_its_changes_ends_as_one_read_whole(
    stored: Flask, feed: Changes, reader: Callable[..., Reader], some: settings
) -> None:
    @some
    @given(nights=NIGHTS)
    def history(nights: list[Night]) -> None:
        stored.config["CLOCK"] = CLOCK
        options = feed.begin()
        lived(feed, lambda: reader(hub, feed.url, options), nights)

    history()
