"""The list of metropoles and their portraits: what is known of each, what is not, and where it is written."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from schemas import hub_id
from tests.make import RENNES, make_source, process, run
from tests.pages import between, content, html_of, items, links, plain, sheet, table, words

NOTHING = "Rien de transmis à ce jour — ce n'est pas zéro."


def block(client: FlaskClient, address: str, anchor: str) -> str:
    """The words of one block of a portrait."""
    html = content(client, address)
    start = html.index(f'<h2 id="{anchor}"')
    end = html.find("<h2", start + 3)
    return plain(html[start : end if end > 0 else len(html)])


def test_an_empty_hub_declares_no_metropole_and_gives_a_way_out(sqlite_app: Flask) -> None:
    assert "Aucune métropole déclarée." in words(sqlite_app.test_client(), "/metropoles")
    assert "/sources" in links(content(sqlite_app.test_client(), "/metropoles"))
    assert items(sqlite_app.test_client(), "/metropoles.json") == []


def test_the_list_is_alphabetical_and_holds_each_territory_once(visitor: FlaskClient) -> None:
    names = list(table(visitor, "/metropoles"))
    assert len(names) == len(set(names)) == 23
    assert names[:4] == ["Aix-Marseille-Provence", "Bordeaux", "Brest", "Clermont Auvergne"]
    assert names[names.index("Rouen Normandie") + 1] == "Saint-Étienne"


def test_nothing_transmitted_is_said_in_words_never_as_zero(visitor: FlaskClient) -> None:
    rows = table(visitor, "/metropoles")
    assert rows["Dijon"]["Ce que le hub connaît"] == "aucune donnée transmise"
    assert rows["Dijon"]["Groupe des agent·es"] == "sur aucune liste connue"
    assert all(not re.search(r"\b0\b", cell) for row in rows.values() for cell in row.values())
    dijon = next(one for one in items(visitor, "/metropoles.json") if one["metropole"] == "dijon")
    assert "process" not in dijon
    assert dijon["process_state"] == "non_transmis"


def test_years_in_the_agents_group_come_with_their_certainty_and_their_source(visitor: FlaskClient) -> None:
    rows = table(visitor, "/metropoles")
    assert re.fullmatch(r"2024 .* déduit", rows["Brest"]["Groupe des agent·es"])
    assert "2025" in rows["Nantes"]["Groupe des agent·es"]
    assert "présente à la rencontre" in rows["Rennes"]["Rencontre des élu·es"]
    assert rows["Metz"]["Rencontre des élu·es"].startswith("excusée")
    assert "/provenance/membership/agents-2024-brest" in links(html_of(visitor, "/metropoles"))
    brest = next(one for one in items(visitor, "/metropoles.json") if one["metropole"] == "brest")
    assert (brest["agents"], brest["agents_certainty"]) == (["2024"], ["deduit"])


def test_what_is_of_another_set_is_counted_apart(visitor: FlaskClient) -> None:
    for said in (words(visitor, "/metropoles"), words(visitor, "/metropoles/nantes")):
        assert "14 délibérations, 1 vœu et 1 autre vote" in said
        assert "101 engagements de la métropole" in said
        assert "3 engagements d'un autre plan" in said
        assert "2 interpellations d'autres institutions" in said
        assert re.search(r"\d+ démarches et leurs 2 composantes", said)
    nantes = next(one for one in items(visitor, "/metropoles.json") if one["metropole"] == "nantes")
    assert (nantes["commitment"], nantes["commitment_autre_plan"], nantes["commitment_interpellation"]) == (101, 3, 2)
    assert (nantes["deliberation"], nantes["deliberation_voeu"], nantes["deliberation_autre_vote"]) == (14, 1, 1)
    assert "commitment_communes" not in nantes
    assert nantes["commitment_communes_state"] == "non_transmis"


def test_each_count_leads_to_what_it_counts_and_nothing_else(visitor: FlaskClient) -> None:
    lede = between(content(visitor, "/metropoles/nantes"), 'class="lede"', "</p>")
    for address, said in re.findall(r'<a href="([^"]+)">(.*?)</a>', lede):
        number = sum(map(int, re.findall(r"\d+", plain(said))))
        path, _, query = unescape(address).partition("?")
        if path.startswith("/api/"):
            total = visitor.get(unescape(address)).get_json()["total"]
        elif "#" in path:
            page, anchor = path.split("#")
            assert f'id="{anchor}"' in html_of(visitor, page)
            total = visitor.get(f"/api/v1/{anchor}s?metropole=nantes").get_json()["total"]
        else:
            total = len(items(visitor, f"{path}.json?{query}"))
        assert number == total, (address, said)


def test_population_is_given_with_its_year_and_its_source(visitor: FlaskClient) -> None:
    text = words(visitor, "/metropoles")
    assert "Population municipale, 2023" in text
    assert "année 2023 inférée, à vérifier auprès de l'Insee" in text
    nantes = next(one for one in items(visitor, "/metropoles.json") if one["metropole"] == "nantes")
    assert (nantes["population"], nantes["population_year"], nantes["population_state"]) == (683981, 2023, "observe")


def test_plaine_commune_is_said_to_lie_inside_grand_paris(visitor: FlaskClient) -> None:
    assert table(visitor, "/metropoles")["Plaine Commune"]["Statut"].endswith("inclus dans Grand Paris")
    text = words(visitor, "/metropoles/plaine-commune")
    assert "Établissement public territorial, inclus dans Grand Paris" in text
    assert "ses communes en font partie, leurs nombres ne s'additionnent jamais" in text


def test_the_list_as_csv_and_as_json_has_the_rows_of_the_page(visitor: FlaskClient) -> None:
    as_json, as_csv = items(visitor, "/metropoles.json"), sheet(visitor, "/metropoles.csv")
    assert [one["metropole"] for one in as_json] == [row["metropole"] for row in as_csv]
    assert [row["population"] for row in as_csv] == [str(one["population"]) for one in as_json]
    assert {row["process"] for row in as_csv if row["process_state"] == "non_transmis"} == {""}


def test_the_last_accepted_data_of_a_source_is_dated(sqlite_app: Flask) -> None:
    run(make_source("rennes-essai", RENNES), [process("1")])
    row = table(sqlite_app.test_client(), "/metropoles")["Rennes"]
    assert row["Sources, dernière donnée acceptée"] == "rennes-essai , 31 janvier 2026"
    assert row["Ce que le hub connaît"] == "1 démarche"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/metropoles/244400404", "/metropoles/nantes"),
        ("/metropoles/244400404.csv", "/metropoles/nantes.csv"),
        ("/metropoles/nantes/", "/metropoles/nantes"),
        ("/metropoles/", "/metropoles"),
    ],
)
def test_a_siren_or_a_last_slash_leads_for_good_to_the_canonical_address(
    visitor: FlaskClient, address: str, target: str
) -> None:
    answer = visitor.get(address)
    assert (answer.status_code, answer.location) == (301, target)


def test_an_unknown_metropole_is_a_404_in_words(visitor: FlaskClient) -> None:
    assert "Aucune métropole ne s'appelle « atlantide »" in words(visitor, "/metropoles/atlantide", 404)


@pytest.mark.parametrize("address", ["/metropoles?tri=population", "/metropoles/nantes?annee=2020"])
def test_an_unknown_parameter_is_refused_in_words(visitor: FlaskClient, address: str) -> None:
    assert "Paramètre inconnu" in words(visitor, address, 400)


def test_a_portrait_without_data_says_so_block_by_block_and_keeps_what_documents_say(visitor: FlaskClient) -> None:
    text = words(visitor, "/metropoles/brest")
    assert text.count(NOTHING) >= 8
    assert "Groupe des agent·es : membre en 2024" in text
    assert not re.search(r"(?<![.\d])0 ", text)
    assert "Aucune source pour cette métropole" in block(visitor, "/metropoles/brest", "manque")
    assert "/schemas" in links(content(visitor, "/metropoles/brest"))
    dijon = block(visitor, "/metropoles/dijon", "groupes")
    assert NOTHING in dijon
    assert "ne la nomment" in dijon


def test_a_membership_whose_year_is_deduced_shows_its_readings(visitor: FlaskClient) -> None:
    text = block(visitor, "/metropoles/brest", "groupes")
    assert "déduit" in text
    assert "Lectures possibles" in text
    assert "Brest" in text


def test_a_portrait_names_the_forms_documents_use(visitor: FlaskClient) -> None:
    text = words(visitor, "/metropoles/lyon")
    assert "« Grand Lyon »" in text
    assert "« Métropole de Lyon »" in text


def test_stated_figures_keep_their_words_period_territory_and_certainty(visitor: FlaskClient) -> None:
    text = block(visitor, "/metropoles/nantes", "observation")
    assert "12 000 comptes p : provisoire d : périmètre différent" in text
    assert "près de 200 démarches e : estimé" in text
    assert "Depuis 2019 Depuis une date Ville et métropole, en ligne" in text
    assert "Objectif, jamais un résultat" in text
    figures = [one for one in items(visitor, "/metropoles/nantes.json") if one["field"] == "comptes"]
    assert [(one["value"]["value"], one["value_state"], one["lines"]) for one in figures] == [
        (12000, "provisoire", "255-256")
    ]


def test_participants_of_the_platform_are_absent_not_zero(visitor: FlaskClient) -> None:
    assert "articipants" not in block(visitor, "/metropoles/nantes", "observation")


def test_demarches_of_a_portrait_stand_by_year_and_lead_to_their_page(visitor: FlaskClient) -> None:
    text = block(visitor, "/metropoles/nantes", "process")
    assert text.index("2022") < text.index("2021 Grand Débat") < text.index("Sans date connue")
    assert "Convention citoyenne de Nantes 2020 – 2022" in text
    every = items(visitor, "/api/v1/processes?metropole=nantes&limit=200")
    shown = links(html_of(visitor, "/metropoles/nantes"))
    assert all(f"/demarches/{one['id']}" in shown for one in every)


def test_commitments_are_counted_by_declared_status_the_unknown_ones_included(visitor: FlaskClient) -> None:
    every = items(visitor, "/api/v1/commitments?metropole=nantes&limit=500")
    unknown = sum(one["data"]["status"] == "inconnu" for one in every)
    text = block(visitor, "/metropoles/nantes", "engagements")
    assert f"Statut inconnu {unknown} fiches" in text
    assert "Abandonné aucune fiche" in text
    assert "/engagements?metropole=nantes&etat=inconnu" in links(html_of(visitor, "/metropoles/nantes"))


def test_what_is_stated_stands_beside_what_is_counted(visitor: FlaskClient) -> None:
    text = block(visitor, "/metropoles/nantes", "engagements")
    assert "« Les 102 engagements »" in text
    assert "« 29 sont réalisés »" in text
    assert "86,3 % (88 sur 102)" in text


def test_views_stand_under_their_question_with_their_words(visitor: FlaskClient) -> None:
    text = block(visitor, "/metropoles/nantes", "points-de-vue")
    assert "Une Métropole, animatrice des parties prenantes du territoire" in text
    assert "Formes et espaces" in text
    assert "siren" not in text
    assert NOTHING in block(visitor, "/metropoles/lille", "points-de-vue")


def test_a_retour_is_shown_by_each_metropole_it_starts_from(visitor: FlaskClient) -> None:
    assert "Les accords cadres" in block(visitor, "/metropoles/lille", "retours")
    assert NOTHING in block(visitor, "/metropoles/metz", "retours")


def test_the_facts_of_a_portrait_are_the_same_as_csv_and_as_json(visitor: FlaskClient) -> None:
    as_json, as_csv = items(visitor, "/metropoles/nantes.json"), sheet(visitor, "/metropoles/nantes.csv")
    assert [one["label"] for one in as_json] == [row["label"] for row in as_csv]
    assert {one["metropole"] for one in as_json} == {"nantes"}
    assert all("value" in one or one["value_state"] == "non_transmis" for one in as_json)
    missing = {one["field"] for one in items(visitor, "/metropoles/dijon.json") if one["value_state"] == "non_transmis"}
    assert {"process", "commitment", "document", "observation"} <= missing


def test_what_stands_equal_is_ordered_alike_on_both_databases(app: Flask) -> None:
    days = {"3": "2024-01-01", "1": None, "4": "2025-01-01", "2": "2024-05-01"}
    votes = [
        Record("deliberation", name, {"title": "Vote", **({"decided_on": day} if day else {})}, "L1")
        for name, day in days.items()
    ]
    run(make_source("essai-rennes", RENNES), votes)
    found = re.findall(r'href="/deliberations/([0-9a-z]{13})"', content(app.test_client(), "/metropoles/rennes"))
    ids = {name: hub_id("essai-rennes", "deliberation", name) for name in days}
    assert list(dict.fromkeys(found)) == [ids["4"], *sorted((ids["2"], ids["3"])), ids["1"]]


def test_a_document_whose_type_is_not_transmitted_stands_under_these_words(sqlite_app: Flask) -> None:
    run(make_source(), [Record("document", "d", {"title": "Un jeu de données"}, "L1")])
    assert "Type non transmis" in words(sqlite_app.test_client(), "/metropoles/nantes")
