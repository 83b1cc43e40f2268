"""The end of raw payloads: what a value in force rests on stays for ever, the rest for a time (`harvest.md` §11)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.base import SourceDown
from hub.db import db
from hub.harvest import raw
from hub.harvest.purge import purge
from hub.harvest.raw_check import rederived, sweep, verify
from hub.harvest.replay import divergences, replay
from hub.models import Exchange, Issue, RawPayload, Run, Source
from tests.harvesting import again, harvest, later, plain_source, run_of
from tests.platforms.plain import Plain

YEARS = 3 * 366


@pytest.fixture
def history(reader: Flask, platform: Plain) -> tuple[Source, Run, Run]:
    """A source read twice, three years apart: its first page changed, its second did not."""
    for name in ("1", "2", "3"):
        platform.put(name)
    source = plain_source(platform)
    first = harvest(source, full=True)
    later(days=YEARS)
    platform.put("1", title="Autre titre")
    platform.put("2", title="Autre chose")
    return again(source), first, harvest(source, full=True)


def payloads(run: Run) -> list[str]:
    """The payloads that a run brought, in order."""
    return [sha256 for sha256 in db.session.scalars(select(Exchange.sha256).where(Exchange.run_id == run.id)) if sha256]


def test_what_a_value_in_force_rests_on_is_never_purged(history: tuple[Source, Run, Run]) -> None:
    source, first, second = history
    later(days=YEARS)
    kept = {*payloads(first), *payloads(second)}
    assert purge()[0] == 0, "la seconde page de la première moisson porte encore la fiche 3"
    assert all(raw.holds(sha256) for sha256 in kept)
    assert rederived(source) == (3, 3)


def test_what_nothing_in_force_asks_for_goes_after_its_time(history: tuple[Source, Run, Run], platform: Plain) -> None:
    source, first, second = history
    platform.put("3", title="Encore une autre")
    third = harvest(source, full=True)
    old = payloads(first)
    assert purge()[0] == len(old) == 2
    assert not any(raw.holds(sha256) for sha256 in old)
    assert all(raw.holds(sha256) for sha256 in {*payloads(second), *payloads(third)})
    assert purge() == (0, 0)
    assert not [flaw for flaw in verify() if flaw], "une pièce effacée à son heure n'est pas une pièce perdue"
    assert rederived(again(source)) == (3, 3)
    assert replay(again(source)).state == "complete"


def test_what_is_young_stays_and_so_does_what_waits_for_a_decision(reader: Flask, platform: Plain) -> None:
    for name in ("1", "2", "3"):
        platform.put(name)
    source = plain_source(platform)
    harvest(source, full=True)
    for name in ("1", "2", "3"):
        platform.put(name, title="Autre")
    harvest(source, full=True)
    later(days=600)
    assert purge() == (0, 0)
    platform.things.clear()
    held = harvest(source, full=True)
    assert held.state == "held"
    later(days=YEARS)
    before = payloads(held)
    purge()
    assert all(raw.holds(sha256) for sha256 in before)


def test_reading_again_what_was_purged_says_so_and_opens_no_issue(
    history: tuple[Source, Run, Run], platform: Plain
) -> None:
    source, first, _ = history
    platform.put("3", title="Encore une autre")
    harvest(source, full=True)
    purge()
    told = "a été effacée le 2029-02-02, son temps de garde étant passé"
    with pytest.raises(SourceDown, match=told):
        list(divergences(again(source), run_of(first.id)))
    closed = replay(again(source), run_of(first.id))
    assert closed.state in ("partial", "failed")
    assert told in str(closed.message)
    assert db.session.query(Issue).count() == 0


def test_a_payload_met_again_after_its_purge_is_kept_again(history: tuple[Source, Run, Run], platform: Plain) -> None:
    source, first, _ = history
    platform.put("3", title="Encore une autre")
    harvest(source, full=True)
    purge()
    for name in ("1", "2", "3"):
        platform.put(name)
    harvest(source, full=True)
    assert all(raw.holds(sha256) for sha256 in payloads(first))
    assert db.session.scalars(select(RawPayload.sha256).where(RawPayload.purged_on.is_not(None))).all() == []
    assert sweep() == (0, 0)
    assert rederived(again(source)) == (3, 3)
