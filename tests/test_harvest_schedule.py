"""When sources are read, and who decided that they may be (`harvest.md` §2, §5)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from hub.clock import PARIS, iso
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.founding import load_register
from hub.harvest.perform import perform, start
from hub.harvest.queue import claim
from hub.harvest.registry import edit, propose, step
from hub.harvest.runs import Opening, open_run
from hub.harvest.schedule import due_after, is_late
from hub.harvest.tick import tick
from hub.models import Decision, Run, Source
from tests.harvesting import again, alone, change, later, plain_source, run_of
from tests.make import NANTES
from tests.platforms import plain
from tests.platforms.plain import Plain


def starts() -> list[str]:
    """The instants at which runs were queued, after closing those that are open."""
    while lease := claim():
        from_queue(lease.run_id)
    return list(db.session.scalars(select(Run.queued_at).order_by(Run.id)))


def from_queue(run_id: int) -> None:
    run = run_of(run_id)
    run.state, run.closed_at = "complete", run.queued_at
    db.session.commit()


def proposed(app: Flask, slug: str = "essai", url: str = "https://exemple.fr/x", **row: object) -> Source:
    load_register()
    values = {"slug": slug, "siren": NANTES, "name": slug, "connector": plain.NAME, "url": url}
    return propose(values | row, "Une agente")


def test_twenty_three_daily_sources_never_start_together_nor_at_midnight(sqlite_reader: Flask) -> None:
    sqlite_reader.config["WINDOW"] = "23:00-01:00"
    for rank in range(23):
        step(proposed(sqlite_reader, f"essai-{rank}", f"https://exemple.fr/{rank}"), "accept", "Une", frequency="daily")
    db.session.rollback()
    slots = Counter(db.session.scalars(select(Source.slot).where(Source.slot.is_not(None))))
    assert (sum(slots.values()), max(slots.values()), slots[0]) == (23, 1, 0)


@pytest.mark.parametrize("change_day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("slot", [60, 90, 119, 120, 150, 179, 180, 299])
def test_each_night_of_a_clock_change_has_one_run(sqlite_reader: Flask, change_day: date, slot: int) -> None:
    source = Source(slug="essai", frequency="daily", slot=slot)
    instant = datetime.combine(change_day - timedelta(days=2), datetime.min.time(), PARIS).astimezone(UTC)
    days = []
    for _ in range(5):
        instant = datetime.fromisoformat(due_after(source, instant) or "")
        days.append(instant.astimezone(PARIS).date() - change_day)
    assert [day.days for day in days] == [-2, -1, 0, 1, 2]


@pytest.mark.parametrize(
    ("frequency", "number"), [("hourly", 24 * 28), ("six_hours", 4 * 28), ("daily", 28), ("weekly", 4), ("monthly", 1)]
)
def test_each_frequency_has_its_number_of_runs(sqlite_reader: Flask, frequency: str, number: int) -> None:
    source = Source(slug="essai", frequency=frequency, slot=90)
    begin = instant = datetime(2026, 2, 1, tzinfo=UTC)
    seen = 0
    while (instant := datetime.fromisoformat(due_after(source, instant) or "")) < begin + timedelta(days=28):
        seen += 1
    assert seen == number


def test_thirty_days_of_ticks_read_each_source_each_night(reader: Flask) -> None:
    for rank, frequency in enumerate(("daily", "daily", "weekly", "manual")):
        source = proposed(reader, f"essai-{rank}", f"https://exemple.fr/{rank}")
        step(source, "accept", "Une coordinatrice", frequency=frequency)
    alone()
    for _ in range(30 * 8):
        tick()
        starts()
        later(hours=3)
    runs = Counter(db.session.scalars(select(Source.slug).join(Run, Run.source_id == Source.id)))
    assert runs == {"essai-0": 30, "essai-1": 30, "essai-2": runs["essai-2"]}
    assert runs["essai-2"] in (4, 5)


def test_after_a_stop_of_the_hub_the_late_ones_start_once_within_the_hour(reader: Flask) -> None:
    for rank in range(6):
        source = proposed(reader, f"essai-{rank}", f"https://exemple.fr/{rank}")
        step(source, "accept", "Une coordinatrice", frequency="daily")
    alone()
    later(days=5)
    instants = []
    for _ in range(70):
        tick()
        instants += [queued for queued in starts() if queued == reader.config["CLOCK"]]
        later(minutes=1)
    assert len(instants) == 6
    assert len({*instants}) > 2
    assert max(instants) <= "2026-02-05T13:01:00Z"


def test_a_source_without_its_connector_does_not_stop_the_others(reader: Flask) -> None:
    for rank in range(2):
        step(proposed(reader, f"essai-{rank}", f"https://exemple.fr/{rank}"), "accept", "Une", frequency="daily")
    change(db.session.scalars(select(Source).where(Source.slug == "essai-0")).one(), connector="disparu", slot=61)
    later(hours=15)
    tick()
    later(hours=2)
    tick()
    assert len(starts()) == 1


def test_a_deposit_killed_half_way_does_not_stop_the_schedule(reader: Flask, platform: Plain) -> None:
    source = plain_source(platform)
    dead = open_run(source, Opening("upload", "upload", "fichier", "1.0", raw_sha256="x" * 64))
    run_id = start(again(source), "schedule")
    assert (run_of(dead.run_id).state, run_of(run_id).state) == ("failed", "queued")


def test_a_source_without_a_good_run_for_two_periods_is_late(sqlite_reader: Flask) -> None:
    source = Source(slug="essai", frequency="daily", slot=90, state="accepted")
    instant = datetime(2026, 2, 3, 12, tzinfo=UTC)
    assert not is_late(source, iso(instant - timedelta(hours=48)), instant)
    assert is_late(source, iso(instant - timedelta(hours=48, seconds=1)), instant)


def test_only_an_accepted_source_is_read(reader: Flask) -> None:
    source = proposed(reader)
    for action in ("accept", "pause", "stop"):
        if again(source).state in ("pending", "stopped"):
            with pytest.raises(BadQuery, match="n'est pas acceptée"):
                start(again(source), "cli")
            change(source, next_due="2020-01-01T00:00:00Z", frequency="daily")
            tick()
            assert claim() is None
        source = step(again(source), action, "Une coordinatrice")
    with pytest.raises(BadQuery, match="n'est pas acceptée"):
        start(again(source), "cli")


def test_a_refusal_needs_its_motive(reader: Flask) -> None:
    source = proposed(reader)
    with pytest.raises(BadQuery, match="Indiquez le motif du refus"):
        step(source, "refuse", "Une coordinatrice", "  ")
    refused = step(again(source), "refuse", "Une coordinatrice", "Licence inconnue")
    assert refused.state == "refused"
    kept = db.session.execute(select(Decision.actor, Decision.action, Decision.motive).order_by(Decision.id)).all()
    assert [tuple(row) for row in kept] == [
        ("Une agente", "propose", None),
        ("Une coordinatrice", "refuse", "Licence inconnue"),
    ]


@pytest.mark.parametrize("url", ["https://exemple.fr/x", "http://EXEMPLE.fr:80/x/", "https://exemple.fr:443/x"])
def test_one_place_is_one_source(reader: Flask, url: str) -> None:
    proposed(reader)
    with pytest.raises(BadQuery, match="lit déjà cette adresse"):
        proposed(reader, "autre", url)
    other = proposed(reader, "autre", "https://exemple.fr/y")
    with pytest.raises(BadQuery, match="lit déjà cette adresse"):
        edit(other, {"url": url}, "Une agente")


def test_two_lists_of_one_address_are_two_sources(reader: Flask) -> None:
    proposed(reader, "un", "https://exemple.fr/x?jeu=a")
    assert proposed(reader, "deux", "https://exemple.fr/x?jeu=b").state == "pending"


def test_a_stopped_source_is_not_accepted_again_beside_the_one_that_replaced_it(reader: Flask) -> None:
    old = step(step(proposed(reader), "accept", "Une"), "stop", "Une")
    proposed(reader, "nouvelle")
    with pytest.raises(BadQuery, match="lit déjà cette adresse"):
        step(again(old), "accept", "Une")


def test_another_address_calls_for_a_new_acceptance_and_a_full_walk_another_rhythm_does_not(reader: Flask) -> None:
    source = step(proposed(reader), "accept", "Une coordinatrice", frequency="daily")
    change(source, cursor="2026-01-01", full_at="2026-01-30T00:00:00Z")
    assert (
        edit(again(source), {"frequency": "weekly", "contacts": {"metropole": "a@exemple.fr"}}, "Une").state
        == "accepted"
    )
    moved = edit(again(source), {"url": "https://exemple.fr/z"}, "Une agente")
    assert (moved.state, moved.next_due, moved.cursor, moved.full_at) == ("pending", None, None, None)


@pytest.mark.postgresql_once
@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://exemple.fr", "https://a:b@exemple.fr", "http://[::1]/"])
def test_an_inner_or_strange_address_is_refused_in_words(app: Flask, url: str) -> None:
    with pytest.raises(BadQuery, match="adresse"):
        propose({"slug": "x", "siren": None, "name": "x", "connector": "consul", "url": url}, "Une agente")


def test_the_clock_never_closes_what_its_own_process_is_reading(reader: Flask, platform: Plain) -> None:
    platform.put("1")
    run_id = start(plain_source(platform), "person")
    with writing() as connection:
        connection.execute(update(Run).where(Run.id == run_id).values(attempt=2))
    lease = claim(run_id)
    assert lease is not None
    tick()
    assert run_of(run_id).state == "running"
    assert perform(lease) == "complete"
