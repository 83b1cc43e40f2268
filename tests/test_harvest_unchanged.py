"""Reading again what did not change: no version, no row, no page read twice for nothing (`harvest.md` §7, H20)."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select

from hub.db import db
from hub.harvest import raw
from hub.harvest.holds import reject
from hub.models import Change, Exchange, FacetVersion
from tests.harvesting import change, events, harvest, later, plain_source, presences, titles
from tests.make import issues
from tests.platforms.plain import Plain, reply


def written() -> list[int]:
    """How many rows the tables hold that only a change may grow."""
    db.session.rollback()
    return [
        db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (FacetVersion, Change, Exchange)
    ]


def fill(platform: Plain, number: int = 4) -> None:
    for rank in range(1, number + 1):
        platform.put(str(rank))


@pytest.mark.parametrize("validators", [False, True])
def test_a_second_identical_run_writes_no_version_no_change_and_no_exchange(
    reader: Flask, platform: Plain, validators: bool
) -> None:
    fill(platform)
    platform.validators = validators
    source = plain_source(platform)
    first = harvest(source, full=True)
    before = written()
    second = harvest(source, full=True)
    assert (first.state, first.counts["created"]) == ("complete", 4)
    assert (second.state, second.counts["received"], second.counts["unchanged"]) == ("complete", 4, 4)
    assert (second.counts.get("created", 0), second.counts.get("updated", 0)) == (0, 0)
    assert second.counts.get("not_modified", 0) == (2 if validators else 0)
    assert written() == before


def test_each_version_leads_to_what_the_platform_said_of_it(reader: Flask, platform: Plain) -> None:
    fill(platform)
    harvest(plain_source(platform), full=True)
    versions = db.session.scalars(select(FacetVersion)).all()
    said = [raw.extract(version.raw_sha256 or "", version.raw_pointer or "") or "{}" for version in versions]
    assert [orjson.loads(text)["id"] for text in said] == [version.remote_id for version in versions]


@pytest.mark.parametrize("validators", [False, True])
def test_a_page_that_changed_is_read_and_the_others_are_not(reader: Flask, platform: Plain, validators: bool) -> None:
    fill(platform)
    platform.validators = validators
    source = plain_source(platform)
    harvest(source, full=True)
    platform.put("3", title="Autre")
    second = harvest(source, full=True)
    assert (second.counts["updated"], second.counts["unchanged"]) == (1, 3)
    assert titles() == {"1": "Chose 1", "2": "Chose 2", "3": "Autre", "4": "Chose 4"}


def test_a_thing_that_moves_from_page_to_page_stays_present(reader: Flask, platform: Plain) -> None:
    fill(platform)
    source = plain_source(platform)
    harvest(source, full=True)
    platform.things = {name: platform.things[name] for name in ("1", "3", "2", "4")}
    second = harvest(source, full=True)
    assert second.counts["unchanged"] == 4
    assert set(presences().values()) == {"present"}


def test_an_unchanged_page_that_holds_a_thing_missed_meanwhile_makes_it_present_again(
    reader: Flask, platform: Plain
) -> None:
    fill(platform, 6)
    source = plain_source(platform)
    harvest(source, full=True)
    kept = dict(platform.things)
    platform.remove("5", "6")
    for _ in range(2):
        later(days=8)
        harvest(source, full=True)
    assert presences()["6"] == "gone"
    platform.things = kept
    later(days=1)
    back = harvest(source, full=True)
    assert set(presences().values()) == {"present"}
    assert back.counts["restored"] == 2
    assert [event for event, _ in events()[-2:]] == ["restored", "restored"]


def test_a_thing_that_comes_back_changed_is_told_restored_not_updated(reader: Flask, platform: Plain) -> None:
    fill(platform, 3)
    source = plain_source(platform)
    harvest(source, full=True)
    platform.remove("3")
    for _ in range(2):
        later(days=8)
        harvest(source, full=True)
    platform.put("3", title="Revenue")
    later(days=1)
    back = harvest(source, full=True)
    assert (back.counts["restored"], events()[-1][0], titles()["3"]) == (1, "restored", "Revenue")


def test_what_a_failed_run_read_is_read_again(reader: Flask, platform: Plain) -> None:
    fill(platform)
    source = plain_source(platform)
    harvest(source, full=True)
    platform.put("1", title="Autre")
    platform.answering = lambda handler, _rank: "page=2" in handler.path and reply(handler, 403)
    assert harvest(source, full=True).state == "failed"
    assert titles()["1"] == "Chose 1"
    platform.answering = lambda _handler, _rank: False
    assert harvest(source, full=True).counts["updated"] == 1
    assert titles()["1"] == "Autre"


def test_what_a_held_then_rejected_run_read_is_read_again(reader: Flask, platform: Plain) -> None:
    fill(platform, 20)
    source = plain_source(platform)
    harvest(source, full=True)
    for rank in range(1, 21):
        platform.put(str(rank), title="Réécrite")
    held = harvest(source, full=True)
    assert held.state == "held"
    reject(held, "Une agente", "Erreur de la plateforme")
    change(source, bypass={"guards": ["reecriture"], "until": "2027-01-01T00:00:00Z"})
    assert harvest(source, full=True).counts["updated"] == 20
    assert set(titles().values()) == {"Réécrite"}


def test_other_options_read_every_page_anew_once(reader: Flask, platform: Plain) -> None:
    fill(platform)
    source = plain_source(platform)
    harvest(source, full=True)
    change(source, options={"prefix": "Projet "}, bypass={"guards": ["reecriture"], "until": "2027-01-01T00:00:00Z"})
    assert harvest(source, full=True).counts["updated"] == 4
    assert titles()["1"] == "Projet Chose 1"
    before = written()
    assert harvest(source, full=True).counts["unchanged"] == 4
    assert written() == before


def test_a_page_read_in_another_way_is_known_again_the_next_time(reader: Flask, platform: Plain) -> None:
    fill(platform)
    source = plain_source(platform)
    harvest(source, full=True)
    change(source, options={"complete": True})
    harvest(source, full=True)
    readings = list(db.session.scalars(select(Exchange.reading)))
    assert sorted(map(readings.count, {*readings})) == [2, 2]


def test_the_records_of_a_page_with_a_duplicate_are_read_again_each_time(reader: Flask, platform: Plain) -> None:
    fill(platform, 2)
    platform.now = ""
    source = plain_source(platform)
    platform.things = {
        "a": {"id": "1", "title": "Une"},
        "b": {"id": "2", "title": "Deux"},
        "c": {"id": "1", "title": "Autre"},
        "d": {"id": "4", "title": "Quatre"},
    }
    for _ in range(2):
        closed = harvest(source, full=True)
        assert (closed.state, closed.counts["problems"]) == ("complete", 1)
        assert sorted(titles()) == ["2", "4"]
        assert [issue.rule for issue in issues()] == ["identifiant_en_double"]
    platform.things["c"] = {"id": "3", "title": "Autre"}
    harvest(source, full=True)
    assert titles() == {"1": "Une", "2": "Deux", "3": "Autre", "4": "Quatre"}


def test_a_payload_lost_on_disk_is_asked_again_whole(sqlite_reader: Flask, platform: Plain) -> None:
    fill(platform)
    platform.validators = True
    source = plain_source(platform)
    platform.things["3"] = None
    harvest(source, full=True)
    for path in (Path(sqlite_reader.instance_path) / "raw").rglob("*.gz"):
        path.unlink()
    closed = harvest(source, full=True)
    assert (closed.state, closed.counts.get("not_modified", 0)) == ("complete", 0)
