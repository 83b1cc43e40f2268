"""Deriving again from what was kept: the same values, no socket, nothing undone (`harvest.md` §11)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.errors import BadQuery
from hub.harvest.perform import start
from hub.harvest.queue import claim
from hub.harvest.replay import divergences, replay
from hub.harvest.runs import Opening, open_run
from hub.models import Exchange, Run, Source
from hub.models.run import Issue
from tests.harvesting import again, change, harvest, later, plain_source, presences, run_of, titles
from tests.make import issues
from tests.platforms.plain import Plain


def filled(platform: Plain, number: int = 5) -> Source:
    for rank in range(1, number + 1):
        platform.put(str(rank))
    source = plain_source(platform)
    harvest(source, full=True)
    later(days=1)
    return source


def test_the_same_connector_gives_the_same_values_without_asking(reader: Flask, platform: Plain) -> None:
    source = filled(platform)
    asked = len(platform.asked)
    platform.close()
    assert list(divergences(again(source))) == []
    run = replay(again(source))
    assert (run.state, run.mode, run.counts["unchanged"]) == ("complete", "replay", 5)
    assert len(platform.asked) == asked
    platform.serve(platform.server.RequestHandlerClass)  # type: ignore[arg-type]  # the handler given before


def test_other_options_show_each_value_that_would_change(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 2)
    change(source, options={"prefix": "Projet "})
    found = [(each.remote_id, each.field, each.before, each.after) for each in divergences(again(source))]
    assert found == [("1", "title", "Chose 1", "Projet Chose 1"), ("2", "title", "Chose 2", "Projet Chose 2")]
    assert titles()["1"] == "Chose 1"


def test_what_was_read_since_the_last_full_walk_is_never_undone(reader: Flask, platform: Plain) -> None:
    source = filled(platform)
    platform.now = "2026-01-02T00:00:00Z"
    platform.put("1", title="Nouveau titre")
    incremental = harvest(source)
    assert (incremental.mode, titles()["1"]) == ("incremental", "Nouveau titre")
    assert list(divergences(again(source))) == []
    replay(again(source))
    assert titles()["1"] == "Nouveau titre"
    first = db.session.get_one(Run, 1)
    replay(again(source), first)
    assert titles()["1"] == "Nouveau titre"


def test_a_repaired_reading_closes_the_matching_issues_alone(reader: Flask, platform: Plain) -> None:
    for rank in range(1, 8):
        platform.put(str(rank))
    platform.put("2", title="")
    platform.put("3", ends_on="2026-02-31")
    source = plain_source(platform)
    harvest(source, full=True)
    assert sorted(issue.remote_id or "" for issue in issues()) == ["2", "3"]
    change(source, options={"prefix": "Projet "})
    run = replay(again(source))
    assert run.state == "complete"
    assert [issue.remote_id for issue in issues()] == ["3"]
    assert db.session.scalars(select(Issue.remote_id).where(Issue.state == "repaired")).all() == ["2"]
    assert titles()["2"] == "Projet "


def test_a_replay_makes_nothing_present_again(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 4)
    platform.remove("4")
    for _ in range(2):
        harvest(source, full=True)
        later(days=8)
    assert presences()["4"] == "gone"
    change(source, options={"prefix": "P "})
    before = again(source).cursor, again(source).full_at
    replay(again(source), db.session.get_one(Run, 1))
    assert (presences()["4"], titles()["4"]) == ("gone", "P Chose 4")
    assert (again(source).cursor, again(source).full_at) == before


def test_a_lost_payload_is_told_and_nothing_stays_open(reader: Flask, platform: Plain) -> None:
    source = filled(platform)
    for path in (Path(reader.instance_path) / "raw").rglob("*.gz"):
        path.unlink()
    run = replay(again(source))
    assert run.state == "failed"
    assert "n'est plus dans le dossier" in (run.message or "")
    assert start(again(source), "cli") > run.id


def test_a_replay_whose_process_died_is_no_work_for_a_worker(reader: Flask, platform: Plain) -> None:
    source = filled(platform)
    dead = open_run(again(source), Opening("replay", "harvest", "plain", "1.0", mode="replay"))
    assert claim() is None
    run_id = start(again(source), "cli")
    assert (run_of(dead.run_id).state, run_of(run_id).state) == ("failed", "queued")


def test_a_run_that_was_not_applied_is_not_read_again(reader: Flask, platform: Plain) -> None:
    source = filled(platform)
    platform.things.clear()
    held = harvest(source, full=True)
    with pytest.raises(BadQuery, match="n'a pas été appliquée"):
        replay(again(source), held)


def test_a_secret_is_in_no_address_and_another_key_finds_the_same_pages(
    reader: Flask, platform: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_ESSAI_NANTES_KEY", "se/cr+et=1")
    source = filled(platform)
    assert "se%2Fcr%2Bet%3D1" in platform.asked[0]
    urls = list(db.session.scalars(select(Exchange.url)))
    assert all(url.endswith("key=***") for url in urls)
    monkeypatch.setenv("HUB_SECRET_ESSAI_NANTES_KEY", "autre")
    assert list(divergences(again(source))) == []
    harvest(source, full=True)
    assert db.session.query(Exchange).count() == len(urls)
