"""The network's page: what its documents say of it, how surely, and never more."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from hub.harvest.founding import load_register
from hub.harvest.network import write_things
from hub.models.network import network
from hub.pages.acronyms import spelled
from hub.pages.network_work import sentence
from tests.pages import closed, hrefs, html_of, same_rows, section, words

PAGE = "/reseau"


def test_the_lists_are_told_apart_with_the_nested_territory_beside(visitor: FlaskClient) -> None:
    agents = section(visitor, PAGE, "agents")
    assert "Liste de 2025 14 territoires : 13 métropoles et Plaine Commune Année : écrit tel quel" in agents
    assert "Liste de 2024 15 territoires : 14 métropoles et Plaine Commune Année : déduit" in agents
    assert "établissement public territorial, inclus dans Grand Paris" in agents


def test_a_name_in_one_list_only_is_neither_a_departure_nor_an_explanation(visitor: FlaskClient) -> None:
    agents = section(visitor, PAGE, "agents")
    brest = "Brest : présente dans la liste de 2024, absente de celle de 2025 ; le document ne dit pas pourquoi."
    assert brest in agents
    assert agents.count("le document ne dit pas pourquoi") == 1
    assert "Brest pas dans la liste" in agents
    for wrong in ("a quitté", "est parti", "sortie du réseau", "ne fait plus partie"):
        assert wrong not in words(visitor, PAGE)


def test_both_readings_of_the_second_list_stay_visible_with_its_printed_title(visitor: FlaskClient) -> None:
    agents = section(visitor, PAGE, "agents")
    assert "L'année 2024 est déduite, pas écrite." in agents
    assert "2024, l'année qui précède « Et pour 2025 ? »." in agents
    assert (
        "2025, d'après le titre imprimé « Qui est dans le groupe en 2025 ? », le même que dans le premier résumé"
        in (agents)
    )
    assert "ligne 73" in agents
    assert "Bordeaux, Brest, Clermont-Auvergne, Grenoble" in agents


def test_a_form_of_the_document_stands_beside_the_name_of_the_register(visitor: FlaskClient) -> None:
    agents = closed(section(visitor, PAGE, "agents"))
    assert "écrit « Aix-Marseille »" in agents
    assert "Nommées dans aucune des deux listes d'agent·es : Dijon, Metz ( élu·es : excusée)" in agents
    assert "n'en disent pas davantage" not in agents


def test_the_meeting_of_elus_stands_apart_with_present_excused_and_no_sum(visitor: FlaskClient) -> None:
    elus = section(visitor, PAGE, "elus")
    assert "ne dit pas que la métropole est membre d'un groupe" in elus
    for name in ("Nantes", "Bordeaux", "Rennes", "Strasbourg", "Grand Nancy"):
        assert f"{name} Présente à la rencontre Déduit" in elus
    for name in ("Metz", "Lyon", "Toulouse"):
        assert f"{name} Excusée Déduit" in elus
    assert "À une date inconnue, si la rencontre de la frise en est une autre" in elus
    assert "ils ne s'additionnent pas" in elus


def test_the_history_keeps_the_certainty_of_each_date(visitor: FlaskClient) -> None:
    frise = closed(section(visitor, PAGE, "frise"))
    order = [
        frise.index(words) for words in ("2017 déduit", "2020 déduit", "2021-2022 déduit", "2024 déduit", "2025 écrit")
    ]
    assert order == sorted(order)
    assert "Ces dates sont celles d'un territoire, pas du réseau." in frise
    assert frise.index("Nantes, 2014") > order[-1]


def test_stated_sessions_stand_side_by_side_with_an_unexplained_gap(visitor: FlaskClient) -> None:
    cycles = section(visitor, PAGE, "cycles")
    assert "5 séances (énoncé) · 1 en présentiel, 3 en distanciel (énoncé) · écart de 1 non expliqué" in cycles
    assert "Total des séances non énoncé · 3 en présentiel, 3 en distanciel (énoncé)" in cycles
    assert "Rencontres en présentiel à Toulouse et à Paris 3 rencontres" in cycles
    assert "6 séances" not in cycles
    assert cycles.count("énoncé 3 temps compté 3 temps décrits écart aucun écart") == 2
    assert "« 3 » est un numéro de bloc de mise en page" in cycles


def test_an_announced_theme_is_not_a_held_one(visitor: FlaskClient) -> None:
    retours = section(visitor, PAGE, "retours")
    assert "Pour 2025 CCSPL — annoncé, rattaché à aucune rencontre" in retours
    assert "Outils de diffusion d'une culture commune — annoncé" in retours
    assert retours.index("Outils de diffusion d'une culture interne") < retours.index("Thèmes annoncés")
    assert "CCSPL : commission consultative des services publics locaux" in retours


def test_announced_encounters_are_not_said_held(visitor: FlaskClient) -> None:
    rencontres = section(visitor, PAGE, "rencontres")
    held, announced = rencontres.split("Annoncées", 1)
    assert "Rencontre informelle à Amiens Tenue · Rencontre d'élu·es · date non transmise" in held
    assert "un lieu de rencontre ne fait pas une appartenance" in held
    assert "le hub ne sait pas si elles se sont tenues" in announced
    assert "Deuxième rencontre Annoncée · Rencontre d'élu·es · en présentiel · Au printemps prochain" in announced


def test_the_practitioners_are_not_the_metropoles(visitor: FlaskClient) -> None:
    icpc = closed(section(visitor, PAGE, "icpc"))
    assert "près de 1 800 membres" in icpc
    assert "1,8" not in icpc
    assert "Ses membres ne sont pas ceux du réseau des métropoles." in icpc
    assert "fédérant près de 1.800 membres" in icpc


def test_the_sets_of_principles_stay_distinct(visitor: FlaskClient) -> None:
    principes = section(visitor, PAGE, "principes")
    assert "12 principes lus dans le document." in principes
    assert "14 principes lus dans le document." in principes
    assert "5 objectifs lus dans le document." in principes
    assert "Expertise d'usages, expériences sensibles et capacité d'agir lignes 235 à 237" in principes
    assert "Aucune ligne ne nomme ces étapes." in principes
    assert "Quatre étapes annoncées, qu'aucune ligne ne nomme." in principes


def test_questions_keep_their_wordings_and_views_their_voice(visitor: FlaskClient) -> None:
    questions = section(visitor, PAGE, "citoyennete")
    assert "4. Comment la citoyenneté métropolitaine impacte la décision et transforme l'action publique ?" in questions
    assert "Autre formulation dans le même document" in questions
    assert "En quoi la citoyenneté métropolitaine nourrit-elle la décision" in questions
    assert "sans métropole désignée" in questions
    assert questions.count("point de vue opposé") >= 6
    assert "Aucun document transmis ne donne le texte des questions, ni les réponses." in questions


def test_joining_gives_the_way_without_the_address_of_a_person(visitor: FlaskClient) -> None:
    joining = section(visitor, PAGE, "rejoindre")
    assert "L'adresse imprimée est celle d'une personne" in joining
    assert "https://i-cpc.org/metropoles-participatives/" in hrefs(visitor, PAGE)
    assert "@" not in html_of(visitor, PAGE)


def test_every_link_of_the_table_of_contents_and_of_the_page_lands_on_the_page(visitor: FlaskClient) -> None:
    html = html_of(visitor, PAGE)
    anchors = {link[1:] for link in hrefs(visitor, PAGE) if link.startswith("#")}
    assert {anchor for anchor in anchors if f'id="{anchor}"' not in html} == set()
    assert len(anchors) > 20


def test_no_two_parts_of_the_page_bear_the_same_anchor_and_headings_skip_no_level(visitor: FlaskClient) -> None:
    html = html_of(visitor, PAGE)
    names = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(names) == len(set(names))
    levels = [int(part[0]) for part in html.split("<h")[1:] if part[0].isdigit()]
    assert levels[0] == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))
    assert len(html) < 200_000


def test_the_sheet_holds_every_statement_of_the_page_with_its_proof(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, PAGE)
    members = [row for row in rows if (row["section"], row.get("year")) == ("appartenance", "2024")]
    assert len(members) == 15
    assert {row["certainty"] for row in members} == {"deduit"}
    assert all(len(row["readings"]) == 2 and "Brest" in row["quote"] for row in members)
    assert all("quote" in row for row in rows)
    figures = [row for row in rows if row["section"] in ("cycles", "effectifs", "icpc")]
    assert all(row["value_state"] == "observe" and "value" in row for row in figures)
    assert [row["value"] for row in rows if row["section"] == "cycles"] == [5, 1, 3, 3, 3, 3, 3]
    assert {row["section"] for row in rows} == {
        "appartenance", "frise", "cycles", "retours", "themes_annonces", "rencontres", "effectifs", "icpc",
        "principes", "questions", "points_de_vue",
    }  # fmt: skip


def test_an_empty_hub_says_no_year_is_known_and_never_zero(sqlite_app: Flask) -> None:
    visitor = sqlite_app.test_client()
    page = words(visitor, PAGE)
    assert "Aucune année renseignée." in page
    assert "ce n'est pas zéro" in page
    assert "/sources" in hrefs(visitor, PAGE)
    assert same_rows(visitor, PAGE) == []
    assert not any(character.isdigit() for character in section(visitor, PAGE, "agents"))


def test_an_unknown_parameter_is_refused_in_words(visitor: FlaskClient) -> None:
    assert "Cette page n'en accepte aucun" in words(visitor, f"{PAGE}?annee=2025", 400)


def test_a_new_year_takes_its_place_and_only_then_changes_are_told(sqlite_app: Flask) -> None:
    load_register()
    trace = [{"certainty": "affirme", "document_id": "resume", "lines": "1", "quote": "Rennes et Nantes"}]
    member = {"group": "agents", "status": "membre", "trace": trace}
    first = [member | {"id": "a", "siren": "244400404", "year": "2026", "written_as": "Nantes"}]
    write_things("membership", first, "coordination")
    visitor = sqlite_app.test_client()
    assert "Une seule liste est connue : rien à comparer encore." in words(visitor, PAGE)
    more = [
        member | {"id": "b", "siren": "243500139", "year": "2027", "written_as": "Rennes"},
        member | {"id": "c", "siren": "244400404", "year": "2027", "written_as": "Nantes"},
    ]
    write_things("membership", more, "coordination")
    changes = "Rennes : présente dans la liste de 2027, absente de celle de 2026 ; le document ne dit pas pourquoi."
    assert changes in section(visitor, PAGE, "agents")
    assert "L'année" not in section(visitor, PAGE, "agents").split("Les mots des documents")[0]


def count(value: int, channel: str = "", **more: Any) -> dict[str, Any]:
    quantity = {"value": value, "qualifier": "exact", "unit": "séances"} | more
    return {"label": "x", "quantity": quantity} | ({"channel": channel} if channel else {})


def test_a_gap_is_told_only_between_exact_numbers() -> None:
    assert sentence([count(4), count(1, "presentiel"), count(3, "en_ligne")]).endswith("aucun écart")
    vague = [count(5, qualifier="environ"), count(1, "presentiel")]
    assert sentence(vague) == "environ 5 séances (énoncé) · 1 en présentiel (énoncé)"
    assert sentence([count(5)]) == "5 séances (énoncé)"


def test_initials_are_spelled_once_and_only_those_printed() -> None:
    assert spelled("Gouvernance des PCAET", "les CCSPL, le PCAET") == [
        "CCSPL : commission consultative des services publics locaux",
        "PCAET : plan climat-air-énergie territorial",
    ]
    assert spelled("rien") == []


def test_every_experience_of_the_founding_documents_is_told_on_the_page(visitor: FlaskClient) -> None:
    links = hrefs(visitor, PAGE)
    assert {f"/retours/{each['id']}" for each in network("experience")} <= links
