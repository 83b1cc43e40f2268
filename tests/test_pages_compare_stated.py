"""Stated figures side by side with their state, absent ones named, nothing ordered by value, nothing added."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from tests.make import NANTES, RENNES, make_source, run
from tests.pages import between, content, html_of, items, links, sheet, table, words

GRAND_PARIS, PLAINE_COMMUNE = "200054781", "200057867"
YEAR = {"from": "2025", "to": "2025", "precision": "annee", "as_written": "2025"}
METRICS = ["Démarches", "Comptes créés", "Participants distincts", "Contributions", "Engagements"]
ABSENT = "n.d. — non transmis"


def figure(siren: str, value: float | None, metric: str = "comptes", **data: Any) -> Record:
    """A figure that a metropole states of itself."""
    said: dict[str, Any] = {
        "subject": {"kind": "metropole", "remote_id": siren},
        "metric": metric,
        "period": YEAR,
        "basis": "flux",
        "perimeter": "metropole",
    }
    said |= {"quantity_state": "non_communique"} if value is None else {"quantity": {"value": value}}
    return Record("observation", f"{metric}-{siren}", {**said, **data}, "L1")


def state(siren: str, *figures: Record) -> None:
    """Let a metropole transmit these figures."""
    run(make_source(f"source-{siren}", siren), figures)


def test_an_empty_hub_has_nothing_to_compare_and_gives_a_way_out(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    assert "Aucune métropole déclarée." in words(client, "/comparer?v=enonces")
    assert "/sources" in links(content(client, "/comparer?v=enonces"))


def test_with_one_metropole_the_page_says_there_is_nothing_to_compare_yet(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?v=enonces")
    assert "Une seule métropole renseignée : rien à comparer encore." in text
    assert "21 métropoles et Plaine Commune n'ont transmis aucun de ces chiffres à ce jour : ce n'est pas zéro." in text


def test_each_figure_says_how_many_metropoles_it_is_known_for(visitor: FlaskClient) -> None:
    known = table(visitor, "/comparer?v=enonces")["Renseignées"]
    assert list(known) == METRICS
    assert known["Comptes créés"] == "1 métropole sur 22"
    assert known["Participants distincts"] == "aucune métropole sur 22"


def test_the_matrix_is_alphabetical_and_every_absent_cell_says_why(visitor: FlaskClient) -> None:
    rows = table(visitor, "/comparer?v=enonces")
    names = [name for name in rows if name != "Renseignées"]
    assert len(names) == 23
    assert names[0] == "Aix-Marseille-Provence"
    others = [cell for name in names if name != "Nantes" for cell in rows[name].values()]
    assert set(others) == {ABSENT}


def test_stated_figures_keep_their_sign_period_perimeter_and_certainty(visitor: FlaskClient) -> None:
    nantes = table(visitor, "/comparer?v=enonces")["Nantes"]
    accounts = nantes["Comptes créés"]
    assert accounts.startswith("12 000 comptes p : provisoire d : périmètre différent")
    assert "Depuis 2019, en ligne, ville et métropole" in accounts
    assert "écrit tel quel déduit : période et périmètre" in accounts
    assert "150 démarches" in nantes["Démarches"]
    assert "près de 200 démarches e : estimé" in nantes["Démarches"]
    assert "Lors du précédent mandat" in nantes["Démarches"]


def test_participants_are_absent_even_where_accounts_are_known(visitor: FlaskClient) -> None:
    assert (
        table(visitor, "/comparer?v=enonces")["Nantes"]["Participants distincts"]
        == f"{ABSENT} énoncé pour des démarches"
    )


def test_every_figure_leads_to_where_it_is_written(visitor: FlaskClient) -> None:
    rows = [row for row in items(visitor, "/comparer.json?v=enonces") if "value" in row]
    shown = links(html_of(visitor, "/comparer?v=enonces"))
    assert rows
    assert all(f"/provenance/{row['id']}" in shown for row in rows)


def test_targets_and_parts_stand_apart_from_the_table(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?v=enonces")
    apart = text[text.index("Ce que le tableau ne met pas en regard") :]
    assert "offres de participation proposées" in apart
    assert "Objectif, jamais un résultat" in apart
    assert "24 propositions" not in table(visitor, "/comparer?v=enonces")["Nantes"]["Démarches"]


def test_the_address_narrows_metropoles_and_figures_and_an_order_cannot_be_asked(visitor: FlaskClient) -> None:
    rows = table(visitor, "/comparer?v=enonces&m=rennes&m=nantes&i=comptes")
    assert list(rows) == ["Renseignées", "Nantes", "Rennes"]
    assert list(rows["Nantes"]) == ["Comptes créés"]
    assert rows["Renseignées"]["Comptes créés"] == "1 territoire sur 2 choisis"
    assert "Retirer le choix Nantes" in words(visitor, "/comparer?v=enonces&m=nantes")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("m=atlantide", "m : valeur inconnue, « atlantide ». Acceptées : aix-marseille-provence"),
        ("i=bonheur", "i : valeur inconnue, « bonheur ». Acceptées : demarches"),
        ("tri=valeur", "Paramètre inconnu : « tri ». Acceptés : m, i, v."),
        ("page=2", "Paramètre inconnu : « page »"),
    ],
)
def test_an_unknown_choice_is_refused_with_what_is_accepted(visitor: FlaskClient, query: str, sentence: str) -> None:
    assert sentence in words(visitor, f"/comparer?v=enonces&{query}", 400)


def test_an_absent_value_is_no_point_of_the_chart_but_a_name_in_its_lane(visitor: FlaskClient) -> None:
    html = html_of(visitor, "/comparer?v=enonces&i=comptes")
    drawing = between(html, '<svg class="plot"', "</svg>")
    assert drawing.count('class="dot"') == 1
    assert "Rennes" not in drawing
    lane = html[html.index('class="absent-lane"') :]
    assert lane.count(ABSENT) == 22


def test_a_choice_without_any_value_draws_no_chart(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?v=enonces&m=rennes&i=comptes")
    assert "Aucune métropole renseignée : rien à comparer." in text
    assert "Rennes n'a transmis aucun de ces chiffres à ce jour : ce n'est pas zéro." in text
    assert "Sur un même axe" not in text


def test_the_sheets_hold_the_cells_of_the_page_with_their_state(visitor: FlaskClient) -> None:
    as_json, as_csv = (
        items(visitor, "/comparer.json?v=enonces&i=comptes"),
        sheet(visitor, "/comparer.csv?v=enonces&i=comptes"),
    )
    assert [(one["metropole"], one["value_state"]) for one in as_json] == [
        (row["metropole"], row["value_state"]) for row in as_csv
    ]
    nantes = next(one for one in as_json if one["metropole"] == "nantes")
    assert (nantes["value"], nantes["value_state"], nantes["flags"]) == (12000, "provisoire", ["perimetre_different"])
    absent = [row for row in as_csv if row["metropole"] != "nantes"]
    assert {(row["value"], row["value_state"]) for row in absent} == {("", "non_transmis")}


def test_two_metropoles_that_state_the_same_thing_stand_on_one_axis_in_alphabetical_order(sqlite_app: Flask) -> None:
    state(RENNES, figure(RENNES, 900))
    state(NANTES, figure(NANTES, 100))
    html = html_of(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert "2 métropoles sur 22 : on peut mettre en regard comptes créés." in words(
        sqlite_app.test_client(), "/comparer?v=enonces&i=comptes"
    )
    assert html.count('class="dot"') == 2
    assert html.index(">Nantes</text>") < html.index(">Rennes</text>")


def test_other_periods_are_never_put_on_one_axis(sqlite_app: Flask) -> None:
    state(RENNES, figure(RENNES, 900))
    state(NANTES, figure(NANTES, 100, period={**YEAR, "from": "2020", "to": "2020", "as_written": "2020"}))
    text = words(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert "Rien ne se compare encore." in text
    assert "Hors de l'axe, parce que leur période ou leur territoire diffère" in text
    assert html_of(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes").count('class="dot"') == 1


def test_another_territory_is_never_put_on_the_same_axis(sqlite_app: Flask) -> None:
    state(RENNES, figure(RENNES, 900))
    state(NANTES, figure(NANTES, 100, perimeter="ville_et_metropole"))
    html = html_of(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert html.count('class="dot"') == 1
    assert "Rien ne se compare encore." in html


def test_a_zero_that_was_stated_is_printed_and_a_refusal_keeps_its_own_words(sqlite_app: Flask) -> None:
    state(RENNES, figure(RENNES, 0))
    state(NANTES, figure(NANTES, None))
    rows = table(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert rows["Rennes"]["Comptes créés"].startswith("0 compte ")
    assert rows["Nantes"]["Comptes créés"].startswith("n.c. non communiqué")
    assert rows["Renseignées"]["Comptes créés"] == "1 métropole sur 22"
    lane = words(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert "Nantes n.c. — non communiqué" in lane


def test_plaine_commune_is_named_beside_grand_paris_and_never_added_to_it(sqlite_app: Flask) -> None:
    state(GRAND_PARIS, figure(GRAND_PARIS, 5000))
    state(PLAINE_COMMUNE, figure(PLAINE_COMMUNE, 700))
    client = sqlite_app.test_client()
    rows = table(client, "/comparer?v=enonces&i=comptes")
    assert rows["Renseignées"]["Comptes créés"] == "1 métropole sur 22, et Plaine Commune"
    assert any(name.startswith("Plaine Commune incluse dans Grand Paris") for name in rows)
    text = words(client, "/comparer?v=enonces&i=comptes")
    assert "21 métropoles n'ont transmis aucun" in text
    assert "5 700" not in text
    assert "Plaine Commune (dans Grand Paris) 700 comptes" in text


def test_plaine_commune_alone_is_a_territory_not_a_metropole(sqlite_app: Flask) -> None:
    state(PLAINE_COMMUNE, figure(PLAINE_COMMUNE, 700))
    text = words(sqlite_app.test_client(), "/comparer?v=enonces&i=comptes")
    assert "Un seul territoire renseigné : rien à comparer encore." in text
    assert "22 métropoles n'ont transmis aucun" in text
    assert "aucune métropole sur 22, et Plaine Commune" in text


def test_no_word_of_a_league_table_stands_on_the_page(visitor: FlaskClient) -> None:
    text = words(visitor, "/comparer?v=enonces")
    assert not re.search(r"\b(score|indice|classement|palmarès|rang|podium)s?\b", text, re.I)
    assert "%" not in text


def test_the_comparison_carries_no_inline_style_and_no_script(visitor: FlaskClient) -> None:
    html = html_of(visitor, "/comparer?v=enonces")
    assert not re.search(r"<script|<style|\sstyle=", html)
    assert len(html.encode()) < 200_000
