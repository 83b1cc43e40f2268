"""The profile of a portrait: a value among comparable ones, nothing drawn for few, nothing ranked, absences said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from hub.db import db, writing
from tests.make import NANTES, RENNES, make_source, measure
from tests.pages import between, content, items, plain, sheet, words
from tests.test_pages_donnees import declare

LYON, LILLE, PARIS, PLAINE, METZ = "200046977", "200093201", "200054781", "200057867", "200039865"
"""Grand Paris holds Plaine Commune."""
OTHERS = (RENNES, LYON, LILLE, METZ)
ADDRESS = "/metropoles/nantes"


def known(indicator: str, **values: Any) -> None:
    """Store what Nantes and four others are known for, one tenth apart."""
    for rank, siren in enumerate((NANTES, *OTHERS)):
        share = {"numerator": rank + 1.0, "denominator": 10.0} | values
        measure(indicator, siren, "2025", (rank + 1) / 10, **share)


def rows_of(client: FlaskClient, address: str = ADDRESS) -> dict[str, str]:
    """What is said of each indicator in the profile, its drawing aside."""
    html = between(content(client, address), 'id="profil"', 'id="identite"')
    found = re.findall(r'<tr role="row">(<th scope="row".*?)</tr>', html, re.S)
    return {plain(row.split("</th>")[0]): plain(row.split("</th>")[1]) for row in found}


@pytest.fixture
def visit(sqlite_app: Flask) -> FlaskClient:
    """A visitor of a hub that knows its metropoles."""
    make_source()
    return sqlite_app.test_client()


def test_a_value_stands_among_five_comparable_ones_with_its_range_and_median(visit: FlaskClient) -> None:
    known("reponse_part")
    html = content(visit, ADDRESS)
    assert rows_of(visit)["Avis ayant reçu une réponse"].startswith("10 % (p) A 1 sur 10 5 métropoles comparables")
    assert "médiane 30 %, la moitié centrale de 20 % à 40 %, toutes de 10 % à 50 %." in plain(html)
    drawing = between(html, '<div class="strip">', "</div>")
    ring = re.search(r'class="ring" cx="([\d.]+)%"', drawing)
    low = re.search(r'<line x1="([\d.]+)%" x2="([\d.]+)%" y1="13"', drawing)
    assert ring
    assert low
    assert ring[1] == low[1]  # the lowest of the network is this one


def test_with_four_comparable_values_nothing_is_drawn(visit: FlaskClient) -> None:
    known("reponse_part")
    with writing() as connection:
        connection.exec_driver_sql("UPDATE measure SET grade = 'C' WHERE siren = ?", (LYON,))
    assert '<div class="strip">' not in content(visit, ADDRESS)
    assert "4 métropoles comparables : il en faut 5" in rows_of(visit)["Avis ayant reçu une réponse"]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [("grade", "C", "À lire avec prudence"), ("qualifier", "au_moins", "Valeur bornée")],
)
def test_a_value_that_does_not_compare_is_shown_and_not_placed(
    visit: FlaskClient, column: str, value: str, why: str
) -> None:
    known("reponse_part")
    measure("reponse_part", PARIS, "2025", 0.6)
    with writing() as connection:
        connection.exec_driver_sql(f"UPDATE measure SET {column} = ? WHERE siren = ?", (value, NANTES))
    assert '<div class="strip">' not in content(visit, ADDRESS)
    assert why in rows_of(visit)["Avis ayant reçu une réponse"]


def test_a_count_compares_by_inhabitants_and_shows_what_was_counted(visit: FlaskClient) -> None:
    for rank, siren in enumerate((NANTES, *OTHERS)):
        measure("demarches", siren, "2025", 20.0 + rank)
    said = rows_of(visit)["Démarches ouvertes"]
    assert said.startswith("20 (p) A")
    assert "ici 2,9 pour 100 000 habitants ; médiane" in said


def test_a_nested_territory_has_its_place_and_is_not_one_of_the_network(visit: FlaskClient) -> None:
    known("reponse_part")
    measure("reponse_part", PLAINE, "2025", 0.9)
    assert "toutes de 10 % à 50 %" in rows_of(visit)["Avis ayant reçu une réponse"]
    assert "toutes de 10 % à 50 %" in rows_of(visit, "/metropoles/plaine-commune")["Avis ayant reçu une réponse"]


def test_an_absent_value_is_said_with_its_reason_and_never_drawn_at_zero(visit: FlaskClient) -> None:
    known("reponse_part")
    measure("reponse_delai", NANTES, "2025", None, state="sans_objet")
    said = between(content(visit, ADDRESS), 'id="profil"', 'id="identite"')
    assert "Délai médian de la réponse" not in rows_of(visit)
    assert "/// — cela ne peut pas exister ici Délai médian de la réponse" in plain(said)
    assert said.count('<div class="strip">') == 1
    rows = {row["field"]: row for row in items(visit, f"{ADDRESS}.json")}
    assert rows["reponse_delai"]["value_state"] == "sans_objet"
    assert "value" not in rows["reponse_delai"]
    assert rows["reponse_part"]["value"] == 0.1


def test_a_year_is_chosen_in_the_address_and_another_text_is_refused(visit: FlaskClient) -> None:
    known("reponse_part")
    measure("reponse_part", NANTES, "2024", 0.7)
    assert "Profil 2025" in words(visit, ADDRESS)
    assert "70 %" in rows_of(visit, f"{ADDRESS}?p=2024")["Avis ayant reçu une réponse"]
    assert "2025, 2024" in words(visit, f"{ADDRESS}?p=1312", 400)
    with_year = {row["field"]: row for row in sheet(visit, f"{ADDRESS}.csv?p=2024")}
    assert with_year["reponse_part"]["value"] == "0.7"


def test_nothing_is_ranked(visit: FlaskClient) -> None:
    known("reponse_part")
    said = between(content(visit, ADDRESS), 'id="profil"', 'id="identite"')
    assert not re.search(r"\d+(re|e|er) place|meilleur|premier|dernier", plain(said))


def test_a_hub_without_measures_says_so(visit: FlaskClient) -> None:
    assert "Aucune mesure n'a encore été calculée." in words(visit, ADDRESS)


def test_the_measures_of_the_network_are_read_at_once(visit: FlaskClient) -> None:
    known("reponse_part")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    content(visit, ADDRESS)
    assert len([text for text in asked if "FROM measure" in text]) == 2  # the periods, then the cells


def test_what_a_metropole_declares_of_its_coverage_is_at_the_head(visit: FlaskClient) -> None:
    declare("complete")
    head = between(content(visit, ADDRESS), "<h1>", "</nav>")
    assert "Nantes déclare complets en 2025 : démarches ; 7 sortes de fiches sur 8 sans déclaration." in plain(head)
