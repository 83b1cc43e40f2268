"""A cell in words, and as a row: its number, why there is none, its grade, what would raise it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from hub.benchmark.coverage import WITHOUT, Coverage
from hub.benchmark.grading import graded
from hub.benchmark.indicators import INDICATORS
from hub.benchmark.measure_rows import MEASURE_COLUMNS, measure_row, obs_status
from hub.benchmark.measures import Cell, in_form
from hub.db import db
from hub.harvest.founding import load_register
from hub.models.measure import PRESENT_STATES
from hub.models.metropole import Metropole, metropole_called, metropoles
from hub.pages.format import NBSP, THIN
from hub.pages.measure_words import REASONS, cell_words, coverage_words, total_words
from schemas.labels import codelist, codes
from tests.make import NANTES

THREE_QUARTERS = {
    "couverture": ["C", "inconnue"],
    "definition": ["A", "courante"],
    "periode": ["B", "chevauche"],
    "unite": ["A", "meme"],
    "validation": ["A", "validee"],
}


def a_cell(indicator: str = "demarches", value: float | None = 12, **said: Any) -> Cell:
    """A cell of Nantes in 2025, known and final unless told otherwise."""
    state = "definitif" if value is not None else "non_transmis"
    given = {"value": value, "numerator": value, "state": state, "grade": "–" if value is None else "A"} | said
    return Cell(INDICATORS[indicator], NANTES, "2025", **given)


def test_a_value_is_said_with_its_qualifier_before_the_number() -> None:
    assert cell_words(a_cell(qualifier="au_moins")).text == "au moins 12"
    assert cell_words(a_cell(qualifier="au_moins")).full == "au moins 12 démarches"
    assert cell_words(a_cell("reponse_delai", 700, qualifier="plus_de")).text == "plus de 700 jours"
    assert cell_words(a_cell(qualifier="fourchette", low=10, high=14)).text == "entre 10 et 14"


def test_each_measure_has_its_own_writing() -> None:
    share = cell_words(a_cell("reponse_part", 29 / 102, numerator=29, denominator=102, low=0.2058, high=0.3784))
    assert (share.text, share.counts) == (f"28,4{NBSP}%", "29 sur 102")
    assert share.interval == f"20,6 à 37,8{NBSP}%"
    assert cell_words(a_cell("reponse_delai", 257)).text == "257 jours"
    assert [cell_words(a_cell("codev_actif", value)).text for value in (1, 0)] == ["oui", "non"]
    meetings = cell_words(a_cell("presence_reunions", 31.25, known=14, cases=20))
    assert (meetings.full, meetings.counts) == ("31,3 personnes par réunion", "14 réunions comptées sur 20")


def test_zero_is_printed_and_a_value_that_rounds_to_zero_is_not_zero() -> None:
    assert cell_words(a_cell(value=0)).text == "0"
    assert cell_words(a_cell("bp_euros_habitant", 0.01)).text == "< 0,1"
    assert cell_words(a_cell("fraicheur", 0.2)).text == "< 1 jour"
    assert cell_words(a_cell("reponse_part", 0.0, numerator=0, denominator=12)).text == f"0{NBSP}%"


def test_a_count_for_its_inhabitants_says_so() -> None:
    said = cell_words(in_form(a_cell(value=22), "hab", Metropole(population=683_981, population_year=2023)))
    assert said.full == f"3,2 pour 100{THIN}000 habitants"


def test_an_absent_value_says_its_sign_and_its_reason_never_zero() -> None:
    said = cell_words(a_cell(value=None))
    assert (said.present, said.text, said.reason) == (False, "n.d.", "n.d. — pas de donnée transmise")
    assert said.grade_words == said.interval == said.counts == ""


def test_every_absent_state_of_the_code_list_has_its_reason() -> None:
    states = [row["code"] for row in codelist("etat_valeur")["codes"] if "mesure" in row["ou"]]
    assert set(REASONS) == set(states) - set(PRESENT_STATES)


def test_signs_of_the_state_and_of_the_flags_stand_beside_the_number_with_their_meaning() -> None:
    said = cell_words(a_cell(state="provisoire", flags=("perimetre_different", "denominateur_ancien")))
    assert said.signs == "(p, d, †)"
    assert said.signs_words == ("p : provisoire", "d : périmètre différent", "† : dénominateur ancien")
    assert cell_words(a_cell()).signs == ""


def test_a_grade_says_the_check_that_fails_in_words() -> None:
    worst = cell_words(a_cell(grade="C", checks=THREE_QUARTERS))
    assert worst.grade_words == "C — couverture non déclarée"
    late = THREE_QUARTERS | {"couverture": ["A", "complete"]}
    assert cell_words(a_cell(grade="B", checks=late)).grade_words == "B — période décalée"
    assert cell_words(a_cell()).grade_words == "A — comparable"
    names = [check.name for check in worst.checks]
    assert names == ["Définition", "Période", "Unité de compte", "Couverture", "Validation"]


def test_what_would_raise_the_grade_leads_to_where_it_is_done(sqlite_app: Flask) -> None:
    first, second = cell_words(a_cell(grade="C", checks=THREE_QUARTERS)).raises
    with sqlite_app.test_request_context():
        assert first.words == "déclarer la couverture 2025"
        assert first.url("nantes") == "/metropoles/nantes/donnees/declarer?genre=process&annee=2025"
        assert second.url("nantes") == "/metropoles/nantes/donnees"
        lacking = cell_words(a_cell("part_volontaire", 1, grade="C", checks={"couverture": ["C", "champ"]})).raises
        assert lacking[0].url("nantes") == "/metropoles/nantes/donnees/process.legal_basis"


@pytest.mark.parametrize(
    ("state", "flags", "status"),
    [
        ("definitif", (), "A"),
        ("provisoire", (), "P"),
        ("estime", (), "E"),
        ("estime", ("rupture_serie",), "B"),
        ("estime", ("rupture_serie", "perimetre_different"), "D"),
        ("provisoire", ("revise", "denominateur_ancien"), "P"),
        ("non_collecte", ("perimetre_different",), "L"),
        ("masque", (), "Q"),
    ],
)
def test_a_cell_has_one_status_for_sdmx(state: str, flags: tuple[str, ...], status: str) -> None:
    assert obs_status(a_cell(value=12 if state in PRESENT_STATES else None, state=state, flags=flags)) == status


def test_a_row_holds_the_columns_in_order_and_what_is_absent_is_none(sqlite_app: Flask) -> None:
    load_register()
    nantes = db.session.scalars(metropole_called(NANTES)).one()
    row = measure_row(a_cell(value=None), nantes)
    assert tuple(row) == MEASURE_COLUMNS
    assert (row["value"], row["state"], row["qualifier"], row["obs_status"]) == (None, "non_transmis", None, "O")
    assert (row["metropole"], row["version"]) == ("nantes", 1)
    known = measure_row(a_cell(value=12.0), nantes)
    assert repr(known["value"]) == "12"


def network(
    *values: tuple[float | None, float | None], indicator: str = "demarches"
) -> tuple[list[Cell], list[Metropole]]:
    """A cell for each of the first metropoles, of these numerators and denominators; the others have none."""
    every = list(db.session.scalars(metropoles()))
    given = [*values, *[(None, None)] * (len(every) - len(values))]
    found = [
        Cell(INDICATORS[indicator], one.siren, "2025", above, below, above if below is None else (above or 0) / below)
        for one, (above, below) in zip(every, given, strict=True)
    ]
    return found, every


def test_a_total_of_the_network_says_how_many_metropoles_it_knows(sqlite_app: Flask) -> None:
    load_register()
    found, every = network((10, None), (4, None))
    said = total_words(INDICATORS["demarches"], found, every)
    assert said == "au moins 14 démarches (2 métropoles sur 22)"
    assert coverage_words(1, 22) == "1 métropole sur 22"


def test_a_share_of_the_network_is_no_mean_of_shares(sqlite_app: Flask) -> None:
    load_register()
    found, every = network((1, 2), (9, 98), indicator="reponse_part")
    said = total_words(INDICATORS["reponse_part"], found, every)
    assert said == f"10,0{NBSP}%, soit 10 sur 100 (2 métropoles sur 22)"


def test_where_a_total_would_be_wrong_the_reason_is_printed(sqlite_app: Flask) -> None:
    load_register()
    found, every = network((200, None), indicator="reponse_delai")
    assert "ne s'additionne pas" in total_words(INDICATORS["reponse_delai"], found, every)
    found, every = network()
    assert (
        total_words(INDICATORS["demarches"], found, every)
        == "Pas de total : aucune valeur connue (0 métropole sur 22)."
    )
    found, every = network(indicator="reponse_part")
    assert "aucune valeur connue" in total_words(INDICATORS["reponse_part"], found, every)


@pytest.mark.parametrize("level", codes("couverture"))
@pytest.mark.parametrize(
    ("lacking", "own", "troubled"), [(True, False, False), (False, True, True), (False, False, True)]
)
def test_every_check_that_measures_are_graded_by_has_its_words(
    level: str, lacking: bool, own: bool, troubled: bool
) -> None:
    said = Coverage("1", "process", level, None, "2025", "2025", "2026-01-01")
    statement = None if level in WITHOUT else said
    grade, checks = graded("estime", statement, lacking, validated=False, troubled=troubled, own=own)
    words = cell_words(a_cell(grade=grade, checks=checks))
    assert len(words.checks) == 5
    assert words.grade_words.startswith(f"{grade} — ")
    assert words.raises
