"""`/metropoles/<slug>/proches`: whom to compare with, by territory alone (B19, B20)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from hub.benchmark.neighbourhood import DISTANCE, NUMBER, POPULATION, neighbourhood
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models import Metropole
from tests.conftest import ready
from tests.pages import hrefs, html_of, items, sheet, words

NANTES = ["strasbourg", "rennes", "tours", "clermont-auvergne", "montpellier"]
NONE = "Aucune métropole proche au seuil retenu."


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with the register of metropoles alone: these pages need no more."""
    for application in ready(tmp_path_factory.mktemp("neighbours") / "instance", ""):
        load_metropoles()
        yield application


@pytest.fixture
def visitor(registered: Flask) -> FlaskClient:
    return registered.test_client()


def test_the_neighbours_are_the_same_on_both_databases(app: Flask) -> None:
    load_metropoles()
    assert [one.slug for one in neighbourhood("nantes").nearest] == NANTES
    assert neighbourhood("grand-paris").nearest == []
    with pytest.raises(KeyError):
        neighbourhood("atlantide")


def test_b19_each_neighbour_has_its_distance_what_brings_closer_and_what_separates(visitor: FlaskClient) -> None:
    told = words(visitor, "/metropoles/nantes/proches")
    first, second = told[told.index("Strasbourg Distance") :].split("Rennes Distance")
    assert "Distance : 0,53" in first
    closer, apart = first.split("Ce qui sépare")
    assert "population municipale : 517 386 habitants, contre 683 981 (écart 0,35)" in closer
    assert "nombre de communes : 33 communes, contre 24 (écart 0,48)" in closer
    assert "part de la commune la plus peuplée : 56,4 %, contre 47,5 % (écart 0,7)" in apart
    assert second.startswith(" : 0,57")


def test_b19_the_files_hold_the_distances_of_the_page_and_say_why_others_are_left_out(visitor: FlaskClient) -> None:
    found = items(visitor, "/metropoles/nantes/proches.json")
    assert [row["neighbour"] for row in found if row["kept"]] == NANTES
    assert [round(row["distance"], 3) for row in found[:5]] == [0.530, 0.573, 0.602, 0.620, 0.622]
    reasons = {row["neighbour"]: row.get("reason") for row in found}
    assert (reasons["rennes"], reasons["orleans"]) == (None, NUMBER)
    assert (reasons["metz"], reasons["lyon"]) == (POPULATION, DISTANCE)
    assert found[0]["closer"] == ["population", "communes"]
    assert found[0]["main_commune_share"] == 0.5638
    assert all("inférée" in row["source"] and row["population_year"] == 2023 for row in found)
    table = sheet(visitor, "/metropoles/nantes/proches.csv")
    assert [row["neighbour"] for row in table] == [row["neighbour"] for row in found]
    assert [float(row["distance"]) for row in table] == [row["distance"] for row in found]


def test_b19_a_neighbour_leads_to_the_comparison_with_it_and_with_all(visitor: FlaskClient) -> None:
    found = hrefs(visitor, "/metropoles/nantes/proches")
    assert "/comparer?m=nantes&m=strasbourg" in found
    assert "/comparer?" + "&".join(f"m={slug}" for slug in ("nantes", *NANTES)) in found
    assert visitor.get("/comparer?m=nantes&m=strasbourg").status_code == 200


def test_b20_grand_paris_has_none_and_is_offered_the_whole_network(visitor: FlaskClient) -> None:
    told = words(visitor, "/metropoles/grand-paris/proches")
    assert NONE in told
    assert "La moins éloignée, Aix-Marseille-Provence, est à une distance de 1,23 ; le seuil est 1." in told
    assert "/comparer" in hrefs(visitor, "/metropoles/grand-paris/proches")
    assert not any(row["kept"] for row in items(visitor, "/metropoles/grand-paris/proches.json"))


def test_an_ept_is_placed_and_is_nobodys_neighbour(visitor: FlaskClient) -> None:
    told = words(visitor, "/metropoles/plaine-commune/proches")
    assert "établissement public territorial, inclus dans Grand Paris" in told
    found = items(visitor, "/metropoles/plaine-commune/proches.json")
    assert [row["neighbour"] for row in found if row["kept"]] == [
        "toulon-provence-mediterranee",
        "grand-nancy",
        "orleans",
    ]
    assert len(found) == 21
    assert "grand-paris" not in {row["neighbour"] for row in found}
    for slug in ("toulon-provence-mediterranee", "grand-paris"):
        others = {row["neighbour"] for row in items(visitor, f"/metropoles/{slug}/proches.json")}
        assert len(others) == 21
        assert "plaine-commune" not in others


def test_a_siren_leads_to_the_name_and_what_does_not_exist_is_said(visitor: FlaskClient) -> None:
    moved = visitor.get("/metropoles/244400404/proches")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/metropoles/nantes/proches")
    assert visitor.get("/metropoles/atlantide/proches").status_code == 404
    assert visitor.get("/metropoles/nantes/proches?tri=distance").status_code == 400


def test_the_portrait_leads_to_the_neighbours(visitor: FlaskClient) -> None:
    assert "/metropoles/nantes/proches" in hrefs(visitor, "/metropoles/nantes")
    assert "Nantes, 47,5 % des habitants" in words(visitor, "/metropoles/nantes")


def test_a_register_read_before_it_had_the_share_places_nobody_and_says_so(sqlite_app: Flask) -> None:
    load_metropoles()
    with writing() as connection:
        connection.execute(update(Metropole).values(main_commune_share=None))
    db.session.expire_all()
    told = words(sqlite_app.test_client(), "/metropoles/nantes/proches")
    assert NONE in told
    assert "il faut au moins 3 variables" in told
    assert items(sqlite_app.test_client(), "/metropoles/nantes/proches.json") == []


def test_one_that_is_near_but_of_another_size_is_said_to_be(sqlite_app: Flask) -> None:
    load_metropoles()
    with writing() as connection:
        connection.execute(update(Metropole).where(Metropole.slug != "nantes").values(population=1_800_000))
        connection.execute(update(Metropole).where(Metropole.slug == "nantes").values(population=700_000))
        connection.execute(update(Metropole).where(Metropole.slug == "grand-paris").values(population=90_000_000))
    found = neighbourhood("nantes")
    assert found.ranked[0].distance < 1
    assert found.reason(found.ranked[0]) == POPULATION
    assert "sa population est trop différente" in words(sqlite_app.test_client(), "/metropoles/nantes/proches")


def test_names_are_escaped(sqlite_app: Flask) -> None:
    load_metropoles()
    with writing() as connection:
        connection.execute(update(Metropole).where(Metropole.slug == "rennes").values(short_name="<b>Rennes</b>"))
    html = html_of(sqlite_app.test_client(), "/metropoles/nantes/proches")
    assert "<b>Rennes</b>" not in html
    assert "&lt;b&gt;Rennes&lt;/b&gt;" in html
