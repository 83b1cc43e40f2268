"""The pages of démarches, read as a visitor reads them, on the founding documents and on what a platform may send."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from hub.db import db
from hub.models import Facet
from hub.pages.demarches_case import case_of
from hub.pages.demarches_list import NO_DATE, ends, known_dates, step_dates
from hub.pages.demarches_story import ANNOUNCED, EXPECTED, Delay, counted, delay, step_date, story
from tests.conftest import ready
from tests.make import make_source, process, run, thing
from tests.pages import html_of, items, part, sheet, words


def page_of(remote_id: str) -> str:
    return f"/demarches/{thing('process', remote_id).id}"


# the list


def test_the_list_counts_a_component_under_its_demarche_and_not_in_addition(visitor: FlaskClient) -> None:
    rows = items(visitor, "/demarches.json")
    titles = [row["title"] for row in rows]
    text = words(visitor, "/demarches")
    components = [row for row in rows if row.get("parent_id")]
    assert f"{len(rows) - len(components)} démarches connues du hub, et {len(components)} composantes" in text
    place = titles.index("Lieux à réinventer")
    assert titles[place + 1 : place + 3] == ["Lieux à réinventer, édition 2018", "Lieux à réinventer, édition 2021"]
    assert "composante de Lieux à réinventer" in text


def test_each_line_says_dates_type_answer_and_steps_or_that_they_are_not_known(visitor: FlaskClient) -> None:
    text = words(visitor, "/demarches")
    assert "Nantes Métropole · de septembre 2020 à juin 2022 · Convention citoyenne" in text
    assert "à partir de 2021 (dernière date connue : 2022) · type non précisé, dit « concertation » à la source" in text
    assert "Réseau · sans date connue · Consultation en ligne" in text
    assert "Réponse publiée · 7 étapes connues" in text
    assert "Pas d'avis remis connu · aucune étape connue" in text


def test_a_line_without_a_known_step_has_no_zero_in_its_row(visitor: FlaskClient) -> None:
    silent = [row for row in items(visitor, "/demarches.json") if row["steps_state"] == "non_transmis"]
    assert silent
    assert all("steps" not in row for row in silent)


def test_the_three_forms_of_the_list_have_the_same_rows_in_the_same_order(visitor: FlaskClient) -> None:
    address = "/demarches{}?metropole=nantes&annee=2022"
    rows = items(visitor, address.format(".json"))
    table = sheet(visitor, address.format(".csv"))
    links = re.findall(r'<h2><a href="/demarches/(\w+)"', html_of(visitor, address.format("")))
    assert [row["id"] for row in rows] == [row["id"] for row in table] == links
    assert rows
    assert all(row["certainty"] for row in table)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("metropole=reseau", ["metrokawa-12"]),
        ("reponse=reponse_attendue&annee=2022", ["route-de-vannes"]),
        ("theme=sante", ["evaluation-sante"]),
        ("type=convention_citoyenne&recrutement=tirage_au_sort&etat=terminee", ["convention-citoyenne"]),
        ("perimetre=ville&annee=2021", ["lieux-a-reinventer-2021"]),
    ],
)
def test_facets_narrow_the_list(visitor: FlaskClient, query: str, expected: list[str]) -> None:
    assert [row["remote_id"] for row in items(visitor, f"/demarches.json?{query}")] == expected


def test_an_empty_choice_says_so_with_a_reason_and_a_way_out(visitor: FlaskClient) -> None:
    text = words(visitor, "/demarches?type=budget_participatif&reponse=sans_avis")
    assert "Aucune démarche pour ces critères : en retirer un." in text
    assert "l'absence d'une démarche ne dit pas qu'elle n'a pas eu lieu" in text
    assert "Voir toutes les démarches" in text
    assert not re.search(r"\b0 démarche", text)


def test_a_hub_without_any_demarche_says_that_nobody_sent_one(sqlite_app: Flask) -> None:
    text = words(sqlite_app.test_client(), "/demarches")
    assert "Aucune démarche transmise à ce jour — ce n'est pas zéro." in text
    assert "en retirer un" not in text
    assert "Voir les sources" in text
    assert "Aucune source n'a encore transmis de démarche" in text


@pytest.mark.parametrize(
    "query", ["type=inconnu", "couleur=bleu", "page=0", "page=99", "annee=hier", "metropole=atlantide", "canal="]
)
def test_a_bad_parameter_is_refused_in_words(visitor: FlaskClient, query: str) -> None:
    text = words(visitor, f"/demarches?{query}", 400)
    assert "Accepté" in text or "est attendu" in text or "n'a qu'une page" in text


def test_components_follow_their_demarche_whatever_their_title_on_both_databases(app: Flask) -> None:
    source = make_source()
    run(source, [
        process("z", title="Alpha, deuxième volet", parent_id="m"),
        process("a", title="Beta"),
        process("m", title="Zeta"),
        process("o", title="Orpheline", parent_id="nulle-part"),
    ])  # fmt: skip
    client = app.test_client()
    assert [row["remote_id"] for row in items(client, "/demarches.json")] == ["a", "o", "m", "z"]
    assert "composante de « nulle-part », que le hub ne connaît pas" in words(client, "/demarches")


def test_the_foot_of_a_printed_page_bears_its_address(visitor: FlaskClient) -> None:
    for address in ("/demarches", page_of("metrokawa-12")):
        assert f'<p class="print-foot">http://localhost{address}' in html_of(visitor, address)


# the story


def test_the_story_of_the_convention_goes_from_mandate_to_follow_up(visitor: FlaskClient) -> None:
    told = [row["field"] for row in part(visitor, page_of("convention-citoyenne"), "etape") if row.get("field")]
    wanted = ["mandat", "avis_citoyen", "reponse_argumentee", "engagements", "droit_de_suite", "evaluation"]
    assert [code for code in told if code in wanted] == wanted
    text = words(visitor, page_of("convention-citoyenne"))
    assert "Avis citoyen — mars 2021".replace(" — ", " ") in text.replace(" — ", " ")
    assert "Pas d'évaluation connue." in text
    assert "Répond à : L’avis citoyen — 122 jours après e estimé" in text


def test_the_delay_of_the_convention_is_122_estimated_days_in_the_sheet(visitor: FlaskClient) -> None:
    (row,) = part(visitor, page_of("convention-citoyenne"), "delai")
    assert (row["value"], row["unit"], row["value_state"]) == (122, "jours", "estime")


def test_a_delay_without_both_dates_is_not_computed_and_says_why(visitor: FlaskClient) -> None:
    assert part(visitor, page_of("atelier-loire-chezine"), "delai") == []
    text = words(visitor, page_of("atelier-loire-chezine"))
    assert "Délai non calculé : les deux dates ne sont pas connues au moins au mois." in text
    assert "7 février 2017" in text


def test_an_announced_answer_is_expected_and_never_published(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("route-de-vannes"))
    assert "Réponse attendue ou annoncée" in text
    assert "Réponse de Nantes Métropole À venir" in text
    assert "annoncée, voir le texte Réponse de Nantes Métropole" in text
    assert "Réponse annoncée pour fin 2022" in text
    assert "Pas de réponse publiée connue." in text
    assert "Réponse publiée" not in text


def test_every_expected_step_is_told_or_said_missing_for_every_demarche(founded: Flask) -> None:
    for hub_id in db.session.query(Facet.hub_id).filter(Facet.kind == "process"):
        case = case_of(hub_id[0])
        codes = {step.code for step in story(case)}
        missing = set(EXPECTED) - codes
        assert missing <= {"decision"}, case.process.remote_id
        assert not missing or case.commitments


def test_a_step_without_a_date_says_so_and_a_day_without_year_stays_in_words(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("metrokawa-12"))
    assert "Participation ouverte sans date connue Workshop du 12 mai Tenu le 12 mai, année non dite." in text
    assert text.index("Metrokawa Cité par la synthèse") < text.index("Pas d'avis remis connu.")


def test_a_delay_counts_a_month_as_its_15th_and_a_year_as_nothing() -> None:
    estimated, exact = delay("2021-03", "2021-07"), delay("2021-03-01", "2021-03-31")
    assert estimated == Delay(122, True)
    assert exact == Delay(30, False)
    assert Delay(30, False).words == "30 jours"
    assert delay("2021", "2021-07") is None
    assert delay("2021-07", "2021-03") is None
    assert counted(None) is None


def test_the_dates_of_a_step_are_as_precise_as_they_are_known() -> None:
    assert step_date({"delivered_on": "2021-03"}) == ("mars 2021", "2021-03")
    assert step_date({"starts_at": "2020-11", "ends_at": "2021-02"}) == ("de novembre 2020 à février 2021", "")
    assert step_date({"starts_at": "2023-05-12T22:30:00Z"}) == ("dès le 13 mai 2023", "2023-05-13")
    assert step_date({}) == (NO_DATE, "")
    assert step_date({"state": "a_venir"}) == (NO_DATE, "")
    assert step_date({"state": "a_venir", "summary": "Annoncée pour fin 2022."}) == (ANNOUNCED, "")


def test_the_dates_of_a_demarche_never_end_what_is_not_over() -> None:
    assert known_dates({}, []) == "sans date connue"
    assert known_dates({"starts_on": "2021-04"}, ["2021-04"]) == "à partir d'avril 2021"
    assert known_dates({"starts_on": "2021-04-03", "ends_on": "2021-04-05"}, ["2021-04-03", "2021-04-05"]) == (
        "du 3 au 5 avril 2021"
    )
    assert ends(["2022-01", "2022", "2021"]) == ("2021", "2022")


def test_dates_of_steps_are_never_said_to_be_those_of_the_demarche(visitor: FlaskClient) -> None:
    assert step_dates([]) == ""
    assert step_dates(["2021-01"]) == "dernière étape connue : janvier 2021"
    assert step_dates(["2021-01", "2022-03"]) == "étapes datées de janvier 2021 à mars 2022"
    for address in ("/demarches", page_of("la-rue-pour-tous")):
        assert "dernière étape connue : janvier 2021" in words(visitor, address)


def test_a_demarche_says_the_years_of_its_editions(visitor: FlaskClient) -> None:
    for address in ("/demarches", page_of("lieux-a-reinventer")):
        assert "à partir de 2018, éditions : 2018 et 2021" in words(visitor, address)


def test_a_perimeter_the_record_does_not_say_is_not_transmitted_on_page_list_facet_and_sheet(
    visitor: FlaskClient,
) -> None:
    text = words(visitor, page_of("route-de-vannes"))
    assert "périmètre : non transmis" in text
    assert "Périmètre Non transmis" in text
    facts = {row["field"]: row for row in part(visitor, page_of("route-de-vannes"), "fait")}
    assert facts["perimeter"]["value_state"] == "non_transmis"
    silent = {row["remote_id"] for row in items(visitor, "/demarches.json") if not row.get("perimeter")}
    assert "route-de-vannes" in silent
    said = {row["remote_id"] for row in items(visitor, "/demarches.json?perimetre=metropole")}
    assert said
    assert not said & silent


def test_a_target_is_announced_and_no_result(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("dialogue-de-proximite"))
    assert re.search(r"près de 300 .*? annoncé, pas un résultat", text)


def test_sessions_that_are_only_announced_stand_in_words_not_among_sessions_held(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("la-mobilite-parions-en"))
    assert "cinq rencontres et ateliers étaient prévus" in text
    assert "Aucun chiffre transmis : ce n'est pas zéro." in text
    assert "plus d’une vingtaine de rendez-vous citoyens » annoncés" in words(visitor, page_of("evaluation-sante"))


def test_a_recruitment_that_no_code_fits_stays_in_words(visitor: FlaskClient) -> None:
    facts = {row["field"]: row for row in part(visitor, page_of("la-rue-pour-tous"), "fait")}
    assert facts["recruitment"]["value_state"] == "non_transmis"
    assert "Sélection sur la base de critères" in facts["recruitment_note"]["text"]
    assert facts["recruitment_note"]["certainty"] == "affirme"


# engagements, facts, figures


def test_promises_are_counted_by_status_with_the_unknown_ones_beside_the_stated_totals(visitor: FlaskClient) -> None:
    counted_here = {row["field"]: row["value"] for row in part(visitor, page_of("convention-citoyenne"), "engagements")}
    case = case_of(thing("process", "convention-citoyenne").id)
    assert counted_here == dict(case.statuses)
    assert sum(counted_here.values()) == case.commitments
    text = words(visitor, page_of("convention-citoyenne"))
    assert f"{counted_here['inconnu']} fiches sur {case.commitments} n'ont pas de statut connu" in text
    assert "« Les 102 engagements »" in text
    assert "« 29 sont réalisés »" in text
    assert "86,3 % (88 sur 102)" in text


def test_a_count_that_unknown_statuses_leave_open_is_a_floor_never_a_result(visitor: FlaskClient) -> None:
    compared = {row["label"]: row for row in part(visitor, page_of("convention-citoyenne"), "enonce_et_compte")}
    opening = compared["Engagements : à ouvrir"]
    assert (opening["as_written"], opening["qualifier"], opening["value_state"]) == (
        "« 14 chantiers restent à ouvrir »",
        "au_moins",
        "estime",
    )
    assert "aucune fiche ne le dit" in words(visitor, page_of("convention-citoyenne"))


def test_each_count_of_promises_leads_to_its_list(visitor: FlaskClient) -> None:
    html = html_of(visitor, page_of("convention-citoyenne"))
    hub_id = thing("process", "convention-citoyenne").id
    addresses = [unescape(found) for found in re.findall(r'href="(/engagements\?demarche=[^"]+)"', html)]
    assert f"/engagements?demarche={hub_id}&etat=inconnu" in addresses
    assert all(visitor.get(address).status_code == 200 for address in addresses)


def test_facts_are_said_with_their_certainty_and_absent_ones_with_their_state(visitor: FlaskClient) -> None:
    facts = {row["field"]: row for row in part(visitor, page_of("la-rue-pour-tous"), "fait")}
    assert facts["conditions.compensation"]["text"] == "Non"
    assert facts["conditions.childcare"]["text"] == "Oui"
    assert facts["conditions.compensation"]["certainty"] == "deduit"
    assert facts["elected_role"]["certainty"] == "affirme"
    assert facts["guarantor"]["value_state"] == facts["budget"]["value_state"] == "non_transmis"
    assert "text" not in facts["guarantor"]
    text = words(visitor, page_of("la-rue-pour-tous"))
    assert "Garant Non transmis" in text
    assert "Prestataire Un prestataire (non nommé)" in text


def test_communes_are_named_and_a_perimeter_that_is_not_the_metropole_is_told(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("atelier-loire-chezine"))
    assert "Communes Couëron Indre Saint-Herblain Déduit" in text
    assert "périmètre : des communes (Couëron, Indre et Saint-Herblain)" in text


def test_figures_say_their_value_as_read_and_as_written_and_are_never_added(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("la-rue-pour-tous"))
    assert "environ 40 personnes" in text
    assert "écrit : « une quarantaine de citoyen·nes »" in text
    assert "3 600 contributions" in text
    assert "Ces chiffres ne s'additionnent pas" in text
    convention = words(visitor, page_of("convention-citoyenne"))
    assert "fait partie de : 2 300 personnes" in convention


def test_a_demarche_without_figures_says_that_this_is_not_zero(visitor: FlaskClient) -> None:
    assert "Aucun chiffre transmis : ce n'est pas zéro." in words(visitor, page_of("pdu"))


def test_an_ambiguous_figure_shows_its_readings(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("lieux-a-reinventer-2021"))
    assert "Ambigu : plusieurs lectures" in text
    assert "Lectures possibles" in text


def test_every_number_of_the_story_leads_to_where_it_is_written(visitor: FlaskClient) -> None:
    html = html_of(visitor, page_of("convention-citoyenne"))
    for row in part(visitor, page_of("convention-citoyenne"), "chiffre"):
        assert f"/provenance/{row['id']}" in html
        assert all(row[name] for name in ("quote", "document_id", "lines"))


def test_the_sheet_of_a_demarche_is_the_same_in_both_forms(visitor: FlaskClient) -> None:
    rows = items(visitor, f"{page_of('convention-citoyenne')}.json")
    table = sheet(visitor, f"{page_of('convention-citoyenne')}.csv")
    said = [(row["part"], row["label"].removeprefix("'")) for row in table]
    assert said == [(row["part"], row["label"]) for row in rows]
    assert all(row["value_state"] for row in table if row["value"])


# the consultation


def test_proposals_stand_by_workshop_in_the_order_of_the_document_not_of_their_votes(visitor: FlaskClient) -> None:
    rows = part(visitor, page_of("metrokawa-12"), "proposition")
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    votes = [row["value"] for row in rows]
    assert votes != sorted(votes, reverse=True)
    html = html_of(visitor, page_of("metrokawa-12"))
    assert re.findall(r'id="proposition-(\w+)"', html) == [row["id"] for row in rows]
    assert len(re.findall(r'id="atelier-\d+"', html)) == len({row["heading"] for row in rows}) == 4


def test_votes_only_indicate_and_wishes_are_no_practices(visitor: FlaskClient) -> None:
    rows = part(visitor, page_of("metrokawa-12"), "proposition")
    assert all(row["indicative"] is True and row["unit"] == "votes" for row in rows)
    text = words(visitor, page_of("metrokawa-12"))
    assert text.count("vœu, non pratique existante") == len(rows)
    assert text.count("à titre indicatif") >= len(rows)
    assert "Lecture des votes. Le chiffre entre parenthèses" in text
    total = sum(row["value"] for row in rows)
    assert not re.search(rf"\b{total} votes\b", text)


def test_the_sections_of_a_proposal_unfold_with_their_source(visitor: FlaskClient) -> None:
    html = html_of(visitor, page_of("metrokawa-12"))
    sections = [row for row in part(visitor, page_of("metrokawa-12"), "passage") if row["field"] == "contribution"]
    assert sections
    for row in sections:
        assert f"/provenance/passage/{row['id']}" in html
    assert "Cite : Loi Maptam" in words(visitor, page_of("metrokawa-12"))


def test_remarks_about_a_workshop_stand_under_it(visitor: FlaskClient) -> None:
    text = words(visitor, page_of("metrokawa-12"))
    start, end = text.rindex("Atelier 2 : La présence"), text.rindex("Atelier 3 : Inclure")
    assert start < text.index("À ne pas confondre.") < end


# what a platform may send


def test_votes_a_platform_did_not_send_are_not_zero(sqlite_app: Flask) -> None:
    source = make_source()
    proposal = {"process_id": "118", "type": "proposition"}
    run(source, [
        process("118"),
        Record("contribution", "1", {**proposal, "title": "Sans compte"}, "L1"),
        Record("contribution", "2", {**proposal, "title": "Comptée", "votes": 4, "comments": 0}, "L2"),
        Record("contribution", "3", {**proposal, "title": "Tue", "votes": None, "votes_state": "non_communique"}, "L3"),
    ])  # fmt: skip
    client = sqlite_app.test_client()
    text = words(client, page_of("118"))
    assert "Sans compte proposition vœu, non pratique existante votes : non transmis" in text
    assert "4 votes" in text
    assert "0 commentaire" in text
    assert "n.c. — non communiqué" in text
    rows = {row["label"]: row for row in part(client, page_of("118"), "proposition")}
    assert "value" not in rows["Sans compte"]
    assert rows["Tue"]["value_state"] == "non_communique"


def test_many_contributions_are_paged_and_whole_in_the_sheet(tmp_path: Path) -> None:
    for application in ready(tmp_path / "instance", "", PAGE_SIZE=2):
        source = make_source()
        made = (
            Record("contribution", f"c{n}", {"process_id": "118", "type": "proposition", "title": f"Idée {n}"}, "L")
            for n in range(5)
        )
        run(source, [process("118"), *made])
        client = application.test_client()
        assert "Idée 4" in words(client, f"{page_of('118')}?page=3")
        assert "Idée 4" not in words(client, page_of("118"))
        assert len(part(client, page_of("118"), "proposition")) == 5
        assert client.get(f"{page_of('118')}?page=4").status_code == 400


def test_a_withdrawn_demarche_stays_readable_and_says_so(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [process("118")])
    address = page_of("118")
    run(source, [Record("process", "118", {}, "L1", deleted=True)])
    client = sqlite_app.test_client()
    assert "N'apparaît plus à la source depuis le 31 janvier 2026" in words(client, address)
    assert items(client, "/demarches.json") == []


def test_two_sources_with_the_same_names_never_mix_their_steps(sqlite_app: Flask) -> None:
    for slug, siren in (("un", "244400404"), ("deux", "243500139")):
        source = make_source(slug, siren)
        run(source, [process("1"), Record("stage", "e", {"process_id": "1", "title": f"Étape de {slug}"}, "L")])
    client = sqlite_app.test_client()
    rows = items(client, "/demarches.json")
    assert [row["steps"] for row in rows] == [1, 1]
    for row in rows:
        text = words(client, f"/demarches/{row['id']}")
        assert {"un", "deux"} & set(re.findall(r"Étape de (\w+)", text)) == {row["source"]}


def test_an_unknown_demarche_is_a_404_in_words(visitor: FlaskClient) -> None:
    assert "Aucune démarche ne porte l'identifiant" in words(visitor, "/demarches/0000000000000", 404)
    assert visitor.get(f"{page_of('pdu')}?couleur=bleu").status_code == 400
