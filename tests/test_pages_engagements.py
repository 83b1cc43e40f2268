"""The pages of commitments, read as a visitor reads them, on the founding documents and on what a platform may send."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from hub.benchmark.stated import gaps
from hub.harvest import correct
from hub.models import Run
from hub.pages.engagement_facts import calendar_words
from hub.pages.engagement_story import AFTER, BEFORE, SAME, relation
from tests.make import RENNES, make_source, process, run, thing
from tests.pages import content, items, sheet, words


def page_of(remote_id: str) -> str:
    return f"/engagements/{thing('commitment', remote_id).id}"


def test_every_commitment_is_listed_fifty_a_page_and_whole_in_json_and_csv(visitor: FlaskClient) -> None:
    rows = items(visitor, "/engagements.json")
    first, last = (content(visitor, f"/engagements?page={page}") for page in (1, 3))
    assert first.count("<li>\n<h3>") == 50
    assert last.count("<li>\n<h3>") == len(rows) - 100
    lines = sheet(visitor, "/engagements.csv")
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    assert [line["title"] for line in lines] == [row["title"] for row in rows]


def test_they_stand_by_orientation_as_the_document_orders_them_and_works_by_number(visitor: FlaskClient) -> None:
    rows = items(visitor, "/engagements.json")
    seen = list(dict.fromkeys(row.get("orientation", "") for row in rows))
    assert [each[:30] for each in seen] == [
        "Une métropole qui prend soin e",
        "Une métropole du bien habiter ",
        "Une métropole qui relie les ha",
        "Une métropole des transitions ",
        "Une métropole citoyenne et par",
        "",
    ]
    assert [int(row["number"]) for row in rows if "number" in row] == list(range(1, 29))


def test_statuses_are_counted_unknown_ones_included_and_none_is_at_zero(visitor: FlaskClient) -> None:
    statuses = Counter(row["status"] for row in items(visitor, "/engagements.json?portee=metropole"))
    text = words(visitor, "/engagements")
    total = sum(statuses.values())
    assert f"{statuses['inconnu']} engagements sur {total} n'ont pas de statut connu" in text
    for status, word in (("realise", "Réalisé"), ("en_cours", "En cours"), ("inconnu", "Statut inconnu")):
        assert f"{word} : {statuses[status]}" in text
    assert "À ouvrir : 0" not in text
    assert "Un statut qui n'est pas cité ici n'est pas à zéro" in text


def test_each_known_status_says_how_many_are_written_so_deduced_or_ambiguous(visitor: FlaskClient) -> None:
    going = [row for row in items(visitor, "/engagements.json?portee=metropole") if row["status"] == "en_cours"]
    sure = Counter(row["status_certainty"] for row in going)
    assert sure["deduit"] > sure["affirme"] > 0
    text = words(visitor, "/engagements")
    how = f"dont {sure['affirme']} écrit tel quel, {sure['deduit']} déduits et {sure['ambigu']} ambigu"
    assert f"En cours : {len(going)} , {how}" in text
    assert "Statut lu dans un texte" in text
    assert "dit par un texte" not in text
    assert re.search(r"\d en cours, tous déduits", text)


def test_shares_are_those_of_the_metropole_and_the_others_are_counted_apart_in_words(visitor: FlaskClient) -> None:
    every = items(visitor, "/engagements.json")
    levels = Counter(row["level"] for row in every)
    text = words(visitor, "/engagements")
    assert f"Sur {levels['metropole']} : " in text
    apart = (
        f"{levels['autre_plan']} engagements d'un autre plan et "
        f"{levels['interpellation']} interpellations d'autres institutions"
    )
    assert f"Comptés à part, hors de ces parts : {apart}" in text
    assert f"{len(every)} engagements, dont {apart}" in text
    asked = words(visitor, "/engagements?portee=interpellation")
    assert "Aucun engagement de la métropole elle-même dans cette liste : aucune part n'est calculée." in asked
    html = content(visitor, "/engagements")
    for url in re.findall(r'href="(/engagements\?portee=metropole[^"]+)">[^<]* : (\d+)<', html):
        assert len(items(visitor, unescape(url[0]).replace("/engagements?", "/engagements.json?"))) == int(url[1])


def test_a_pattern_means_one_thing_on_the_page(visitor: FlaskClient) -> None:
    charts = [dict(re.findall(r'<pattern id="([^"]+)"[^>]*>(.*?)</pattern>', svg)) for svg in re.findall(
        r'<svg class="plot".*?</svg>', content(visitor, "/engagements"), re.S)]  # fmt: skip
    statuses, orientations = (set(each.values()) for each in charts)
    assert statuses
    assert orientations
    assert not statuses & orientations


def test_orientations_are_counted_with_what_texts_say_and_what_they_do_not(visitor: FlaskClient) -> None:
    rows = [
        row
        for row in items(visitor, "/engagements.json")
        if row.get("orientation", "").startswith("Une métropole citoyenne") and row["level"] == "metropole"
    ]
    unknown = sum(row["status"] == "inconnu" for row in rows)
    text = words(visitor, "/engagements")
    assert re.search(rf"Une métropole citoyenne et participative {len(rows)} [\d,]+ % ", text)
    assert f"{unknown} sur {len(rows)}" in text


def test_stated_totals_stand_beside_counted_ones_and_are_never_spread(visitor: FlaskClient) -> None:
    text = words(visitor, "/engagements")
    assert "énoncé « Les 102 engagements »" in text
    assert "Les totaux énoncés (29, 59 et 14) ne peuvent pas être répartis entre les engagements" in text
    assert "a perdu les icônes" in text
    for said in (
        "« 85 % »",
        "86,3 % (88 sur 102)",
        "« un tiers »",
        "28,4 % (29 sur 102)",
        "« plus de 20 délibérations »",
    ):
        assert said in text


def test_a_filtered_list_keeps_the_reason_and_leads_to_the_comparisons(visitor: FlaskClient) -> None:
    text = words(visitor, "/engagements?etat=realise")
    assert "Les totaux énoncés (29, 59 et 14)" in text
    assert "Ce que les documents énoncent, et ce que l'on compte" in text
    assert "28,4 %" not in text


def choices_of(query: Mapping[str, Iterable[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((name, tuple(values)) for name, values in query.items()))


def test_each_count_leads_to_the_list_that_makes_it(visitor: FlaskClient) -> None:
    html = content(visitor, "/engagements")
    lists = {unescape(url) for url in re.findall(r'href="(/engagements\?demarche=[^"#]+)"', html)}
    asked = {choices_of(parse_qs(urlsplit(url).query)): url for url in lists}
    names = {"level": "portee", "status": "etat", "type": "type", "orientation": "orientation"}
    checked = 0
    for gap in gaps(("nantes",), ("engagements",)):
        if gap.count.chosen is None or gap.process is None:
            continue
        wanted = {"demarche": (gap.process.id,)} | {names[field]: tuple(v) for field, v in gap.count.chosen.items()}
        url = asked[choices_of(wanted)]
        assert (
            visitor.get(url.replace("/engagements?", "/engagements.json?")).get_json()["total"] == gap.count.numerator
        )
        checked += 1
    assert checked > 8


def test_interpellations_and_other_plans_are_labelled(visitor: FlaskClient) -> None:
    asked = words(visitor, "/engagements?portee=interpellation")
    assert asked.count("le texte ne dit pas si elle compte parmi les 102 engagements énoncés") == 2
    other = words(visitor, "/engagements?portee=autre_plan")
    assert "hors des 102 engagements énoncés" in other
    assert "le texte ne dit pas" in words(visitor, page_of("o1-interpellation-metier-du-lien"))
    assert "Un autre plan ou une autre feuille de route : hors des 102" in words(
        visitor, page_of("strategie-pauvrete-jeunes-enfants")
    )


@pytest.mark.parametrize(
    "query",
    [
        "metropole=nantes",
        "type=chantier_prioritaire",
        "portee=interpellation",
        "etat=realise&etat=en_cours",
        "annee=2022",
        "deliberation=oui",
        "etat=realise&preuve=aucune_preuve",
    ],
)
def test_a_facet_narrows_page_json_and_csv_alike(visitor: FlaskClient, query: str) -> None:
    rows = items(visitor, f"/engagements.json?{query}")
    lines = sheet(visitor, f"/engagements.csv?{query}")
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    assert 0 < len(rows) <= len(items(visitor, "/engagements.json"))
    assert f"sur {len(rows)} engagements" in words(visitor, f"/engagements?{query}")


def test_the_facet_of_votes_gives_those_that_cite_one(visitor: FlaskClient) -> None:
    assert all(row.get("deliberation_ids") for row in items(visitor, "/engagements.json?deliberation=oui"))
    assert not any(row.get("deliberation_ids") for row in items(visitor, "/engagements.json?deliberation=non"))


def test_the_facet_of_démarches_gives_those_of_one(visitor: FlaskClient) -> None:
    asked = thing("process", "convention-citoyenne").id
    rows = items(visitor, f"/engagements.json?demarche={asked}")
    assert {row["process_id"] for row in rows} == {"convention-citoyenne"}
    assert "Convention citoyenne de Nantes" in words(visitor, f"/engagements?demarche={asked}")


def test_the_list_says_status_certainty_infos_as_written_votes_and_source(visitor: FlaskClient) -> None:
    text = words(visitor, "/engagements?deliberation=oui&type=autre_engagement")
    assert "Infos, telles qu'écrites : « 2021 Délibérations oct 2020 et juin 2021 »" in text
    assert "Délibération, octobre 2020" in text
    assert "(antérieure à la promesse)" in text
    assert "(plusieurs lectures)" in text
    assert re.search(r"source, lignes? \d+", text)
    assert "Déduit" in words(visitor, "/engagements?etat=remplace")


def test_rows_hold_identity_provenance_and_states(visitor: FlaskClient) -> None:
    for row in items(visitor, "/engagements.json"):
        assert {"id", "siren", "metropole", "source", "document_id", "lines", "quote", "certainty"} <= row.keys()
        assert row["progress_state"] == row["amount_state"] == "non_transmis"
        assert "progress" not in row
        assert ("status_certainty" in row) == (row["status"] != "inconnu")


@pytest.mark.parametrize("query", ["etat=fait", "annee=hier", "couleur=bleu", "page=9", "page=zero", "demarche=x"])
def test_an_unreadable_choice_is_refused_in_words(visitor: FlaskClient, query: str) -> None:
    assert query.split("=")[0] in words(visitor, f"/engagements?{query}", 400)


def test_a_metropole_without_commitments_says_so_with_a_way_out(visitor: FlaskClient) -> None:
    text = words(visitor, "/engagements?metropole=rennes")
    assert "Aucun engagement transmis par cette métropole." in text
    assert "cela ne veut pas dire que rien n'a été promis" in text
    assert "Voir tous les engagements" in text
    assert not re.search(r"\b0\b", text)


def test_an_empty_hub_says_so_with_a_way_out(sqlite_app: Flask) -> None:
    text = words(sqlite_app.test_client(), "/engagements")
    assert "Aucun engagement transmis à ce jour — ce n'est pas zéro." in text
    assert "cette métropole" not in text
    assert "Voir les sources" in text


def test_an_unknown_commitment_and_a_parameter_too_many_are_refused(visitor: FlaskClient) -> None:
    assert "Aucun engagement ne porte" in words(visitor, "/engagements/0000000000000", 404)
    assert visitor.get(f"{page_of('chantier-01')}?page=2").status_code == 400


def test_the_story_goes_from_the_avis_to_the_bilan_in_time_order(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("chantier-25"))
    text = text[text.index("Le récit") :]
    steps = ("Avis citoyen mars 2021", "Réponse argumentée juillet 2021", "Engagement pris juillet 2021",
             "8 octobre 2021", "Bilan, droit de suite juin 2022", "Jalon annoncé, automne 2022")  # fmt: skip
    assert sorted(steps, key=text.index) == list(steps)


def test_what_is_only_announced_has_the_mark_of_what_is_not_there_yet(visitor: FlaskClient) -> None:
    told = re.findall(r"<li(?: class=\"is-absent\")?>\s*<p class=\"timeline-label\">[^<]+", content(
        visitor, page_of("chantier-25")))  # fmt: skip
    marked = {"annoncé" in each: "is-absent" in each for each in told if "Pas " not in each}
    assert marked == {True: True, False: False}


def test_a_vote_older_than_the_promise_comes_first_and_says_it(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("o3-commission-ethique"))
    assert text.count("Délibération, vote antérieur à la promesse") == 2
    assert "Cité, jamais compté comme une suite de la promesse." in text
    told = text[text.index("Le récit") :]
    steps = ("octobre 2020", "Avis citoyen", "juin 2021", "Engagement pris")
    assert sorted(steps, key=told.index) == list(steps)


def test_a_vote_known_to_the_year_is_not_placed_by_the_promise(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("chantier-05"))
    assert "La date est trop imprécise pour dire si ce vote précède la promesse ou la suit." in text
    assert "Ce n'est pas une délibération" in text


def test_missing_steps_are_said_in_words(visitor: FlaskClient) -> None:
    assert "Aucune délibération, aucun vœu, aucun vote cité." in words(visitor, page_of("chantier-06"))
    alone = words(visitor, page_of("strategie-pauvrete-jeunes-enfants"))
    assert "Pas d'avis citoyen relié à cet engagement." in alone
    assert alone.index("Pas d'avis citoyen") < alone.index("Engagement, à une date non transmise")


def test_a_date_of_promise_that_is_deduced_says_so(visitor: FlaskClient) -> None:
    assert "Date : déduit." in words(visitor, page_of("o1-interpellation-metier-du-lien"))
    assert "Date : déduit." not in words(visitor, page_of("chantier-01"))


def test_three_statuses_stand_side_by_side_and_no_proof_is_not_undone(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("chantier-21"))
    assert (
        text.index("Déclaré Réalisé")
        < text.index("Attesté Aucune preuve versée")
        < text.index("Calendrier Sans échéance")
    )
    assert "cela ne dit pas que l'engagement n'est pas tenu" in text
    assert "non fait" not in text


def test_a_due_date_that_passed_without_news_is_never_late(visitor: FlaskClient) -> None:
    unknown = words(visitor, page_of("chantier-06"))
    assert "Échéance passée, suite inconnue" in unknown
    assert "Échéance promise : 30 juin 2022" in unknown
    going = words(visitor, page_of("chantier-16"))
    assert "Échéance passée" in going
    assert "Dernier statut déclaré : en cours" in going
    for text in (unknown, going):
        assert "en retard" not in text.lower()


def test_a_replaced_commitment_and_what_replaces_it_lead_to_each_other(visitor: FlaskClient) -> None:
    old, new = page_of("chantier-19"), page_of("strategie-pauvrete-jeunes-enfants")
    assert f'href="{new}"' in content(visitor, old)
    assert f'href="{old}"' in content(visitor, new)
    assert "Cet engagement est remplacé par" in words(visitor, old)
    assert "Remplace l'engagement" in words(visitor, new)


def test_a_target_says_that_it_is_one_and_an_ambiguous_figure_keeps_its_readings(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("chantier-23"))
    assert re.search(r"1 000 \S+ .*?Objectif, jamais un résultat", text)
    assert "Ambigu : plusieurs lectures" in words(visitor, page_of("chantier-10"))


def test_the_original_wording_the_quotations_and_their_lines_are_there(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("chantier-19"))
    assert "Le texte d'origine, tel que le fichier le donne" in text
    assert "ci y a renoncé faute de soutien de l’État" in text
    assert "lignes 530 à 537" in text
    assert "Déduit ainsi" in text
    both = words(visitor, page_of("o1-interpellation-metier-du-lien"))
    assert "Lectures possibles" in both


def test_the_page_leads_to_its_démarche_its_votes_and_its_provenance(visitor: FlaskClient) -> None:
    html = content(visitor, page_of("chantier-25"))
    for address in (
        f"/demarches/{thing('process', 'convention-citoyenne').id}",
        f"/deliberations/{thing('deliberation', 'deliberation-2021-10-08-pacte-de-citoyennete').id}",
        f"/provenance/{thing('commitment', 'chantier-25').id}",
        "/metropoles/nantes",
    ):
        assert f'href="{address}"' in html


def test_the_facts_of_a_commitment_are_the_same_in_json_and_csv(visitor: FlaskClient) -> None:
    rows = items(visitor, f"{page_of('chantier-06')}.json")
    lines = sheet(visitor, f"{page_of('chantier-06')}.csv")
    assert [line["field"] for line in lines] == [row["field"] for row in rows]
    said = {row["field"]: row for row in rows}
    assert said["due_on"]["value"] == "2022-06-30"
    assert said["due_on"]["lines"] == "233-237"
    assert said["amount"]["value_state"] == "non_transmis"
    assert "value" not in said["amount"]
    assert said["calendar"]["value"] == "Échéance passée, suite inconnue"


def test_a_correction_is_read_over_what_the_source_says(sqlite_app: Flask) -> None:
    run(make_source("essai-rennes", RENNES), [process("118"), promise("c1", status="en_cours", promised_on="2024-01")])
    done = correct(
        thing("commitment", "c1").id, {"status": "realise"}, reason="Inauguré", author="Une agente de Rennes"
    )
    assert isinstance(done, Run)
    text = words(sqlite_app.test_client(), page_of("c1"))
    assert "La source dit « En cours », corrigé en « Réalisé » par Une agente de Rennes" in text
    assert "Inauguré" in text
    assert "Déclaré Réalisé" in text


def test_a_commitment_its_source_no_longer_shows_stays_readable(sqlite_app: Flask) -> None:
    source = make_source("essai-rennes", RENNES)
    run(source, [promise("c1"), promise("c2")])
    run(source, [Record("commitment", "c1", {}, "L1", deleted=True), promise("c2")])
    client = sqlite_app.test_client()
    assert "N'apparaît plus à la source depuis le" in words(client, page_of("c1"))
    assert [row["remote_id"] for row in items(client, "/engagements.json")] == ["c2"]


def test_what_a_platform_sends_without_dates_or_types_is_still_said(sqlite_app: Flask) -> None:
    history = [{"text": "Une étape sans date"}, {"on": "2023", "status": "en_cours"}]
    figure = {"label": "Arbres", "quantity": {"value": 12, "qualifier": "exact"}, "basis": "objectif"}
    run(
        make_source("essai-rennes", RENNES),
        [promise("c1", history=history, milestones=[{"label": "Un jalon"}], figures=[figure], process_id="perdue")],
    )
    client = sqlite_app.test_client()
    text = words(client, page_of("c1"))
    for said in ("Engagement", "Événement", "Jalon annoncé"):
        assert f"{said}, à une date non transmise" in text
    assert "Une étape sans date" in text
    assert re.search("Arbres 12 .*Objectif, jamais un résultat période non transmise", text)
    listed = words(client, "/engagements")
    assert "type non transmis" in listed
    assert "Démarche non transmise" in listed


def promise(remote_id: str, **data: Any) -> Record:
    return Record("commitment", remote_id, {"title": f"Promesse {remote_id}", "status": "inconnu", **data}, "L1")


@pytest.mark.parametrize(
    ("vote", "promised", "place"),
    [
        ({"decided_on": "2021-06"}, "2021-07", BEFORE),
        ({"decided_on": "2021-07"}, "2021-07", SAME),
        ({"decided_on": "2021-12-10"}, "2021-07", AFTER),
        ({"decided_on": "2021"}, "2021-07", ""),
        ({}, "2021-07", ""),
        ({"decided_on": "2021"}, None, ""),
    ],
)
def test_a_vote_is_placed_by_the_promise_only_when_dates_allow(
    vote: dict[str, Any], promised: str | None, place: str
) -> None:
    assert relation(vote, promised)[0] == place


def test_a_realisation_after_its_due_date_is_said_as_it_is() -> None:
    data = {"status": "realise", "due_on": "2022", "history": [{"on": "2023", "status": "realise"}]}
    assert calendar_words(data, date(2026, 1, 31))[0] == "Tenue en retard"


def test_the_progress_that_a_platform_states_is_a_percentage(client: FlaskClient) -> None:
    source = make_source("suivi", RENNES)
    data = {"title": "Planter des arbres", "status": "en_cours", "progress": 0.85}
    run(source, [Record("commitment", "avance", data, "L1")])
    assert "Avancement 85 %" in words(client, page_of("avance"))
