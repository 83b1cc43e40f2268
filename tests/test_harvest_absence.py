"""What a run did not meet: dated, then said to be gone, and only by a walk that saw everything (`harvest.md` §9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from hub.clock import iso, now
from hub.db import db
from hub.harvest.holds import reject
from hub.harvest.perform import perform, start
from hub.harvest.queue import cancel, claim
from hub.harvest.replay import replay
from hub.models import Facet, Run, Source
from tests.harvesting import again, change, events, harvest, later, plain_source, presences, run_of
from tests.make import issues
from tests.platforms.plain import Plain, reply


def filled(platform: Plain, number: int, **values: object) -> Source:
    for rank in range(1, number + 1):
        platform.put(str(rank))
    source = plain_source(platform, **values)
    assert harvest(source, full=True).state == "complete"
    later(days=1)
    return source


def failed(platform: Plain, source: Source) -> Run:
    platform.answering = lambda handler, _rank: reply(handler, 403)
    return harvest(source, full=True)


def partial(platform: Plain, source: Source) -> Run:
    platform.answering = lambda handler, _rank: "page=2" in handler.path and reply(handler, 503)
    return harvest(source, full=True)


def held(platform: Plain, source: Source) -> Run:
    platform.remove(*list(platform.things)[2:])
    return harvest(source, full=True)


def rejected(platform: Plain, source: Source) -> Run:
    return reject(held(platform, source), "Une agente", "Erreur de la plateforme")


def cancelled(platform: Plain, source: Source) -> Run:
    run_id = start(again(source), "person", full=True)
    lease = claim(run_id)
    assert lease is not None
    assert perform(lease, progress=lambda _counts: cancel(run_of(run_id), "une agente")) == "lost"
    return run_of(run_id)


def empty(platform: Plain, source: Source) -> Run:
    platform.things.clear()
    return harvest(source, full=True)


def truncated(platform: Plain, source: Source) -> Run:
    platform.ending = False
    return harvest(source, full=True)


def incremental(platform: Plain, source: Source) -> Run:
    change(source, cursor="2026-01-02T00:00:00Z", full_at=iso(now()))
    return harvest(source)


def extract(platform: Plain, source: Source) -> Run:
    change(source, options={"complete": False})
    return harvest(source, full=True)


def replayed(platform: Plain, source: Source) -> Run:
    return replay(again(source))


KINDS = {
    failed: ("failed", "full"),
    partial: ("partial", "full"),
    held: ("held", "full"),
    rejected: ("rejected", "full"),
    cancelled: ("cancelled", "full"),
    empty: ("held", "full"),
    truncated: ("partial", "full"),
    incremental: ("complete", "incremental"),
    extract: ("complete", "extract"),
    replayed: ("complete", "replay"),
}


@pytest.mark.postgresql_once
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_only_a_complete_full_walk_concludes_an_absence(
    reader: Flask, platform: Plain, kind: Callable[[Plain, Source], Run]
) -> None:
    source = filled(platform, 20)
    platform.remove("20")
    harvest(source, full=True)
    later(days=8)
    before = presences()
    assert before == {str(rank): "present" for rank in range(1, 20)} | {"20": "not_seen"}
    platform.remove("19")
    run = kind(platform, source)
    assert (run.state, run.mode) == KINDS[kind]
    assert presences() == before


def test_one_miss_is_dated_and_a_second_one_after_the_grace_is_gone(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    platform.remove("3")
    missed = harvest(source, full=True)
    assert (presences()["3"], missed.counts["not_seen"], events()[3:]) == ("not_seen", 1, [])
    later(days=6, hours=1)
    gone = harvest(source, full=True)
    facet = db.session.scalars(select(Facet).where(Facet.remote_id == "3")).one()
    assert (facet.presence, facet.gone_on, facet.gone_reason) == ("gone", "2026-02-07", "absent_de_la_source")
    assert (gone.counts["gone"], events()[-1][0]) == (1, "gone")
    later(days=1)
    assert harvest(source, full=True).counts.get("gone", 0) == 0


def test_an_hour_before_seven_days_it_is_still_there(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    platform.remove("3")
    harvest(source, full=True)
    later(days=5, hours=23)
    harvest(source, full=True)
    assert presences()["3"] == "not_seen"
    later(hours=1)
    harvest(source, full=True)
    assert presences()["3"] == "gone"


def test_miss_seen_miss_starts_the_count_again(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    row = platform.things.pop("3")
    harvest(source, full=True)
    later(days=7)
    platform.things["3"] = row
    harvest(source, full=True)
    assert presences()["3"] == "present"
    later(days=1)
    platform.remove("3")
    harvest(source, full=True)
    later(days=5)
    harvest(source, full=True)
    assert presences()["3"] == "not_seen"


def test_a_walk_that_broke_off_after_meeting_a_thing_counts_as_a_sight(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 4)
    later(days=5)
    platform.answering = lambda handler, _rank: "page=2" in handler.path and reply(handler, 503)
    assert harvest(source, full=True).state == "partial"
    platform.answering = lambda _handler, _rank: False
    platform.remove("1")
    later(days=1)
    harvest(source, full=True)
    later(days=1)
    harvest(source, full=True)
    assert presences()["1"] == "not_seen"


def test_a_tombstone_is_gone_at_once_with_its_reason(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    platform.put("3", deleted=True)
    run = harvest(source, full=True)
    facet = db.session.scalars(select(Facet).where(Facet.remote_id == "3")).one()
    assert (run.state, facet.presence, facet.gone_reason) == ("complete", "gone", "supprime_par_la_source")


def test_back_within_a_month_is_counted_as_a_mistake(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    row = platform.things.pop("3")
    for _ in range(2):
        harvest(source, full=True)
        later(days=8)
    assert presences()["3"] == "gone"
    hub_id = db.session.scalars(select(Facet.hub_id).where(Facet.remote_id == "3")).one()
    platform.things["3"] = row
    back = harvest(source, full=True)
    assert (back.counts["restored"], back.counts["false_deletions"]) == (1, 1)
    assert db.session.scalars(select(Facet.hub_id).where(Facet.remote_id == "3")).one() == hub_id


@pytest.mark.parametrize("row", [{"kind": "process"}, None])
def test_a_record_without_name_forbids_concluding_on_its_kind(
    reader: Flask, platform: Plain, row: dict[str, str] | None
) -> None:
    source = filled(platform, 4)
    platform.things["4"] = row
    closed = harvest(source, full=True)
    assert (closed.state, closed.counts["problems"]) == ("complete", 1)
    assert set(presences().values()) == {"present"}


def test_a_record_set_aside_was_seen(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    platform.put("3", title="")
    harvest(source, full=True)
    assert presences()["3"] == "present"


def test_a_row_without_identity_is_repaired_when_a_whole_walk_no_longer_meets_it(
    reader: Flask, platform: Plain
) -> None:
    platform.put("1")
    platform.things["x"] = {"id": "", "title": "Sans nom", "updated_at": platform.now}
    source = plain_source(platform)
    harvest(source, full=True)
    assert [issue.rule for issue in issues()] == ["identifiant_manquant"]
    platform.things["x"] = {"id": "2", "title": "Nommée", "updated_at": platform.now}
    harvest(source, full=True)
    assert (issues(), len(issues("repaired"))) == ([], 1)
