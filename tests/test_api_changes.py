"""The change feed: a reader that follows it holds what the hub says, no more, no less (`push-api.md` §11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import Record
from hub.db import db
from hub.models import Facet, Source
from tests.make import RENNES, make_source, process, run


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
