"""Guards and decisions: a change too large waits for a person, and nothing of it shows (`harvest.md` §10)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.errors import BadQuery, BusySource
from hub.harvest.holds import allow_once, approve, differences, held_run, reject
from hub.harvest.perform import start
from hub.models import Decision, Facet, Run, RunSeen, Source
from hub.models.run import Issue
from tests.harvesting import again, change, harvest, in_force, later, notices, plain_source, presences, run_of, titles
from tests.platforms.plain import Plain


def filled(platform: Plain, number: int, **data: Any) -> Source:
    platform.size = 100
    for rank in range(1, number + 1):
        platform.put(str(rank), **data)
    source = plain_source(platform)
    assert harvest(source, full=True).state == "complete"
    later(days=1)
    return source


def guards(run: Run) -> list[str]:
    return sorted({verdict["guard"] for verdict in run.verdicts})


def voices(platform: Plain, number: int, votes: int | None) -> None:
    for rank in range(1, number + 1):
        state = {} if votes is not None else {"votes_state": "masque"}
        platform.put(f"v{rank}", kind="contribution", process_id="1", type="proposition", votes=votes, **state)


@pytest.mark.parametrize(
    ("before", "removed", "expected"),
    [(1, 1, ["vide"]), (15, 4, []), (15, 5, ["chute"]), (16, 5, []), (100, 33, []), (100, 34, ["chute"])],
)
def test_a_loss_is_held_at_its_bound_and_not_just_below(
    sqlite_reader: Flask, platform: Plain, before: int, removed: int, expected: list[str]
) -> None:
    source = filled(platform, before)
    platform.remove(*list(platform.things)[:removed])
    run = harvest(source, full=True)
    assert (guards(run), run.state) == (expected, "held" if expected else "complete")


@pytest.mark.parametrize(
    ("before", "added", "expected"), [(50, 50, []), (50, 51, ["hausse"]), (10, 49, []), (10, 50, ["hausse"])]
)
def test_a_gain_is_held_at_its_bound_and_not_just_below(
    sqlite_reader: Flask, platform: Plain, before: int, added: int, expected: list[str]
) -> None:
    source = filled(platform, before)
    for rank in range(added):
        platform.put(f"n{rank}")
    assert guards(harvest(source, full=True)) == expected


def test_a_first_run_is_never_too_large(sqlite_reader: Flask, platform: Plain) -> None:
    filled(platform, 200)
    assert len(presences()) == 200


@pytest.mark.parametrize(("renamed", "expected"), [(4, []), (5, []), (6, ["identifiants"])])
def test_other_identifiers_are_held(sqlite_reader: Flask, platform: Plain, renamed: int, expected: list[str]) -> None:
    source = filled(platform, 100)
    for rank in range(1, renamed + 1):
        platform.things[str(rank)] = {**platform.things[str(rank)], "id": f"n{rank}"}
    assert guards(harvest(source, full=True)) == expected


@pytest.mark.parametrize(("left", "expected"), [(4, []), (3, ["champ_perdu"])])
def test_a_field_lost_is_held(sqlite_reader: Flask, platform: Plain, left: int, expected: list[str]) -> None:
    source = filled(platform, 10, starts_on="2025")
    for rank in range(left + 1, 11):
        platform.put(str(rank))
    assert guards(harvest(source, full=True)) == expected


@pytest.mark.parametrize(
    ("votes", "expected"), [(50, []), (49, ["chiffres"]), (0, ["chiffres"]), (None, ["champ_perdu"])]
)
def test_figures_that_collapse_are_held(
    sqlite_reader: Flask, platform: Plain, votes: int | None, expected: list[str]
) -> None:
    platform.put("1")
    platform.size = 100
    voices(platform, 4, 100)
    source = plain_source(platform)
    harvest(source, full=True)
    voices(platform, 4, votes)
    assert guards(harvest(source, full=True)) == expected


@pytest.mark.parametrize(("number", "rewritten", "expected"), [(20, 18, []), (20, 19, ["reecriture"]), (19, 19, [])])
def test_a_whole_rewriting_is_held(
    sqlite_reader: Flask, platform: Plain, number: int, rewritten: int, expected: list[str]
) -> None:
    source = filled(platform, number)
    for rank in range(1, rewritten + 1):
        platform.put(str(rank), title="Réécrite")
    assert guards(harvest(source, full=True)) == expected


@pytest.mark.parametrize(("number", "bad", "expected"), [(20, 4, []), (25, 5, []), (24, 5, ["problemes"]), (4, 4, [])])
def test_too_many_problems_are_held(
    sqlite_reader: Flask, platform: Plain, number: int, bad: int, expected: list[str]
) -> None:
    source = filled(platform, number)
    for rank in range(1, bad + 1):
        platform.put(str(rank), ends_on="2026-02-31")
    assert guards(harvest(source, full=True)) == expected


@pytest.mark.parametrize(("rows", "expected"), [(3, []), (2, ["attendu"]), (5, []), (6, ["attendu"])])
def test_a_source_may_say_how_many_rows_it_has(
    sqlite_reader: Flask, platform: Plain, rows: int, expected: list[str]
) -> None:
    for rank in range(rows):
        platform.put(str(rank))
    source = plain_source(platform, thresholds={"expect": {"min_rows": 3, "max_rows": 5}})
    assert guards(harvest(source, full=True)) == expected


def test_a_source_may_have_its_own_bounds(sqlite_reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    change(source, thresholds={"chute_share": 0.5})
    platform.remove(*list(platform.things)[:10])
    assert guards(harvest(source, full=True)) == []


def test_an_empty_answer_changes_nothing_that_shows(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 3)
    client = reader.test_client()
    pages = ("/api/v1/processes", "/demarches/", "/")
    before = [client.get(page).data for page in pages]
    platform.things.clear()
    assert harvest(source, full=True).state == "held"
    assert [client.get(page).data for page in pages] == before
    assert notices() == ["Moisson en attente de décision"] * 2


def test_a_rejected_run_leaves_everything_as_it_was(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.put("1", title="")
    harvest(source, full=True)
    before = in_force()
    known = db.session.scalars(select(Issue.fingerprint).where(Issue.state == "open")).all()
    platform.remove(*list(platform.things)[1:])
    platform.put("2", title="")
    held = harvest(source, full=True)
    reject(held, "Une agente", "Panne")
    after = in_force()
    assert {**after, "notices": [], "versions": []} == {**before, "notices": [], "versions": []}
    assert db.session.scalars(select(Issue.fingerprint).where(Issue.state == "open")).all() == known
    assert db.session.query(RunSeen).count() == 0
    assert db.session.scalars(select(Decision.action)).all() == ["reject"]
    assert run_of(held.id).state == "rejected"


def test_a_decision_needs_a_motive_and_is_taken_once(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.remove(*list(platform.things)[:10])
    held = harvest(source, full=True)
    with pytest.raises(BadQuery, match="motif"):
        approve(held, "Une agente", " ")
    approve(held, "Une agente", "Ménage voulu")
    with pytest.raises(BadQuery, match="n'attend pas"):
        reject(held, "Une autre", "Non")
    assert run_of(held.id).state == "complete"


def test_an_approved_run_is_the_new_reference(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.now = "2026-01-05T00:00:00Z"
    platform.put("1", title="Autre")
    platform.remove(*list(platform.things)[1:])
    held = harvest(source, full=True)
    walked = held.closed_at
    assert [each.change for each in differences(held)].count("missing") == 19
    later(days=3)
    approve(held, "Une agente", "Ménage voulu")
    now = again(source)
    assert (now.good_run_id, now.cursor, now.full_at) == (held.id, "2026-01-05T00:00:00Z", walked)
    assert sorted(presences().values()) == ["not_seen"] * 19 + ["present"]
    assert titles()["1"] == "Autre"
    following = harvest(source, full=True)
    assert (following.state, following.verdicts) == ("complete", [])
    later(days=8)
    assert harvest(source, full=True).counts["gone"] == 19


def test_a_run_is_not_approved_while_its_source_is_read(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.remove(*list(platform.things)[:10])
    held = harvest(source, full=True)
    start(again(source), "person", full=True)
    with pytest.raises(BusySource, match="décidez quand"):
        approve(held, "Une agente", "Ménage voulu")
    assert run_of(held.id).state == "held"


def test_guards_allowed_once_are_off_for_one_run(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.remove(*list(platform.things)[:10])
    allow_once(harvest(source, full=True), "Une agente", "Ménage voulu")
    assert harvest(source, full=True).state == "complete"
    platform.remove(*list(platform.things)[:9])
    assert harvest(source, full=True).state == "held"


def test_guards_allowed_once_are_on_again_after_a_day(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.remove(*list(platform.things)[:10])
    allow_once(harvest(source, full=True), "Une agente", "Ménage voulu")
    later(hours=25)
    assert harvest(source, full=True).state == "held"


def test_a_later_good_run_takes_the_place_of_a_held_one(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    kept = dict(platform.things)
    platform.remove(*list(platform.things)[:10])
    held = harvest(source, full=True)
    platform.things = kept
    assert harvest(source, full=True).state == "complete"
    assert (run_of(held.id).state, held_run(source)) == ("superseded", None)


def test_a_source_held_each_night_has_one_run_to_decide_on_and_is_told_of_once(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 20)
    platform.remove(*list(platform.things)[:10])
    runs = []
    for _ in range(5):
        runs.append(harvest(source, full=True).id)
        later(days=1)
    assert [run_of(run_id).state for run_id in runs] == ["superseded"] * 4 + ["held"]
    assert notices("metropole") == ["Moisson en attente de décision"]


def test_things_missed_before_are_no_news_for_the_guards(reader: Flask, platform: Plain) -> None:
    source = filled(platform, 10)
    platform.remove(*list(platform.things)[:3])
    assert harvest(source, full=True).state == "complete"
    platform.remove(*list(platform.things)[:2])
    assert harvest(source, full=True).state == "complete"
    assert db.session.query(Facet).where(Facet.presence == "not_seen").count() == 5
