"""How a source fares: each cause has its state, next try, message and recipients (`harvest.md` §13, §16)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.harvest.holds import approve
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.harvest.replay import replay
from hub.harvest.tick import tick
from hub.models import Host, Notice, Run, Source
from tests.harvesting import again, alone, change, harvest, later, notices, plain_source, run_of
from tests.make import RENNES
from tests.platforms.plain import Plain, reply

HTML = b"<!doctype html><title>Maintenance</title>"
LONG = {"Retry-After": "51000"}


def down(platform: Plain, status: int = 503, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
    platform.answering = lambda handler, _rank: reply(handler, status, body, headers)


def up(platform: Plain) -> None:
    platform.answering = lambda _handler, _rank: False


def told() -> dict[str, int]:
    """How many notices each role has."""
    db.session.rollback()
    roles = list(db.session.scalars(select(Notice.role)))
    return {role: roles.count(role) for role in sorted({*roles})}


def ready(platform: Plain, **values: Any) -> Source:
    for rank in range(1, 5):
        platform.put(str(rank))
    return plain_source(platform, next_due="2026-02-01T00:30:00Z", **values)


CASES = {
    "down": (503, b"", {}, "failed", "transient", "momentanément indisponible (réponse 503)", {}),
    "busy": (429, b"", {}, "failed", "transient", "momentanément indisponible (réponse 429)", {}),
    "later": (429, b"", LONG, "failed", "transient", "demande d'attendre 14 h 10", {}),
    "key": (401, b"", {}, "failed", "access", "la clé ou le droit est à vérifier", {"metropole": 1}),
    "right": (403, b"", {}, "failed", "access", "la clé ou le droit est à vérifier", {"metropole": 1}),
    "lost": (404, b"", {}, "failed", "contract", "réponse 404", {"exploitant": 1, "metropole": 1}),
    "page": (200, HTML, {}, "failed", "contract", "une page web au lieu", {"exploitant": 1, "metropole": 1}),
    "words": (200, b"rien", {}, "failed", "contract", "pas du JSON", {"exploitant": 1, "metropole": 1}),
    "shape": (200, b"{}", {}, "failed", "contract", "n'a plus sa forme", {"exploitant": 1, "metropole": 1}),
    "moved": (
        301, b"", {"Location": "http://ailleurs.example/x"}, "failed", "contract", "a déménagé vers http://ailleurs",
        {"exploitant": 1, "metropole": 1},
    ),
}  # fmt: skip


@pytest.mark.postgresql_once
@pytest.mark.parametrize("case", CASES)
def test_each_cause_has_its_state_its_words_and_its_recipients(reader: Flask, platform: Plain, case: str) -> None:
    status, body, headers, state, cause, words, roles = CASES[case]
    source = ready(platform)
    down(platform, status, body, headers)
    run = harvest(source)
    assert (run.state, run.cause, run.walk) == (state, cause, "truncated")
    assert words in (run.message or "")
    assert told() == roles
    now = again(source)
    assert (now.cause, now.next_due is None) == ((cause, True) if cause in ("access", "contract") else (None, False))
    for body_ in db.session.scalars(select(Notice.body)):
        assert words in body_
        assert "Les dernières données lues restent affichées" in body_


def test_a_fault_of_ours_is_told_to_the_operator_alone_and_never_shown(
    reader: Flask, platform: Plain, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_ESSAI_NANTES_KEY", "se/cr+et=1")
    source = ready(platform)
    platform.put("1", boom="se/cr+et=1")
    with caplog.at_level(logging.WARNING):
        run = harvest(source)
    assert (run.state, run.cause) == ("failed", "system")
    assert "ZeroDivision" not in (run.message or "")
    assert told() == {"exploitant": 1}
    assert "ZeroDivisionError: clé ***" in caplog.text
    assert "se/cr" not in caplog.text
    later(days=2)
    tick()
    assert told() == {"exploitant": 2}


def test_a_fault_of_ours_is_tried_once_more_then_waits_for_its_night(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    platform.put("1", boom="x")
    harvest(source)
    assert again(source).next_due == "2026-01-31T13:00:00Z"
    later(hours=1)
    harvest(source)
    assert again(source).next_due == "2026-02-01T00:30:00Z"


def test_a_platform_that_does_not_answer_is_asked_again_sooner_then_at_its_night(
    reader: Flask, platform: Plain
) -> None:
    source = ready(platform)
    down(platform)
    nexts = []
    for minutes in (15, 60, 240, 5):
        harvest(source)
        nexts.append(again(source).next_due)
        later(minutes=minutes)
    assert nexts == ["2026-01-31T12:15:00Z", "2026-01-31T13:15:00Z", "2026-01-31T17:15:00Z", "2026-02-01T00:30:00Z"]


def test_a_platform_that_asks_to_wait_is_left_alone_so_long(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    down(platform, 429, headers=LONG)
    harvest(source)
    assert again(source).next_due == "2026-02-01T02:10:00Z"
    down(platform, 429, headers={"Retry-After": "9999999"})
    harvest(source)
    assert again(source).next_due == "2026-02-01T12:00:00Z"


def test_a_refused_access_stops_the_schedule_until_a_person_reads_the_source(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    down(platform, 401)
    harvest(source)
    later(days=3)
    asked = len(platform.asked)
    tick()
    assert claim() is None
    assert len(platform.asked) == asked
    up(platform)
    assert harvest(source, trigger="person").state == "complete"
    now = again(source)
    assert (now.cause, now.ailing_since, now.next_due) == (None, None, "2026-02-04T00:30:00Z")
    assert notices("metropole")[-1] == "Lecture rétablie"


def test_a_held_run_means_that_the_platform_is_read_again(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    harvest(source, full=True)
    down(platform, 401)
    harvest(source, full=True)
    up(platform)
    platform.things.clear()
    held = harvest(source, full=True)
    now = again(source)
    assert (held.state, now.cause, now.ailing_since) == ("held", None, None)
    assert now.next_due is not None
    later(days=2)
    tick()
    assert notices("metropole") == ["L'accès est refusé", "Moisson en attente de décision", "Lecture rétablie"]
    approve(run_of(held.id), "Une agente", "C'est voulu")


@pytest.mark.parametrize(("status", "role", "number"), [(401, "metropole", 6), (503, "technique", 5)])
def test_thirty_failing_nights_are_a_few_messages(
    reader: Flask, platform: Plain, status: int, role: str, number: int
) -> None:
    source = ready(platform)
    alone()
    down(platform, status)
    harvest(source)
    for night in range(120):
        if status == 401 and night % 4 == 3:
            harvest(source)
        tick()
        if lease := claim():
            harvest_lease(lease)
        later(hours=6)
    assert told() == {role: number}
    up(platform)
    harvest(source)
    assert told() == {role: number + 1}
    assert notices()[-1] == "Lecture rétablie"


def test_three_failed_runs_close_a_host_and_one_probe_opens_it(reader: Flask, platform: Plain) -> None:
    ready(platform)
    other = plain_source(platform, "essai-rennes", siren=RENNES, next_due="2026-02-01T00:45:00Z", slot=105)
    down(platform)
    for _ in range(3):
        harvest(other)
    assert db.session.scalars(select(Host.closed_until)).one() == "2026-01-31T18:00:00Z"
    later(hours=5, minutes=59)
    tick()
    assert claim() is None
    later(days=1)
    for _ in range(2):
        tick()
    queued = db.session.scalars(select(Run.id).where(Run.state == "queued")).all()
    assert len(queued) == 1
    up(platform)
    lease = claim()
    assert lease is not None
    source = db.session.get_one(Source, lease.source_id)
    db.session.rollback()
    from_queue = harvest_lease(lease)
    assert from_queue == "complete"
    assert db.session.scalars(select(Host.closed_until)).one() is None
    assert again(source).ailing_since is None
    tick()
    later(hours=1)
    tick()
    assert claim() is not None


def harvest_lease(lease: Any) -> str:
    state = perform(lease)
    db.session.rollback()
    return str(state)


def test_a_fault_of_ours_says_nothing_of_the_host(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    down(platform)
    harvest(source)
    harvest(source)
    up(platform)
    platform.put("1", boom="x")
    harvest(source)
    down(platform)
    platform.put("1")
    harvest(source)
    assert db.session.scalars(select(Host.failures)).one() == 3


def test_a_replay_says_nothing_of_the_health_of_its_source(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    harvest(source, full=True)
    down(platform, 401)
    harvest(source, full=True)
    replay(again(source))
    assert (again(source).cause, again(source).next_due) == ("access", None)


def test_a_run_queued_before_its_source_was_stopped_asks_nothing(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    run_id = start(source, "schedule")
    change(source, state="stopped")
    lease = claim(run_id)
    assert harvest_lease(lease) == "cancelled"
    assert (run_of(run_id).state, platform.asked) == ("cancelled", [])


def test_a_walk_without_a_page_is_not_a_success(reader: Flask, platform: Plain) -> None:
    source = ready(platform)
    down(platform, 200, b'{"things": [], "next": null, "total": 5, "end": false}')
    assert harvest(source).state == "partial"
