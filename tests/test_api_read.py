"""The read API: filters, cursor, shape of an item, errors as problems."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from schemas import hub_id
from tests.make import RENNES, make_source, process, run, thing

LIST_OF_KINDS = (
    "processes", "stages", "contributions", "meetings", "observations", "commitments", "deliberations", "documents",
)  # fmt: skip


@pytest.fixture
def two_sources(app: Flask) -> None:
    """Five démarches of Nantes, one of Rennes, one of the network."""
    nantes = make_source("nantes")
    years = {"1": "2019", "2": "2020-05", "3": "2021-05-01", "4": "2021"}
    run(nantes, [process(name, starts_on=day) for name, day in years.items()] + [process("5", state="terminee")])
    run(make_source("rennes", RENNES), [process("1", starts_on="2018", ends_on="2022")])
    run(make_source("reseau", None), [process("metrokawa")])


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.json
    return answer.json


def found(client: FlaskClient, query: str) -> set[tuple[str, str]]:
    return {(item["source"], item["remote_id"]) for item in get(client, f"/api/v1/processes?{query}")["items"]}


@pytest.mark.usefixtures("two_sources")
def test_an_item_says_what_it_is_whose_it_is_and_where_it_comes_from(client: FlaskClient) -> None:
    identifier = thing("process", "5").id
    item = get(client, f"/api/v1/processes/{identifier}")
    assert item == {
        "id": identifier,
        "kind": "process",
        "metropole": {"siren": "244400404", "slug": "nantes", "name": "Nantes Métropole"},
        "source": "nantes",
        "remote_id": "5",
        "data": {"title": "Démarche 5", "state": "terminee"},
        "presence": "present",
        "provenance": {
            "run": "run-000001",
            "writer": "harvest",
            "url": None,
            "read_at": "2026-01-31T12:00:00Z",
            "raw": None,
            "pointer": "L1",
            "connector": "essai",
            "version": "1.0",
        },
    }


@pytest.mark.usefixtures("two_sources")
def test_the_networks_own_things_have_no_metropole(client: FlaskClient) -> None:
    (item,) = get(client, "/api/v1/processes?metropole=reseau")["items"]
    assert (item["metropole"], item["source"]) == (None, "reseau")


@pytest.mark.usefixtures("two_sources")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("metropole=nantes", {("nantes", n) for n in "12345"}),
        ("metropole=244400404&year=2021", {("nantes", "3"), ("nantes", "4")}),
        ("source=rennes", {("rennes", "1")}),
        ("state=terminee", {("nantes", "5")}),
        ("year=2020", {("nantes", "2"), ("rennes", "1")}),
        ("presence=gone", set()),
    ],
)
def test_filters_narrow_and_combine(client: FlaskClient, query: str, expected: set[tuple[str, str]]) -> None:
    assert found(client, query) == expected
    assert get(client, f"/api/v1/processes?{query}")["total"] == len(expected)


@pytest.mark.usefixtures("two_sources")
def test_pages_follow_each_other_without_loss_or_repeat(client: FlaskClient) -> None:
    path, seen = "/api/v1/processes?limit=2&presence=present", []
    while path:
        page = get(client, path)
        assert page["total"] == 7
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert len(set(seen)) == 7
    assert seen == [item["id"] for item in get(client, "/api/v1/processes?presence=present")["items"]]


def test_what_is_new_stands_behind_what_was_read_already(app: Flask, client: FlaskClient) -> None:
    run(make_source(), [process(str(rank)) for rank in range(4)])
    first = get(client, "/api/v1/processes?limit=2")
    run(make_source("seconde"), [process(str(rank)) for rank in range(40)])
    seen, path = [item["id"] for item in first["items"]], first["next"]
    while path:
        page = get(client, path)
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 44


@pytest.mark.usefixtures("two_sources")
def test_a_page_beyond_the_last_thing_is_empty_and_still_says_how_many_there_are(client: FlaskClient) -> None:
    assert get(client, "/api/v1/processes?metropole=nantes&after=999999999") == {
        "items": [],
        "next": None,
        "total": 5,
    }


def test_a_gone_thing_leaves_lists_and_keeps_its_address(app: Flask, client: FlaskClient) -> None:
    source = make_source()
    run(source, [process("1")])
    identifier = thing("process", "1").id
    run(source, [Record("process", "1", {}, deleted=True)])
    assert get(client, "/api/v1/processes")["items"] == []
    assert get(client, f"/api/v1/processes/{identifier}")["presence"] == "gone"


def test_what_is_not_public_yet_is_in_no_answer(app: Flask, client: FlaskClient) -> None:
    source = make_source()
    run(
        source,
        [
            Record("process", "pairs", {"title": "x"}, diffusion="pairs"),
            Record("process", "demain", {"title": "x"}, public_on="2026-02-01"),
            Record("process", "hier", {"title": "x"}, public_on="2026-01-30"),
        ],
    )
    page = get(client, "/api/v1/processes")
    assert ([item["remote_id"] for item in page["items"]], page["total"]) == (["hier"], 1)
    assert client.get(f"/api/v1/processes/{thing_id('pairs')}").status_code == 404


def thing_id(remote_id: str) -> str:
    return hub_id("essai-nantes", "process", remote_id)


@pytest.mark.postgresql_once
@pytest.mark.parametrize("plural", LIST_OF_KINDS)
def test_every_kind_answers_even_when_it_is_empty(client: FlaskClient, plural: str) -> None:
    assert get(client, f"/api/v1/{plural}") == {"items": [], "next": None, "total": 0}


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    "path",
    [
        "processes?limit=0", "processes?limit=1001", "processes?limit=dix", "processes?year=21", "processes?year=²⁰²¹",
        "processes?after=ABC", "processes?presence=morte", "processes?metropole=999999999", "processes?source=inconnue",
        "processes?metropole=", "processes?metropole=999999999&after=999999999", "processes?source=x&year=2021",
        "processes?titre=x", "processes?year=2020&year=2021", "processes?limit=99999999999999999999",
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_a_problem_in_french(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    name = re.split(r"[?=]", path)[1]
    assert name in answer.get_json(force=True)["detail"]


@pytest.mark.postgresql_once
@pytest.mark.parametrize("path", ["processes/0000000000000", "metropoles/atlantide", "rien", "processes/../../etc"])
def test_what_does_not_exist_is_a_problem_never_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    if answer.request.path.startswith("/api/"):
        assert answer.mimetype == "application/problem+json"


def test_writing_to_the_read_api_is_refused_with_what_is_allowed(client: FlaskClient) -> None:
    answer = client.post("/api/v1/processes")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


def test_the_register_of_metropoles_is_served_with_populations_and_their_year(app: Flask, client: FlaskClient) -> None:
    make_source()
    page = get(client, "/api/v1/metropoles")
    assert page["total"] == 23
    paris = {item["slug"]: item for item in page["items"]}
    assert paris["plaine-commune"]["within"] == paris["grand-paris"]["siren"]
    assert all(item["population"] > 0 and item["population_year"] == 2023 for item in page["items"])
    assert get(client, "/api/v1/metropoles/244400404") == get(client, "/api/v1/metropoles/nantes")


def test_the_free_text_of_a_contribution_is_never_exported(app: Flask, client: FlaskClient) -> None:
    data = {"process_id": "1", "type": "proposition", "title": "Une piste cyclable", "body": "Texte libre."}
    run(make_source(), [process("1"), Record("contribution", "c", data)])
    (item,) = get(client, "/api/v1/contributions")["items"]
    assert item["data"] == {"process_id": "1", "type": "proposition", "title": "Une piste cyclable"}
