"""Pages of measures are kept for visitors until a measure, a record or a source moves; for members never."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.access.rights import COORDINATION
from hub.benchmark.compute import refresh
from hub.db import writing
from hub.models.measure import Mark
from hub.pages import kept
from tests.make import NANTES, make_source, measure, process, run
from tests.people import entered

PAGE = "/comparer?i=demarches&p=2025&v=tableau"


def shown(client: FlaskClient) -> str:
    return client.get(PAGE).text


def test_a_page_is_written_once_and_anew_when_a_record_moves(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    source = make_source()
    measure("demarches", NANTES, "2025", 12)
    first = shown(client)
    assert first == shown(client)
    assert len(sqlite_app.extensions["hub-pages"]) == 1
    run(source, [process("1", starts_on="2025"), process("2", starts_on="2025")])
    refresh()
    assert "au moins 2" in shown(client).replace("\u00a0", " ")


def test_what_moves_a_measure_alone_makes_a_new_page(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    make_source()
    shown(client)
    measure("demarches", NANTES, "2025", 12)
    with writing() as connection:
        connection.execute(Mark.__table__.insert().values(name=NANTES, said="autre"))
    assert ">12" in shown(client).replace("\n", "")


def test_nothing_is_kept_for_a_member(sqlite_app: Flask) -> None:
    make_source()
    member = entered(sqlite_app, COORDINATION)
    assert member.get(PAGE).status_code == 200
    assert not sqlite_app.extensions.get("hub-pages")


def test_only_so_many_pages_are_kept(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sqlite_app.test_client()
    make_source()
    measure("demarches", NANTES, "2025", 12)
    monkeypatch.setattr(kept, "MOST", 2)
    for view in ("tableau", "matrice", "points", "evolution"):
        client.get(f"/comparer?i=demarches&v={view}")
    assert len(sqlite_app.extensions["hub-pages"]) == 2
