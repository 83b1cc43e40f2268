"""The change feed: a reader that follows it holds what the hub says, no more, no less (`push-api.md` §11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import Record
from hub.benchmark.compute import refresh
from hub.contract import document
from hub.db import db
from hub.harvest.tick import tick
from hub.models import Change, Facet, Source
from hub.models.measure import measures_of
from hub.push.sandbox import reset
from hub.push.senders import Sender
from tests.harvesting import later
from tests.make import NANTES, RENNES, make_source, process, run
from tests.sending import demarche, send

YEARS = 3 * 366


def feed(client: FlaskClient, query: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """Every change, page after page."""
    found, after, more = [], "0", True
    while more:
        page = client.get(f"/api/v1/changes?limit={limit}&after={after}{query}").get_json()
        found += page["changes"]
        after, more = page["next"], page["more"]
    return found


def test_each_change_is_told_once_in_order(app: Flask, client: FlaskClient) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])
    run(source, [process("1", title="Autre"), process("2")])
    run(source, [Record("process", "2", {}, deleted=True)])
    run(source, [process("2")])
    told = [(change["op"], change["hub_id"]) for change in feed(client, limit=2)]
    one, two = (facet.hub_id for facet in db.session.query(Facet).order_by(Facet.remote_id))
    assert told == [("created", one), ("created", two), ("updated", one), ("gone", two), ("restored", two)]


def test_what_may_be_read_from_a_day_on_is_told_then_to_whoever_had_passed_it_over(
    app: Flask, client: FlaskClient
) -> None:
    tick()
    kept = Record("process", "2", {"title": "Demain", "state": "en_cours"}, public_on="2026-02-01")
    run(make_source(), [kept, process("1")])
    page = client.get("/api/v1/changes").get_json()
    assert [change["data"]["title"] for change in page["changes"]] == ["Démarche 1"]
    for hours in (6, 24, 1, 24):
        later(hours=hours)
        tick()
    further = client.get(f"/api/v1/changes?after={page['next']}").get_json()["changes"]
    assert [(change["op"], change["data"]["title"]) for change in further] == [("created", "Demain")]
    assert {change["data"]["title"] for change in feed(client)} == {"Démarche 1", "Demain"}


def test_the_feed_is_narrowed_by_kind_and_metropole(app: Flask, client: FlaskClient) -> None:
    run(make_source(), [process("1")])
    run(make_source("rennes", RENNES), [process("1")])
    assert [change["origin"]["source"] for change in feed(client, f"&siren={RENNES}")] == ["rennes"]
    assert feed(client, "&kind=stage") == []


@pytest.mark.postgresql_once
@pytest.mark.parametrize("query", ["after=x", "kind=inconnu", "limit=0", "autre=1", "after=1&after=2"])
def test_an_address_that_means_nothing_is_refused_in_french(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/changes?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def old_and_new(app: Flask) -> None:
    """Two things of Nantes told three years ago, of which one changed since, and a new day."""
    source = make_source()
    run(source, [process("1"), process("2")])
    refresh()
    later(app, days=YEARS)
    run(source, [process("1", title="Autre"), process("2")])
    tick()


def test_a_cursor_that_the_feed_no_longer_reaches_is_told_what_to_read_and_where_to_go_on(
    app: Flask, client: FlaskClient
) -> None:
    old_and_new(app)
    for query in ("", "?after=0", "?after=1", "?after=1&kind=process"):
        answer = client.get(f"/api/v1/changes{query}")
        told = answer.get_json()
        assert (answer.status_code, told["type"]) == (410, "/problems/flux_purge"), query
        assert "/api/v1/processes" in told["errors"][0]["how"]
        assert "after=2" in told["errors"][0]["how"]
    assert [change["seq"] for change in client.get("/api/v1/changes?after=2").get_json()["changes"]] == [3]
    assert client.get("/problems/flux_purge").status_code == 200
    assert "410" in document(app)["paths"]["/api/v1/changes"]["get"]["responses"]


def test_the_lists_and_what_is_left_of_the_feed_give_the_public_things(app: Flask, client: FlaskClient) -> None:
    old_and_new(app)
    copy = {item["id"]: item["data"] for item in client.get("/api/v1/processes").get_json()["items"]}
    run(make_source("rennes", RENNES), [process("3")])
    page = client.get("/api/v1/changes?after=2").get_json()
    copy |= {change["hub_id"]: change["data"] for change in page["changes"]}
    items = client.get("/api/v1/processes").get_json()["items"]
    assert copy == {item["id"]: item["data"] for item in items}
    assert len(copy) == 3


def test_a_feed_that_is_young_enough_is_whole(app: Flask, client: FlaskClient) -> None:
    run(make_source(), [process("1"), process("2")])
    refresh()
    later(app, days=725)
    tick()
    assert [change["seq"] for change in feed(client)] == [1, 2]


def test_the_last_change_stays_so_that_no_number_serves_twice(app: Flask, client: FlaskClient) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])
    reset(Sender(NANTES, sandbox="ESSAI"))  # tries come last, and go with the next reset
    refresh()
    later(app, days=YEARS)
    tick()
    reset(Sender(NANTES, sandbox="ESSAI"))
    run(source, [process("1", title="Autre"), process("2")])
    page = client.get("/api/v1/changes?after=2").get_json()
    assert [change["op"] for change in page["changes"]] == ["updated"]
    assert page["changes"][0]["seq"] > 2


def test_what_enters_after_a_sandbox_was_emptied_is_measured(app: Flask) -> None:
    source, tries = make_source(), Sender(NANTES, sandbox="ESSAI")
    run(source, [process("1", starts_on="2025")])
    send(*(demarche(str(rank)) for rank in range(20)), by=tries)
    refresh()
    reset(tries)  # SQLite gives the numbers of the tries that went to what comes next
    run(source, [process("1", starts_on="2025"), process("2", starts_on="2025")])
    refresh()
    assert [found.value for found in db.session.scalars(measures_of(["demarches"], [NANTES], ["2025"]))] == [2]


def test_what_measures_have_not_read_yet_is_not_removed(app: Flask, client: FlaskClient) -> None:
    source = make_source()
    refresh()
    run(source, [process("1"), process("2")])
    later(app, days=YEARS)
    run(source, [process("1", title="Autre"), process("2")])
    tick()
    assert db.session.query(Change).count() == 3, "l'horloge range avant de mesurer"
    later(app, days=1)
    tick()
    assert db.session.query(Change).count() == 1


def test_who_follows_a_quiet_metropole_is_never_behind(app: Flask, client: FlaskClient) -> None:
    run(make_source(), [process("1")])
    busy, after, told = make_source("rennes", RENNES), "0", []
    for year in range(4):
        run(busy, [process("1", title=f"Année {year}")])
        page = client.get(f"/api/v1/changes?siren={NANTES}&after={after}").get_json()
        told, after = [*told, *(change["seq"] for change in page["changes"])], page["next"]
        tick()
        later(app, days=400)
    assert client.get("/api/v1/changes").status_code == 410
    assert told == [1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["x", "y", None])), max_size=6))
def test_following_the_feed_from_the_start_gives_the_public_things(
    sqlite_app: Flask, histories: list[dict[str, str | None]]
) -> None:
    source = _fresh()
    for history in histories:
        run(source, [_said(remote_id, title) for remote_id, title in history.items()])
    client = sqlite_app.test_client()
    copy: dict[str, Any] = {}
    for change in feed(client, limit=3):
        copy[change["hub_id"]] = change["data"]
    mine = {hub_id for hub_id, data in copy.items() if data is not None}
    items = client.get("/api/v1/processes?limit=1000").get_json()["items"]
    assert {item["id"]: item["data"] for item in items} == {hub_id: copy[hub_id] for hub_id in mine}


def _said(remote_id: str, title: str | None) -> Record:
    if title is None:
        return Record("process", remote_id, {}, deleted=True)
    return process(remote_id, title=title)


def _fresh() -> Any:
    """A source of its own for each history: they share one database."""
    return make_source(f"essai-{db.session.query(Source).count()}")
