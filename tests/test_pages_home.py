"""The front page: what the network is, how much of it is known, never a zero for what was not transmitted."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from hub.harvest.founding import load_register
from tests.make import make_source, process, run
from tests.pages import between, content, html_of, items, links, words


def test_an_empty_hub_says_it_waits_for_data_and_where_to_look(sqlite_app: Flask) -> None:
    text = words(sqlite_app.test_client(), "/")
    assert "Le hub attend ses premières données : voir les sources." in text
    assert "/sources" in links(content(sqlite_app.test_client(), "/"))
    assert not re.search(r"\b0\b", text.replace("jamais 0.", ""))


def test_a_hub_with_its_register_alone_still_waits_and_shows_who_could_be_there(sqlite_app: Flask) -> None:
    load_register()
    text = words(sqlite_app.test_client(), "/")
    assert "Le hub attend ses premières données" in text
    assert "appartenance non transmise" in text
    assert "membre en" not in text


def test_key_figures_say_for_how_many_metropoles_they_are_known(visitor: FlaskClient) -> None:
    text = words(visitor, "/")
    assert "1 métropole sur 22, et les documents du réseau" in text
    assert "Compté dans ce qui a été transmis." in text


def test_the_commitments_of_the_metropole_are_counted_alone_and_the_rest_apart(visitor: FlaskClient) -> None:
    every = [one["data"]["level"] for one in items(visitor, "/api/v1/commitments?limit=500")]
    text = words(visitor, "/")
    assert f"Engagements suivis au moins {every.count('metropole')} " in text
    plans, questions = every.count("autre_plan"), every.count("interpellation")
    beside = f"{plans} engagements d'un autre plan et {questions} interpellations d'autres institutions"
    assert f"À part : {beside}." in text


def test_plaine_commune_is_a_member_and_never_counted_as_a_metropole(visitor: FlaskClient) -> None:
    text = words(visitor, "/")
    assert "Membres du groupe des agent·es en 2025 14 territoires" in text
    assert "13 métropoles sur 22, et Plaine Commune." in text
    assert "23 territoires : 22 métropoles et Plaine Commune" in text
    assert "23 métropoles" not in text


def test_components_of_a_demarche_do_not_count_in_the_key_figure(visitor: FlaskClient) -> None:
    every = items(visitor, "/api/v1/processes?limit=200")
    whole = [one for one in every if "parent_id" not in one["data"]]
    text = words(visitor, "/")
    assert f"Démarches décrites au moins {len(whole)} " in text
    assert f"Leurs {len(every) - len(whole)} composantes ne comptent pas en plus." in text


def test_the_proposals_of_the_network_are_no_metropole_s_and_their_votes_are_indicative(visitor: FlaskClient) -> None:
    total = visitor.get("/api/v1/contributions?metropole=reseau").get_json()["total"]
    text = words(visitor, "/")
    assert f"Propositions de la consultation Métrokawa {total} " in text
    assert "Recueillies en ligne sur Agorasso et en atelier ; l'organisateur n'est pas dit." in text
    assert "Portées par le réseau" not in text
    assert "Leurs votes sont donnés à titre indicatif." in text


def test_each_key_figure_leads_to_what_makes_it(visitor: FlaskClient) -> None:
    figures = re.findall(r'<div class="figure">.*?</div>', html_of(visitor, "/"), re.S)
    assert len(figures) == 4
    addresses = [next(link for link in links(figure)) for figure in figures]
    assert addresses[:3] == ["/demarches", "/engagements?portee=metropole", "/reseau"]
    assert addresses[3].startswith("/demarches/")
    assert all("D'où vient ce chiffre" in figure for figure in figures)


def test_the_map_tells_members_from_others_by_shape_and_by_word(visitor: FlaskClient) -> None:
    html = html_of(visitor, "/")
    drawing = between(html, '<svg class="map"', "</svg>")
    assert (drawing.count('class="dot"'), drawing.count('class="hollow"')) == (14, 9)
    text = words(visitor, "/")
    assert "Brest pas sur la liste de 2025" in text
    assert "Plaine Commune membre en 2025, dans Grand Paris" in text


def test_the_newest_retours_come_with_the_metropoles_they_start_from(visitor: FlaskClient) -> None:
    text = words(visitor, "/")
    assert "Les plateformes participatives 2025 · à partir de Rouen Normandie et Nantes" in text
    assert "Les accords cadres" not in text
    assert "CCSPL : commission consultative des services publics locaux." in text


def test_entry_points_lead_to_every_family_of_pages(visitor: FlaskClient) -> None:
    found = set(links(content(visitor, "/")))
    assert {"/metropoles", "/demarches", "/engagements", "/comparer", "/retours", "/documents", "/sources"} <= found


def test_one_metropole_with_data_shows_no_figure_of_what_nobody_sent(sqlite_app: Flask) -> None:
    run(make_source(), [process("118"), process("119")])
    text = words(sqlite_app.test_client(), "/")
    assert "Démarches décrites au moins 2 " in text
    assert "1 métropole sur 22. Compté" in text
    assert "Engagements suivis n.d. non transmis" in text
    assert "Membres du groupe des agent·es n.d. non transmis" in text
    assert "Aucun retour d'expérience n'a encore été transmis." in text


def test_the_front_page_carries_no_inline_style_and_no_script(visitor: FlaskClient) -> None:
    html = html_of(visitor, "/")
    assert not re.search(r"<script|<style|\sstyle=|https?://(?!www\.etalab)", content(visitor, "/"))
    assert len(html.encode()) < 200_000
