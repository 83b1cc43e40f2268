"""What lists count, asked of the database, is what one counts in the things themselves; nothing is read for nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from connectors.base import Record
from hub.db import db
from hub.harvest.projection import STATES
from hub.models.demarche import is_component
from hub.models.thing import (
    EVERYTHING,
    RESEAU,
    Filter,
    Thing,
    counts_by_metropole,
    counts_by_state,
    number_of,
    read,
    things_of,
)
from hub.pages.demarches_contributions import CHUNK, contributions_of
from schemas.registry import KINDS
from tests.make import RENNES, make_source, process, run, thing
from tests.pages import items, sheet, words

FILTERS = (EVERYTHING, Filter(metropoles=(RESEAU,)), Filter(metropoles=("nantes",)), Filter(presence="present"))


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def owner(one: Thing) -> str:
    return one.metropole.slug if one.metropole else RESEAU


@pytest.fixture
def filled(app: Flask) -> Flask:
    """Three sources: two of metropoles that name their démarches alike, one of the network."""
    nantes, rennes = make_source(), make_source("essai-rennes", RENNES)
    network = make_source("essai-reseau", None)
    part = process("2", parent_id="1", state="terminee")
    run(nantes, [process("1"), part, process("3", state="terminee")])
    run(rennes, [process("1"), process("2", parent_id="1")])
    run(
        network, [process("9", state="annulee"), Record("document", "bilan", {"title": "Bilan", "type": "bilan"}, "L1")]
    )
    return app


@pytest.mark.parametrize("narrowed", FILTERS)
def test_counts_are_those_of_the_things_themselves(filled: Flask, narrowed: Filter) -> None:
    for kind in KINDS:
        found = read(things_of(kind, narrowed))
        assert db.session.execute(number_of(kind, narrowed)).scalar_one() == len(found)
        by_metropole = Counter(owner(one) for one in found)
        assert dict(iter(db.session.execute(counts_by_metropole(kind, narrowed)))) == by_metropole
        if kind in STATES:
            by_state = Counter(one.data.get(STATES[kind]) for one in found)
            assert dict(iter(db.session.execute(counts_by_state(kind, narrowed)))) == by_state


def test_components_are_counted_by_metropole_too(filled: Flask) -> None:
    counted = dict(iter(db.session.execute(counts_by_metropole("process", EVERYTHING, is_component()))))
    assert counted == {"nantes": 1, "rennes": 1}


def test_a_component_stands_under_the_demarche_of_its_own_source(filled: Flask) -> None:
    client = filled.test_client()
    text = words(client, "/demarches?metropole=rennes")
    assert text.count("composante de Démarche 1") == 1
    rows = items(client, "/demarches.json")
    assert [row["remote_id"] for row in rows if row.get("parent_id")] == ["2", "2"]
    assert len(sheet(client, "/demarches.csv")) == len(rows) == 6


@pytest.fixture
def crowded(sqlite_app: Flask) -> FlaskClient:
    """A démarche with more contributions than are held at once; the last ones that came have the first ranks."""
    ranked = {CHUNK + 1: 2, CHUNK + 2: 1}
    run(make_source(), [process("1"), *(contribution(rank, ranked.get(rank)) for rank in range(CHUNK + 3))])
    return sqlite_app.test_client()


def contribution(number: int, position: int | None) -> Record:
    data = {"title": f"Idée {number}", "type": "proposition", "process_id": "1"}
    return Record("contribution", str(number), data | ({"position": position} if position else {}), "L1")


def test_contributions_stand_by_rank_then_as_they_came_on_pages_and_in_exports(crowded: FlaskClient) -> None:
    address = f"/demarches/{thing('process', '1').id}"
    expected = [CHUNK + 2, CHUNK + 1, *range(CHUNK + 1)]
    titles = [f"Idée {number}" for number in expected]
    shown = [
        title
        for page in range(1, -(-len(titles) // 50) + 1)
        for title in re.findall(r"<h3>(Idée \d+)</h3>", crowded.get(f"{address}?page={page}").text)
    ]
    assert shown == titles
    for rows in (items(crowded, f"{address}.json"), sheet(crowded, f"{address}.csv")):
        assert [row["label"] for row in rows if row["part"] == "proposition"] == titles
    assert "Le récit Propositions" in words(crowded, address)
    assert "La suite donnée à ces contributions n'est pas transmise." in words(crowded, address)


def test_a_page_of_contributions_is_read_alone(crowded: FlaskClient) -> None:
    found = contributions_of(thing("process", "1"))
    assert len(found) == CHUNK + 3
    assert [one.title for one in found.on_page(2)][:2] == ["Idée 48", "Idée 49"]


def test_what_became_of_one_contribution_is_enough_to_say_that_it_is_transmitted(crowded: FlaskClient) -> None:
    followed = Record(
        "contribution", "999", {"title": "Suivie", "type": "avis", "process_id": "2", "status": "retenue"}
    )
    run(make_source("essai-2"), [process("2"), followed])
    found = contributions_of(thing("process", "2"))
    assert found.followed
    assert not found.only_proposals


def test_an_export_counts_nothing_that_only_its_page_shows(filled: Flask) -> None:
    client = filled.test_client()
    with statements() as page:
        client.get("/demarches")
    with statements() as export:
        client.get("/demarches.csv")
    assert any("GROUP BY" in statement for statement in page)
    assert not any("GROUP BY" in statement for statement in export)


def test_a_list_asks_as_few_questions_for_many_things_as_for_few(sqlite_app: Flask) -> None:
    client, source = sqlite_app.test_client(), make_source()
    asked = []
    for number in (3, 40):
        run(source, [process(str(each), parent_id="0") if each else process("0") for each in range(number)])
        with statements() as found:
            client.get("/demarches")
        asked.append(len(found))
    assert asked[0] == asked[1]
