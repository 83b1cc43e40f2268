"""The traps of the founding documents, continued (§4.5 to §4.8)."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from flask import Flask

from hub.db import db
from hub.harvest.network import write_things
from hub.models import NetworkThing
from tests.make import make_source
from tests.test_founding_data import NETWORK, RECORDS, REGISTER
from tests.test_founding_traps import (
    BILAN,
    COMMITMENTS,
    DELIBERATIONS,
    NUMERIQUE,
    OBSERVATIONS,
    PROCESSES,
    QUOTES,
    RENCONTRE,
    RESUMES,
    STAGES,
    SYNTHESE,
    VALUES,
    certainties,
    named,
    printed,
)

ENCOUNTERS, CYCLES, MEMBERSHIPS, ALIASES = map(named, ("encounter", "cycle", "membership", "alias"))
DOCUMENTS = named("document")
SIREN = {row["slug"]: row["siren"] for row in REGISTER}
EVERYTHING = repr([thing for where in (RECORDS, NETWORK) for _, thing in where])


def test_sessions_that_do_not_add_up_stay_three_ambiguous_statements() -> None:
    counts = {cycle: [count["quantity"]["value"] for count in data["stated_counts"]] for cycle, data in CYCLES.items()}
    assert counts == {"agents-2025": [5, 1, 3, 3], "agents-2024": [3, 3, 3]}
    sure = [certainties(count) for data in CYCLES.values() for count in data["stated_counts"]]
    assert sure == [{"ambigu"}] * 3 + [{"affirme"}] + [{"ambigu"}] * 2 + [{"affirme"}]
    held = [data for data in ENCOUNTERS.values() if data["group"] == "agents"]
    assert Counter((data["cycle_id"], data["type"]) for data in held) == {
        ("agents-2025", "retour_experience"): 3, ("agents-2024", "retour_experience"): 3
    }  # fmt: skip


def test_one_count_for_two_venues_is_neither_split_nor_added() -> None:
    printed(RESUMES, "en présentiel à Toulouse et à Paris")
    assert [(count["quantity"]["value"], count.get("venues")) for count in CYCLES["agents-2024"]["stated_counts"]] == [
        (3, ["Toulouse", "Paris"]), (3, None), (3, None)
    ]  # fmt: skip


def test_a_block_number_is_no_count() -> None:
    printed(RESUMES, "5 Et pour 2026 ?", "4 Nouvelles formes d'échanges ?", "2 Les objectifs de cette année")
    assert not [quote for quote in QUOTES if re.match(r"\d (Et pour|Nouvelles|Les objectifs|Qui est)", quote)]
    assert not [quote for quote in QUOTES if re.fullmatch(r"\d{1,3}", quote)]
    seances = [data for data in OBSERVATIONS.values() if data["metric"] == "seances" and data.get("channel")]
    assert all("numéro de bloc" in repr(data["trace"]) for data in seances)


def test_a_replaced_promise_has_two_dated_events_and_leads_to_what_replaces_it() -> None:
    printed(BILAN, "ci y a renoncé faute de soutien de l’État.", "les bases d’une nouvelle stratégie")
    promise = COMMITMENTS["chantier-19"]
    assert (promise["status"], promise["replaced_by"]) == ("remplace", "strategie-pauvrete-jeunes-enfants")
    assert [event["on"] for event in promise["history"]] == ["2021-07", "2021-10"]
    assert COMMITMENTS[promise["replaced_by"]]["level"] == "autre_plan"


def test_two_dates_are_two_milestones() -> None:
    printed(BILAN, "ZÉRO CHÔMEURS DE LONGUE DURÉE EN 2023", "labellisation des deux territoires en 2024.")
    promise = COMMITMENTS["chantier-22"]
    assert [(each["label"][:13], each["date"]["from"]) for each in promise["milestones"]] == [
        ("Deux quartier", "2023"), ("Labellisation", "2024")
    ]  # fmt: skip
    assert "due_on" not in promise


def test_two_years_later_is_since_the_crisis_and_the_report_comes_one_year_after_the_answer() -> None:
    printed(BILAN, "Deux ans plus tard, les avancées sont notables.", "un an après, constitue un premier bilan")
    assert "Deux ans plus tard" not in EVERYTHING
    answer, follow_up = STAGES["convention-citoyenne-reponse"], STAGES["convention-citoyenne-droit-de-suite"]
    assert (answer["delivered_on"], follow_up["delivered_on"]) == ("2021-07", "2022-06")
    assert {data["promised_on"] for data in COMMITMENTS.values() if "promised_on" in data} == {"2021-07"}


def test_deliberations_before_the_promise_are_dated_and_two_dates_in_one_cell_are_two() -> None:
    printed(BILAN, "Délibération 20 fév. 2020", "Délibérations oct 2020 et juin 2021")
    dates = {
        name: DELIBERATIONS[name]["decided_on"] for name in COMMITMENTS["o3-commission-ethique"]["deliberation_ids"]
    }
    assert list(dates.values()) == ["2020-10", "2021-06"]
    assert [DELIBERATIONS[name]["decided_on"] for name in COMMITMENTS["chantier-12"]["deliberation_ids"]] == [
        "2020-02-20"
    ]
    assert max(*dates.values(), "2020-02-20") < COMMITMENTS["chantier-12"]["promised_on"]


def test_a_voeu_is_another_formal_vote_and_what_is_asked_is_not_delivered() -> None:
    printed(BILAN, "Un vœu a été adopté en conseil métropolitain", "Première étape juin 2022")
    assert Counter(data["type"] for data in DELIBERATIONS.values() if data["type"] != "deliberation") == {
        "voeu": 1, "autre_vote": 1
    }  # fmt: skip
    asked = COMMITMENTS["o5-barometre-action-publique"]
    assert (asked["status"], asked["info"]) == ("inconnu", "Première étape juin 2022")
    assert not asked.keys() & {"history", "due_on", "milestones"}


def test_both_lists_stay_apart_and_brest_neither_left_nor_has_a_reason() -> None:
    printed(RESUMES, "Qui est dans le groupe en 2025 ?", "Et pour 2025 ?")
    lists = {
        year: {each["written_as"]: each for each in MEMBERSHIPS.values() if each.get("year") == year}
        for year in ("2024", "2025")
    }
    assert lists["2024"].keys() - lists["2025"].keys() == {"Brest"}
    assert not lists["2025"].keys() - lists["2024"].keys()
    assert {frozenset(certainties(each, "year")) for each in lists["2025"].values()} == {frozenset({"affirme"})}
    for each in lists["2024"].values():
        assert certainties(each, "year") == {"deduit"}
        assert {len(step["readings"]) for step in each["trace"] if "year" in step["fields"]} == {2}
    assert {each["status"] for each in MEMBERSHIPS.values()} == {"membre", "present", "excuse"}


def test_2026_is_part_of_a_name_published_in_2025() -> None:
    printed(RESUMES, 'Le chantier ICPC "ambitions 2026", dont les publications se sont faites en 2025')
    (this_year,), (year_before,) = (CYCLES[each]["related_works"] for each in ("agents-2025", "agents-2024"))
    assert (this_year["published_on"], "Chantier ICPC" in this_year["title"]) == ("2025", True)
    assert ("published_on" in year_before, "Cycle de travail" in year_before["title"]) == (False, True)
    assert DOCUMENTS["publications-ambitions-2026"]["published_at"] == "2025"


def test_announced_themes_are_not_held_and_two_cultures_are_not_linked() -> None:
    printed(RESUMES, "(CCSPL, échelles interterritoriales, outils de diffusion d'une culture commune)")
    announced, held = named("planned_theme"), named("experience")
    assert {each["state"] for each in announced.values()} == {"annonce"}
    assert [each["theme"] for each in held.values() if "culture" in each["theme"]] == [
        "Outils de diffusion d'une culture interne"
    ]
    assert [each["title"] for each in announced.values() if "culture" in each["title"]] == [
        "Outils de diffusion d'une culture commune"
    ]
    assert not [key for each in announced.values() for key in each if "experience" in key or "encounter" in key]


def test_the_three_dates_of_the_timeline_are_matched_by_order() -> None:
    dates = [each for each in named("timeline").values() if each["subject"]["kind"] == "reseau"]
    assert [(each["date"]["as_written"], each["date"]["precision"], each["title"][:11]) for each in dates] == [
        ("2017", "annee", "Lancement d"), ("2020", "annee", "Publication"), ("2021-2022", "plage", "Création du")
    ]  # fmt: skip
    assert [certainties(each, "date") for each in dates] == [{"deduit"}] * 3


def test_the_work_of_the_panel_and_the_handing_over_are_two_stages() -> None:
    printed(BILAN, "De novembre 2020 à février 2021", "MARS 2021")
    panel, avis = STAGES["convention-citoyenne-panel"], STAGES["convention-citoyenne-avis"]
    assert (panel["starts_at"], panel["ends_at"], avis["delivered_on"]) == ("2020-11", "2021-02", "2021-03")


def test_no_year_is_added_to_a_day_or_a_season() -> None:
    printed(NUMERIQUE, "Participez au Festival Citoyen du 16 au 19 mai !")
    printed(SYNTHESE, "Workshop du 12 mai")
    for stage, said in (("grand-debat-longevite-festival", "16 au 19 mai"), ("metrokawa-12-workshop-12-mai", "12 mai")):
        assert not STAGES[stage].keys() & {"starts_at", "ends_at", "delivered_on"}
        assert said in STAGES[stage]["summary"]
    assert ENCOUNTERS["perspective-deuxieme-rencontre"]["date"] == {
        "precision": "saison", "as_written": "Au printemps prochain"
    }  # fmt: skip
    assert not re.search(r"(12|19) mai \d{4}|20\d\d-05-(12|16|19)|printemps 20", EVERYTHING)


def test_an_answer_dated_to_the_month_gives_no_start_to_its_instruction() -> None:
    printed(RENCONTRE, "remise de la réponse argumentée en janvier 2021", "il a été mené en 2 mois")
    assert STAGES["la-rue-pour-tous-reponse"]["delivered_on"] == "2021-01"
    assert not STAGES["la-rue-pour-tous-instruction"].keys() & {"starts_at", "ends_at", "delivered_on"}
    assert "2 mois" in STAGES["la-rue-pour-tous-instruction"]["summary"]
    assert "starts_on" not in PROCESSES["la-rue-pour-tous"]


def test_what_the_city_does_is_not_credited_to_the_metropole() -> None:
    printed(NUMERIQUE, "un espace unique du dialogue citoyen Ville et")
    printed(RENCONTRE, "La Ville de Nantes met à disposition l’espace", "initié en 2018, réédité en 2021.")
    printed(BILAN, "le magazine de la ville de Nantes", "équipement de la ville de Nantes")
    cumulated = [data for data in OBSERVATIONS.values() if data["basis"] == "cumul"]
    assert {(data["subject"]["kind"], data["perimeter"]) for data in cumulated} == {
        ("plateforme", "ville_et_metropole")
    }
    editions = {name: data for name, data in PROCESSES.items() if name.startswith("lieux-a-reinventer")}
    assert {data["perimeter"] for data in editions.values()} == {"ville"}
    assert [data["starts_on"] for data in editions.values() if "parent_id" in data] == ["2018", "2021"]
    for name, owner in (("chantier-18", "magazine de la ville de Nantes"), ("chantier-04", "équipement de la ville")):
        assert owner in COMMITMENTS[name]["history"][0]["label"]
        assert "figures" not in COMMITMENTS[name]


def test_other_plans_are_labelled_and_never_summed_with_the_102() -> None:
    printed(BILAN, "comporte 131 engagements métropolitains", "28 actions sont en cours")
    others = [data for data in COMMITMENTS.values() if data.get("level") == "autre_plan"]
    assert {data["title"]: [figure["quantity"]["value"] for figure in data.get("figures", ())] for data in others} == {
        "Feuille de route Longévité": [131],
        "Schéma stratégique piéton métropolitain": [28],
        "Nouvelle stratégie de prévention de la pauvreté des jeunes et des enfants": [],
    }
    assert not [data for data in others if "number" in data or data.get("process_id") == "convention-citoyenne"]
    assert not VALUES & {102 + 131, 102 + 28}


def test_ten_places_are_not_ten_communes_and_the_fifteen_communes_are_examples() -> None:
    printed(BILAN, "Dix places ont été choisies sur le territoire de la Métropole")
    printed(RENCONTRE, "des démarches qui impliquent 15 communes")
    register = {row["slug"]: set(row["communes"]) for row in REGISTER}
    places = PROCESSES["places-et-placettes"]["communes"]
    assert len(places) == len(set(places) & register["nantes"]) == 5
    figures = {each["quantity"]["unit"]: each["quantity"]["value"] for each in COMMITMENTS["chantier-26"]["figures"]}
    assert figures == {"expériences": 10, "places": 10}
    communes = [data for data in OBSERVATIONS.values() if data["metric"] == "communes"]
    assert sorted((data["quantity"]["value"], data["perimeter"]) for data in communes) == [
        (15, "communes"), (24, "metropole")
    ]  # fmt: skip
    assert {"dechetteries-de-demain", "route-de-vannes", "pirmil", "places-et-placettes"} <= PROCESSES.keys()
    assert not [data for data in PROCESSES.values() if len(data.get("communes", ())) in (10, 15)]


def test_plaine_commune_lies_inside_grand_paris_which_is_neither_a_company_nor_a_wish() -> None:
    printed(RESUMES, "Grand Paris, Lille, Lyon, Nantes, Plaine Commune")
    printed(SYNTHESE, "la Fabrique du Métro de la Société du Grand Paris", "Grand Paris: concurrence est/ouest")
    (inside,) = [row for row in REGISTER if row["within"]]
    assert (inside["slug"], inside["within"], inside["nature"]) == ("plaine-commune", SIREN["grand-paris"], "EPT")
    assert {each["document_id"] for each in ALIASES.values() if "Paris" in each["form"]} == {RESUMES}
    assert not [each for each in ALIASES.values() if "Société" in each["form"]]


def test_present_and_excused_are_read_by_column_and_no_person_is_kept() -> None:
    printed(RENCONTRE, "Nantes Métropole Bordeaux Métropole", "Excusé.e.s Accueil et organisation")
    meeting = ENCOUNTERS["rencontre-elus-nantes"]
    present, excused = ("nantes", "bordeaux", "rennes", "strasbourg", "grand-nancy"), ("metz", "lyon", "toulouse")
    for field, slugs, status in (("present", present, "present"), ("excused", excused, "excuse")):
        assert meeting[field] == [SIREN[slug] for slug in slugs]
        assert certainties(meeting, field) == {"deduit"}
        listed = [each for each in MEMBERSHIPS.values() if each["group"] == "elus" and each["status"] == status]
        assert [each["siren"] for each in listed] == meeting[field]
        assert {frozenset(certainties(each, "status")) for each in listed} == {frozenset({"deduit"})}
    assert {key for count in meeting["head_counts"] for key in count} == {
        "label", "siren", "status", "count", "functions"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("slug", "forms"),
    [
        ("clermont-auvergne", {"Clermont-Auvergne", "Métropole Clermont Auvergne"}),
        ("rouen-normandie", {"Rouen Normandie", "Rouen Normandie Métropole"}),
        ("grenoble-alpes", {"Grenoble", "Grenoble Alpes Métropole"}),
        ("lille", {"Lille", "Métropole Européenne de Lille"}),
        ("aix-marseille-provence", {"Aix-Marseille", "Métropole Aix Marseille"}),
        ("strasbourg", {"Strasbourg", "Eurométropole de Strasbourg"}),
        ("lyon", {"Lyon", "Grand Lyon", "Métropole de Lyon"}),
        ("grand-nancy", {"Grand Nancy", "Métropole du Grand Nancy", "métropole de Nancy"}),
    ],
)
def test_each_form_of_a_name_is_an_alias_of_one_metropole(slug: str, forms: set[str]) -> None:
    for each in ALIASES.values():
        if each["form"] in forms:
            printed(each["document_id"], each["form"])
            assert each["siren"] == SIREN[slug]
    assert {each["form"] for each in ALIASES.values() if each["siren"] == SIREN[slug]} == forms


def test_an_unknown_territory_is_told_and_none_is_created_silently(app: Flask) -> None:
    make_source()
    reims = {"id": "essai", "siren": "200067213", "form": "Grand Reims", "document_id": SYNTHESE}
    told = write_things("alias", [reims | {"trace": [{"quote": "Grand Reims", "certainty": "affirme"}]}], "Essai")
    assert [(each.rule, each.value) for each in told.problems["essai"]] == [("siren_inconnu", "200067213")]
    assert db.session.get(NetworkThing, ("alias", "essai")) is None
    assert not {"Grand Reims", "Amiens", "Montréal"} & {each["form"] for each in ALIASES.values()}
