"""Reading only what changed ends where reading everything would (`harvest.md` §7, H21, H22)."""

from __future__ import annotations

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.clock import iso, now
from hub.db import db
from hub.models import Run
from tests.harvesting import again, change, harvest, later, plain_source, presences, titles
from tests.make import issues
from tests.platforms.plain import Plain

NIGHT = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "remove"]), st.integers(0, 3)), max_size=4
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(NIGHT, min_size=1, max_size=4))
def test_a_series_of_incremental_walks_says_what_one_full_walk_would(
    sqlite_reader: Flask, platform: Plain, nights: list[list[tuple[str, str, int]]]
) -> None:
    platform.things.clear()
    slug = f"s{db.session.query(Run).count()}"
    platform.now = "2026-01-01T00:00:00Z"
    platform.put("z")
    source = plain_source(platform, slug, siren=None)
    harvest(source, full=True)
    for rank, night in enumerate(nights):
        platform.now = f"2026-01-0{rank + 1}T00:00:00Z"
        for name, action, word in night:
            if action == "put":
                platform.things.pop(name, None)
                platform.put(name, title=f"Titre {word}")
            elif name in platform.things:
                platform.remove(name)
        assert harvest(source).mode == "incremental"
    said = titles(slug)
    assert {name: row["title"] for name, row in platform.things.items()}.items() <= said.items()
    harvest(source, full=True)
    assert titles(slug) == said
    assert {name: titles(slug)[name] for name in platform.things} == {
        name: row["title"] for name, row in platform.things.items()
    }


def test_the_cursor_is_the_last_stamp_of_the_source_never_our_clock(reader: Flask, platform: Plain) -> None:
    platform.put("1")
    source = plain_source(platform)
    harvest(source)
    assert again(source).cursor == "2026-01-01T00:00:00Z"
    run = harvest(source)
    assert (run.mode, run.counts["unchanged"], again(source).cursor) == ("incremental", 1, "2026-01-01T00:00:00Z")


def test_a_cursor_in_the_future_brings_nothing_and_stays(reader: Flask, platform: Plain) -> None:
    platform.put("1")
    source = plain_source(platform)
    harvest(source)
    change(source, cursor="2126-01-01T00:00:00Z")
    run = harvest(source)
    assert (run.state, run.counts.get("received", 0), again(source).cursor) == ("complete", 0, "2126-01-01T00:00:00Z")
    assert presences() == {"1": "present"}
    assert [issue.rule for issue in issues()] == ["curseur_futur"]
    harvest(source)
    assert len(issues()) == 1


def test_a_full_walk_comes_back_every_week_even_when_the_last_one_took_long(reader: Flask, platform: Plain) -> None:
    platform.put("1")
    source = plain_source(platform)
    modes = []
    for _ in range(15):
        modes.append(harvest(source).mode)
        change(source, full_at=iso(now())) if modes[-1] == "full" else None
        later(days=1)
    assert [rank for rank, mode in enumerate(modes) if mode == "full"] == [0, 7, 14]


def test_a_failed_or_partial_full_walk_does_not_move_the_cursor(reader: Flask, platform: Plain) -> None:
    for rank in range(4):
        platform.put(str(rank))
    source = plain_source(platform)
    harvest(source)
    platform.now = "2026-01-09T00:00:00Z"
    platform.put("1")
    platform.ending = False
    assert harvest(source, full=True).state == "partial"
    assert again(source).cursor == "2026-01-01T00:00:00Z"
