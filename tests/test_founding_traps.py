"""The traps of the founding documents (§4.1 to §4.4): the words as printed, the right expression, the wrong one absent.

A reading is one stated figure in one line: its subject, measure, qualifier and value, nature, period, perimeter and
channel. A trap is sprung when the right reading is missing, or when a wrong one exists anywhere in the data.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

import schemas
from tests.test_founding_data import NETWORK, RECORDS, SEEDS, collapsed, needs_seeds, traces

BILAN, RENCONTRE, RESUMES = "bilan-convention-citoyenne-nantes", "rencontre-elus-nantes", "resumes-annuels-groupe"
SYNTHESE, NUMERIQUE = "synthese-metrokawa-agorasso", "dialogue-citoyen-numerique-nantes"
LEGEND = "Chantier à ouvrir Chantier en cours Chantier réalisé Délibération adoptée"


def text_of(document: str) -> str:
    return (SEEDS / f"{document}.txt").read_text("utf-8")


def printed(document: str, *words: str) -> None:
    """The words of the trap stand in the document, where the documents are here."""
    if SEEDS.is_dir():
        assert [each for each in words if collapsed(each) not in collapsed(text_of(document))] == []


def named(kind: str) -> dict[str, dict[str, Any]]:
    """The founding records of one kind, or the network's things of one kind, by identifier."""
    records = {each["remote_id"]: each["data"] for _, each in RECORDS if each["kind"] == kind}
    return records or {thing["id"]: thing for known, thing in NETWORK if known == kind}


COMMITMENTS, DELIBERATIONS, STAGES = named("commitment"), named("deliberation"), named("stage")
OBSERVATIONS, PROCESSES, CONTRIBUTIONS = named("observation"), named("process"), named("contribution")
QUOTES = [collapsed(each["quote"]) for where in (RECORDS, NETWORK) for _, thing in where for each in traces(thing)]


def certainties(thing: dict[str, Any], field: str | None = None) -> set[str]:
    """How sure the whole thing is, or one of its fields."""
    about = (each for each in thing["trace"] if (field in each["fields"] if field else not each["fields"]))
    return {each["certainty"] for each in about}


def reading(subject: str, metric: str, said: dict[str, Any]) -> str:
    quantity, period = said["quantity"], said.get("period", {})
    value = quantity.get("value", f"{quantity.get('low')}-{quantity.get('high')}")
    value = f"{value:.3g}" if said["basis"] == "part" else value
    when = f"{period.get('from', '')}..{period.get('to', '')}" if period.keys() & {"from", "to"} else None
    words = (subject, metric, quantity.get("qualifier", "exact"), value, said["basis"], when or period.get("precision"))
    return " ".join(map(str, filter(None, (*words, said.get("perimeter"), said.get("channel")))))


def readings() -> list[tuple[str, str]]:
    """Every figure that the data state, as (words it comes from, reading)."""
    found = [
        (" | ".join(each["quote"] for each in data["trace"]), data["subject"]["remote_id"], data["metric"], data)
        for data in OBSERVATIONS.values()
    ] + [
        (" | ".join(each["quote"] for each in data["trace"]), name, "figure", figure)
        for name, data in COMMITMENTS.items()
        for figure in data.get("figures", ())
    ]
    return [(collapsed(quotes), reading(*rest)) for quotes, *rest in found]


READINGS = readings()
VALUES = {float(number) for _, said in READINGS for number in re.findall(r" ([\d.]+) (?:flux|cumul|insta|objec)", said)}

# fmt: off
FIGURES = [  # §, document, words, right reading, wrong reading
    ("4.1", RENCONTRE, "Près de 200 démarches menées lors du précédent mandat",
     "244400404 demarches pres_de 200 flux mandat metropole", "demarches exact 200|demarches pres_de 200 (cumul|inst)"),
    ("4.1", RENCONTRE, "fédérant près de 1.800 membres",
     "reseau membres pres_de 1800 instantane inconnue reseau", r" 1\.8 | membres exact 1800"),
    ("4.1", RENCONTRE, "une quarantaine de citoyen·nes",
     "la-rue-pour-tous participants environ 40 flux inconnue", "la-rue-pour-tous participants exact"),
    ("4.1", BILAN, "plus de 20 délibérations ont été débattues et adoptées",
     "convention-citoyenne deliberations plus_de 20 flux 2021..2022 metropole", "deliberations exact"),
    ("4.1", BILAN, "engagements propres avec plus de 70 mesures",
     "convention-citoyenne engagements plus_de 70 flux 2021-07..2021-07 communes", "engagements .* 7[0-9] .* metro"),
    ("4.1", BILAN, "proposent 70 actions à leur échelle.",
     "convention-citoyenne engagements exact 70 flux 2021-07..2021-07 communes", "engagements .* (140|17[0-9]) "),
    ("4.1", BILAN, "une cinquantaine de sites sont visés",
     "chantier-13 figure environ 50 objectif", "chantier-13 figure .* part"),
    ("4.1", BILAN, "22 oasis de nature sont déjà apparus",
     "chantier-13 figure exact 22 instantane", "chantier-13 figure exact 50"),
    ("4.1", BILAN, "29 sont réalisés, soit un tiers",
     "convention-citoyenne engagements exact 29 instantane 2022-06-27..2022-06-27 metropole", r" 0\.284 "),
    ("4.1", BILAN, "29 sont réalisés, soit un tiers",
     "convention-citoyenne engagements exact 0.333 part 2022-06-27..2022-06-27 metropole", " 34 "),
    ("4.1", BILAN, "Près d'une trentaine de chantiers prioritaires",
     "convention-citoyenne engagements pres_de 30 flux 2021-07..2021-07 metropole", "engagements exact (28|30) "),
    ("4.1", BILAN, "700 à 800 logements en accession abordable par an",
     "chantier-07 figure fourchette 700-800 objectif inconnue", " (750|1500) "),
    ("4.2", RENCONTRE, "12 000 comptes de citoyens créés sur la plateforme.",
     "nantes-documents comptes exact 12000 cumul 2019.. ville_et_metropole en_ligne", "(particip|vot)ants .* 12000"),
    ("4.2", RENCONTRE, "8 000 contributions",
     "nantes-documents contributions exact 8000 cumul 2019.. ville_et_metropole en_ligne", "nantes-documents .* part"),
    ("4.2", RENCONTRE, "elles ont été nombreuses (3600)",
     "la-rue-pour-tous contributions exact 3600 flux inconnue en_ligne", "participants .* 3600"),
    ("4.2", RENCONTRE, "70 propositions des citoyen·nes",
     "la-rue-pour-tous propositions exact 70 flux inconnue", "la-rue-pour-tous (participants|contributions) .* 70 "),
    ("4.2", NUMERIQUE, "225 contributions",
     "grand-debat-longevite contributions exact 225 instantane inconnue en_ligne", "contributions .* 225 (flux|cumul)"),
    ("4.2", BILAN, "auprès de 2300 habitants et habitantes",
     "convention-citoyenne repondants exact 2300 flux 2020-09..2020-09 metropole", "participants .* 2300 "),
    ("4.2", BILAN, "composée de 80 citoyens et citoyennes",
     "convention-citoyenne participants exact 80 flux 2020-11..2021-02 metropole", " 2380 "),
    ("4.2", RENCONTRE, "+ 9000h hts/an",
     "244400404 habitants exact 9000 flux annee metropole", "heures"),
    ("4.4", BILAN, "85 % DES CHANTIERS SONT EN COURS OU RÉALISÉS",
     "convention-citoyenne engagements exact 0.85 part 2022-06-27..2022-06-27 metropole", r" 0\.86"),
    ("4.4", BILAN, "plus de 85 % des actions et chantiers",
     "convention-citoyenne engagements plus_de 0.85 part 2022-06..2022-06 metropole", " 88 "),
    ("4.4", BILAN, "embarquer 1 000 foyers par an",
     "chantier-23 figure exact 1000 objectif 2023..", "figure .* 1000 (flux|cumul|instantane)"),
    ("4.4", BILAN, "Transformer 10 stations de tramway/busway",
     "o4-stations-mobilites figure exact 10 objectif", "o4-stations-mobilites figure .* (flux|cumul|instantane)"),
    ("4.4", BILAN, "20 projets d'ENR citoyens d'ici 2025",
     "o4-foncier-energie-citoyenne figure exact 20 objectif ..2025", "o4-foncier.* (flux|cumul|instantane)"),
    ("4.5", RESUMES, "Cinq séances de travail se sont tenus sur ce cycle.",
     "reseau seances exact 5 flux 2025..2025 reseau", "reseau seances exact 4"),
    ("4.5", RESUMES, "1 en présentiel à Paris",
     "reseau seances exact 1 flux 2025..2025 reseau presentiel", "reseau seances exact [246] "),
    ("4.5", RESUMES, "3 en distanciel",
     "reseau seances exact 3 flux 2025..2025 reseau en_ligne", "seances exact 2 "),
    ("4.5", RESUMES, "3 en présentiel à Toulouse et à Paris",
     "reseau seances exact 3 flux 2024..2024 reseau presentiel", "reseau seances exact 6"),
]
# fmt: on


@pytest.mark.parametrize(
    ("document", "words", "right", "wrong"),
    [pytest.param(*row, id=f"{paragraph} {row[1]}") for paragraph, *row in FIGURES],
)
def test_a_printed_figure_has_its_one_right_reading_and_the_wrong_one_exists_nowhere(
    document: str, words: str, right: str, wrong: str
) -> None:
    printed(document, words)
    of_these_words = [said for quotes, said in READINGS if collapsed(words) in quotes]
    assert of_these_words.count(right) == 1, of_these_words
    assert [said for _, said in READINGS if re.search(wrong, said)] == []


def test_no_figure_is_the_sum_of_figures_about_other_sets() -> None:
    platform = (8000 + 3600, 8000 + 225, 8000 + 3600 + 225, 3600 + 225, 12000 + 8000, 200 + 150)
    people = (2300 + 80, 40 + 50 + 80, 3600 + 70)
    promises = (102 + 131, 102 + 28, 102 + 131 + 28, 131 + 28, 102 + 70, 70 + 70, 29 + 59)
    assert not VALUES & {float(total) for total in (*platform, *people, *promises)}
    assert {data.get("origin", "enonce") for data in OBSERVATIONS.values()} == {"enonce"}


def test_three_ways_to_say_the_102_are_statements_about_one_set_and_only_one_is_exact() -> None:
    words = ("une centaine d'actions", "une centaine de pistes d'action", "près d'une centaine de chantiers ou actions")
    printed(BILAN, "une centaine d'actions", "une centaine de pistes", "102 engagements", words[2])
    whole = [
        data["quantity"] for data in OBSERVATIONS.values()
        if data["metric"] == "engagements" and data["subject"]["remote_id"] == "convention-citoyenne"
        and data["basis"] == "flux" and data["perimeter"] == "metropole" and "breakdown" not in data
    ]  # fmt: skip
    assert {said["as_written"]: (said["value"], said["qualifier"]) for said in whole} == {
        words[0]: (100, "environ"), words[1]: (100, "environ"), words[2]: (100, "pres_de"),
        "Les 102 engagements": (102, "exact"),
    }  # fmt: skip


@needs_seeds
def test_the_word_deliberation_is_not_counted_but_each_cited_one_is() -> None:
    lines = text_of(BILAN).split("\n")
    (stated,) = [data["quantity"] for data in OBSERVATIONS.values() if data["metric"] == "deliberations"]
    assert (stated["value"], stated["qualifier"]) == (20, "plus_de")
    assert sum(LEGEND in line for line in lines) == 5
    cells = [line for line in lines if re.match(r"\s*Délibérations? .*\d|\s*Délibérations oct", line)]
    two_in_one_cell, same_one_cited_twice = 1, 1
    voted = [name for name, data in DELIBERATIONS.items() if data["type"] == "deliberation"]
    assert len(voted) == len(cells) + two_in_one_cell - same_one_cited_twice


def test_the_platform_has_accounts_and_contributions_but_no_participants() -> None:
    of_the_platform = [said for _, said in READINGS if said.startswith("nantes-documents ")]
    assert {said.split()[1] for said in of_the_platform} == {"comptes", "contributions", "demarches"}
    assert not [said for said in of_the_platform if re.search(r" 0 ", said)]


def test_the_panel_is_drawn_from_those_who_answered() -> None:
    (panel,) = [data for data in OBSERVATIONS.values() if data["quantity"].get("as_written") == "80 personnes"]
    assert OBSERVATIONS[panel["drawn_from"]]["quantity"]["value"] == 2300
    assert [data for data in OBSERVATIONS.values() if data.get("drawn_from")] == [panel]


def test_a_counter_seen_on_an_open_page_has_a_date_known_by_context_only() -> None:
    (counter,) = [data for data in OBSERVATIONS.values() if data["quantity"].get("value") == 225]
    assert counter["period"] == {"precision": "inconnue"}
    assert certainties(counter, "period") == {"ambigu"}


def test_votes_are_indicative_and_there_is_neither_voter_nor_ranking() -> None:
    printed(SYNTHESE, "Il figure à titre indicatif")
    votes = [data for data in OBSERVATIONS.values() if data["metric"] == "votes"]
    assert {data["subject"]["kind"] for data in votes} == {"contribution"}
    assert {(data["indicative"], data["quantity"]["qualifier"], data["basis"]) for data in votes} == {
        (True, "exact", "instantane")
    }
    assert not [said for _, said in READINGS if re.search(r" votants |metrokawa-12 ", said)]
    assert not [key for data in CONTRIBUTIONS.values() for key in data if re.search("vote|rank|support", key)]


def test_more_than_16_is_not_16_and_over_and_speaks_of_the_city() -> None:
    words = "tous les Nantaises et Nantais de plus de 16 ans"
    printed(RENCONTRE, f"{words}.")
    assert words in PROCESSES["lieux-a-reinventer"]["recruitment_note"]
    assert PROCESSES["lieux-a-reinventer"]["perimeter"] == "ville"
    assert not re.search(r"16 ans et plus|15 ans", repr([*PROCESSES.values(), *STAGES.values()]))
    assert 16 not in VALUES


@needs_seeds
@pytest.mark.parametrize(
    ("document", "around", "value"),
    [
        (BILAN, r"auprès de (\S+) habitants", 2300),
        (RENCONTRE, r"plateforme\. (.{6}) comptes", 12_000),
        (RENCONTRE, r"près de (\S+) membres", 1800),
        (RENCONTRE, r"● (.{7}) habitants", 656_275),
        (RENCONTRE, r"\+ (\d+)h hts/an", 9000),
    ],
)
def test_each_way_the_documents_write_thousands_is_read(document: str, around: str, value: int) -> None:
    (found,) = re.findall(around, text_of(document))
    assert schemas.number(found, dot_groups="." in found) == value
    assert value in VALUES


def test_the_legend_gives_no_status_and_stated_totals_are_not_spread() -> None:
    printed(BILAN, LEGEND, "29 sont réalisés", "59 sont en cours", "14 chantiers restent à ouvrir")
    assert not [quote for quote in QUOTES if "Chantier réalisé" in quote or "Chantier à ouvrir" in quote]
    statuses = Counter(data["status"] for data in COMMITMENTS.values())
    assert statuses["inconnu"] > statuses.total() / 2
    assert (statuses["realise"] < 29, statuses["en_cours"] < 59, statuses["a_ouvrir"]) == (True, True, 0)


def test_the_infos_column_gives_no_status_no_start_and_no_due_date() -> None:
    studies = ("Etude en cours", "À l’étude", "Études de programmation en cours", "2022/2023", "2024", "2023", "2022")
    printed(BILAN, *studies, "conditionnés par des études préalables")
    rows = [data for data in COMMITMENTS.values() if data.get("info")]
    assert {data["info"] for data in rows} >= set(studies)
    assert not [data for data in rows if data.keys() & {"due_on", "starts_on", "milestones", "progress"}]
    assert {(data["status"], data["info"]) for data in rows if data["status"] != "inconnu"} == {
        ("en_cours", "En continu")
    }
    assert [certainties(each, "status") for each in rows if each["info"] == "En continu"] == [{"deduit"}] * 3


def test_what_is_created_three_days_after_the_document_is_announced() -> None:
    printed(BILAN, "EST CRÉÉ AU 30 JUIN 2022", "27 JUIN 2022")
    council = COMMITMENTS["chantier-06"]
    assert (council["status"], council["due_on"]) == ("inconnu", "2022-06-30")
    assert "history" not in council
    assert council["milestones"][0]["label"].startswith("Création annoncée")


def test_a_deliberation_of_june_2022_has_no_day_and_its_adoption_is_ambiguous() -> None:
    cited = [data for data in DELIBERATIONS.values() if data["decided_on"].startswith("2022-06")]
    if SEEDS.is_dir():
        assert len(cited) == text_of(BILAN).count("Délibération juin 2022") == 5
    assert {data["decided_on"] for data in cited} == {"2022-06"}
    assert [certainties(data) for data in cited] == [{"ambigu"}] * 5
    assert {len(each["readings"]) for data in cited for each in data["trace"] if not each["fields"]} == {2}


def test_highlights_are_no_commitments() -> None:
    highlights = ("Plus d’une vingtaine de rendez-vous citoyens", "DEUX CONGRÈS MAJEURS", "Un suivi évaluatif pour")
    printed(BILAN, *highlights, "proposé un « baromètre de l’action")
    whole = [each for data in COMMITMENTS.values() for each in data["trace"] if not each["fields"]]
    assert not [each["quote"] for each in whole if any(words in collapsed(each["quote"]) for words in highlights)]
    assert not [data for data in COMMITMENTS.values() if re.search("congrès|rendez-vous|Assises nat", data["title"])]
    assert {each["document_id"] for each in whole} == {BILAN}


def test_an_interpellation_is_kept_apart_and_may_or_may_not_be_one_of_the_102() -> None:
    printed(BILAN, "NOTRE INTERPELLATION", "Interpellation « Comment mieux relier les communes")
    asked = [data for data in COMMITMENTS.values() if data.get("level") == "interpellation"]
    assert [("number" in data, certainties(data)) for data in asked] == [(False, {"ambigu"})] * 2
    assert [name for name, data in COMMITMENTS.items() if "nterpellation «" in data["title"]] == [
        "o1-interpellation-metier-du-lien", "o4-interpellation-relier-les-communes"
    ]  # fmt: skip


def test_a_hundred_cities_are_a_name() -> None:
    printed(BILAN, "« 100 villes neutres en carbone »")
    assert "100 villes neutres en carbone" in COMMITMENTS["chantier-23"]["history"][0]["label"]
    assert not [said for said in OBSERVATIONS.values() if "ville" in said["quantity"].get("unit", "")]
    assert [figure["basis"] for figure in COMMITMENTS["chantier-23"]["figures"]] == ["objectif"]
