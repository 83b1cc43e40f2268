"""The retours d'expérience: who told what, when, how sure; what is left to write."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.harvest.founding import load_register
from hub.harvest.network import write_things
from hub.models.network import network
from tests.make import make_source, process, run
from tests.pages import closed, hrefs, items, same_rows, words

TOLD = {
    "id": "retour-essai",
    "title": "Un jury sur la santé",
    "theme": "Santé",
    "themes": ["sante"],
    "year": "2026",
    "contributors": ["244400404"],
    "context": "Une question posée par les habitants.",
    "means": [{"label": "Temps de travail", "quantity": {"value": 2, "qualifier": "environ", "unit": "ETP"}}],
    "state": "complet",
    "trace": [{"certainty": "affirme"}],
}


def test_each_retour_shows_its_metropoles_its_year_and_how_sure_it_is(visitor: FlaskClient) -> None:
    page = closed(words(visitor, "/retours"))
    assert "Les CCSPL Ébauche · présenté en 2025 Écrit tel quel" in page
    assert "Les accords cadres Ébauche · présenté en 2024 Déduit" in page
    assert "Plaine Commune, Bordeaux Métropole, Métropole Européenne de Lille" in page
    assert "2025, d'après le titre imprimé" in page
    assert {"/metropoles/plaine-commune", "/metropoles/strasbourg"} <= hrefs(visitor, "/retours")


def test_a_draft_is_explained_and_never_passes_for_a_written_retour(visitor: FlaskClient) -> None:
    assert "Une ébauche n'est pas un retour écrit." in words(visitor, "/retours")
    page = words(visitor, "/retours/retour-2025-ccspl")
    assert "Ébauche : le thème et les métropoles sont connus, le récit reste à écrire." in page
    assert "Rien n'en est encore écrit" in page
    assert "Ce qui n'a pas marché Non transmis" in page
    assert "CCSPL : commission consultative des services publics locaux." in page


def test_the_list_answers_in_three_forms_with_the_same_rows(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, "/retours")
    assert [row["id"] for row in rows] == [each["id"] for each in network("experience")]
    agreements = rows[-1]
    assert agreements["siren"] == ["200057867", "243300316", "200093201"]
    assert agreements["metropole"] == ["plaine-commune", "bordeaux", "lille"]
    assert (agreements["year"], agreements["year_certainty"], agreements["lines"]) == ("2024", "deduit", "88")


def test_a_metropole_narrows_the_list_in_every_form(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, "/retours", "?metropole=strasbourg")
    assert [row["id"] for row in rows] == ["retour-2024-conseils-de-developpement"]
    assert "CCSPL" not in words(visitor, "/retours?metropole=strasbourg")


@pytest.mark.parametrize("query", ["?metropole=paris", "?theme=magie", "?annee=l'an+dernier", "?page=2", "?tri=annee"])
def test_a_choice_that_does_not_exist_is_refused_in_words(visitor: FlaskClient, query: str) -> None:
    assert visitor.get(f"/retours{query}").status_code == 400
    assert visitor.get(f"/retours.json{query}").status_code == 400


def test_a_theme_without_retour_names_the_demarches_that_could_become_one(visitor: FlaskClient) -> None:
    page = words(visitor, "/retours?theme=espaces_publics")
    assert "Aucun retour sur ce thème ; ces démarches pourraient en devenir un." in page
    assert any(link.startswith("/demarches/") for link in hrefs(visitor, "/retours?theme=espaces_publics"))
    nothing = "/retours?theme=numerique&metropole=dijon"
    assert items(visitor, "/retours.json?theme=numerique&metropole=dijon") == []
    assert "Aucun retour sur ce thème" in words(visitor, nothing)


def test_a_retour_leads_to_its_encounter_its_questionnaire_and_its_quotation(visitor: FlaskClient) -> None:
    address = "/retours/retour-2025-plateformes-participatives"
    page = words(visitor, address)
    assert "Questionnaire sur les plateformes participatives (aucun document ne donne le texte des questions)" in page
    assert "à partir du questionnaire porté et analysé par Rouen Normandie Métropole et Nantes Métropole" in page
    assert "ligne 52" in page
    links = hrefs(visitor, address)
    assert "/reseau#rencontre-temps-de-retour-2025-plateformes-participatives" in links
    assert "/provenance/experience/retour-2025-plateformes-participatives" in links
    assert "/provenance/questionnaire/plateformes-participatives" in links


def test_the_facts_of_a_retour_are_its_sheet_and_say_what_is_missing(visitor: FlaskClient) -> None:
    facts = {row["field"]: row for row in same_rows(visitor, "/retours/retour-2024-accords-cadres")}
    assert facts["year"] == facts["year"] | {"value": "2024", "certainty": "deduit"}
    assert len(facts["year"]["readings"]) == 2
    assert facts["did_not_work"]["value_state"] == "non_transmis"
    assert "value" not in facts["did_not_work"]


def test_an_unknown_retour_and_an_unknown_parameter_are_refused_in_words(visitor: FlaskClient) -> None:
    assert "Aucun retour d'expérience ne porte l'identifiant « rien »" in words(visitor, "/retours/rien", 404)
    assert visitor.get("/retours/retour-2025-ccspl?vue=large").status_code == 400


def test_a_written_retour_tells_its_story_with_its_quantities(sqlite_app: Flask) -> None:
    load_register()
    assert not write_things("experience", [TOLD], "Nantes Métropole").problems
    visitor = sqlite_app.test_client()
    page = words(visitor, "/retours/retour-essai")
    assert "Contexte Une question posée par les habitants." in page
    assert "environ 2 ETP" in page
    assert "Rien n'en est encore écrit" not in page
    assert "ébauches" not in words(visitor, "/retours?theme=sante")
    assert items(visitor, "/retours.json")[0]["source"] == "Nantes Métropole"


def test_an_empty_hub_sends_to_the_demarches(sqlite_app: Flask) -> None:
    run(make_source(), [process()])
    visitor = sqlite_app.test_client()
    assert "Aucun retour sur ce thème" in words(visitor, "/retours")
    assert "/demarches" in hrefs(visitor, "/retours")
