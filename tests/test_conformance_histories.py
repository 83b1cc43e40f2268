"""Group D of the kit: reading each night only what changed ends where one walk of everything would (`harvest.md` §19).

Any history of a platform, its pages moving under the reader included, with a walk of everything each week. Such a
platform holds four things at most and never none: the guards, which have tests of their own, have nothing to hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Protocol

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors import hub, json_mapping
from connectors.base import Checkpoint, Endpoint, SourceChanged
from connectors.testing.bench import fetching, walked
from connectors.testing.platform import everything
from hub.db import db
from hub.models import Facet, FacetVersion
from tests.conformance.histories import DAY, INSTANT, NIGHTS, NUMBERS, STYLES, Act, Changes, Night, Platform, Rows
from tests.conftest import ready
from tests.harvesting import harvest, later
from tests.make import make_source
from tests.platforms.json_lists import Row

CLOCK = "2027-01-31T12:00:00Z"
"""After all that the simulated platforms say of the past."""


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
        self.source = make_source(f"histoire-{next(NUMBERS)}", **row)
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


BEHIND = Night([], [Act("put", 0, 0), Act("put", 2, 10)], 2, 1)
"""A row changes on a page read already, then, ten minutes later, one that is still to be read."""
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
    @example(form=("page", "ids", INSTANT), nights=[BEHIND])
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
