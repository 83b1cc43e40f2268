"""Histories of platforms: what is done at them between harvests and under the reader, and two that live through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

from hypothesis import strategies as st

from connectors.testing.platform import Simulated
from tests.conformance.hub import HubTrial
from tests.conformance.json_mapping import mapping
from tests.platforms.json_lists import Lists, Row, proposal

STYLES: dict[str, Row] = {
    "page": {"style": "page", "name": "page", "size_name": "size", "size": 2},
    "offset": {"style": "offset", "name": "offset", "size_name": "size", "size": 2},
    "next": {"style": "next_url", "path": "next_page"},
}
INSTANT, DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"
NUMBERS = count(1)


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
        self.page_size, self.prefix, self.words = 4, f"{next(NUMBERS)}-", count(1)
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
