"""The traps of the founding documents, continued (§4.9, §4.10), and where each number leads a visitor (F7, F8)."""

from __future__ import annotations

import re
import unicodedata

import pytest
from flask.testing import FlaskClient

import schemas
from hub.benchmark.figures import figures, on_one_axis
from hub.benchmark.stated import gaps
from tests.pages import content, items, links, plain, words
from tests.test_founding_data import RECORDS, REGISTER, collapsed, needs_seeds
from tests.test_founding_traps import (
    BILAN,
    COMMITMENTS,
    CONTRIBUTIONS,
    NUMERIQUE,
    OBSERVATIONS,
    PROCESSES,
    QUOTES,
    READINGS,
    RENCONTRE,
    SYNTHESE,
    VALUES,
    certainties,
    named,
    printed,
    text_of,
)
from tests.test_founding_traps_2 import DOCUMENTS, EVERYTHING

PASSAGES, SETS = named("passage"), named("principle_set")
PROPOSALS = {name: data for name, data in CONTRIBUTIONS.items() if data["process_id"] == "metrokawa-12"}


@pytest.mark.parametrize(
    ("document", "around", "right", "wrong"),
    [
        (RENCONTRE, "Depuis 2019, 150 démarches",
         "nantes-documents demarches exact 150 cumul 2019.. ville_et_metropole", "demarches exact 150 (flux|insta)"),
        (BILAN, "la vingtaine de sujets de dialogue et de participation proposés chaque année",
         "244400404 demarches environ 20 flux annee metropole", "nantes-documents demarches .* flux"),
        (BILAN, "24 propositions en 2022",
         "nantes-documents demarches exact 24 objectif 2022..2022 metropole", "propositions exact 24 "),
        (BILAN, "30 logements agréés en 2020, 124 en 2021 et 242 en 2022.",
         "chantier-10 figure exact 242 flux 2022..2022", "chantier-10 figure .* (cumul|396 |objectif)"),
        (BILAN, "Depuis 2019, 861", "chantier-07 figure exact 861 cumul 2019..", "figure .* (861|875) flux| 1736 "),
        (RENCONTRE, "656 275 habitants",
         "244400404 habitants exact 656275 instantane inconnue metropole", "habitants .* 656275 (flux|cumul)"),
    ],
)  # fmt: skip
def test_what_accumulates_is_not_annual(document: str, around: str, right: str, wrong: str) -> None:
    printed(document, around)
    assert [said for quotes, said in READINGS if collapsed(around) in quotes].count(right) == 1
    assert [said for _, said in READINGS if re.search(wrong, said)] == []


def test_the_last_year_of_a_series_is_ambiguous_since_the_document_is_of_june() -> None:
    last = [each for each in COMMITMENTS["chantier-10"]["trace"] if each["quote"].endswith("242 en 2022.")][-1]
    assert (last["certainty"], len(last["readings"])) == ("ambigu", 2)
    assert certainties(COMMITMENTS["chantier-10"], "figures") == {"affirme", "ambigu"}


def test_stated_inhabitants_are_not_the_denominator_of_rates() -> None:
    (nantes,) = [row for row in REGISTER if row["slug"] == "nantes"]
    assert nantes["population"] != 656_275
    assert nantes["population_year"]
    assert not [data for data in OBSERVATIONS.values() if data.get("denominator", {}).get("value") == 656_275]


@needs_seeds
def test_the_vote_is_the_last_integer_in_parentheses_inside_or_outside_the_link() -> None:
    lines = [line for line in text_of(SYNTHESE).split("\n") if re.match(r"\s*- \[.*\(\d+\\?\)", line)]
    assert {bool(re.search(r"\\\)\]\(#\)$", line)) for line in lines} == {True, False}
    votes = [int(re.findall(r"\((\d+)\\?\)", line)[-1]) for line in lines]
    titles = [re.sub(r" ?\\?\(\d+\\?\)|\]\(#\)|^\s*- \[", "", line).replace("\\", "").strip() for line in lines]
    stated = {
        data["subject"]["remote_id"]: data["quantity"]["value"]
        for data in OBSERVATIONS.values() if data["metric"] == "votes"
    }  # fmt: skip
    assert [(data["title"], stated[name]) for name, data in PROPOSALS.items()] == list(zip(titles, votes, strict=True))
    assert [data["position"] for data in PROPOSALS.values()] == list(range(1, len(lines) + 1))
    assert sum("(municipal et métropolitain)" in title or "territoriales...)" in title for title in titles) == 2


def test_a_dedented_bullet_is_a_section_of_the_proposal_above() -> None:
    printed(
        SYNTHESE, "- Objectif : Dé-techniciser", "- **Exemple** : exécutif collégial", "- Objectif : Mieux corrélér"
    )
    assert not [data for data in PROPOSALS.values() if re.match("(Objectif|Moyen|Exemple|Constat)", data["title"])]
    owners = {
        ("50", "Objectif"): "creer-un-carnaval-democratique-metropolitain",
        ("98", "Exemple"): "elire-un-bureau-collegial",
        ("114", "Objectif"): "elire-les-conseillers-metropolitains-au-suffrage-universel-direct",
        ("135", "Objectif"): "creer-une-autorite-independante",
    }
    sections = {
        (each["trace"][0]["lines"], each["heading"]): each["subject"]["remote_id"] for each in PASSAGES.values()
    }
    assert {place: sections[place] for place in owners} == owners
    headings = {each.get("heading_raw") for each in PASSAGES.values()}
    assert {"Constats (élaboré en Workshop)", "Objectifs", "Moyen", "Moyens"} <= headings
    assert PROPOSALS.keys() - set(sections.values()) >= {"creer-un-droit-d-interpellation-des-elus"}


def test_a_dead_link_is_no_address_and_a_printed_one_is_whole() -> None:
    printed(RENCONTRE, "pages/les-cahiers-de -l-evaluation")
    printed(BILAN, "https://metropole.nantes.fr: Participer/Dialogue citoyen", "fr/reponse-convention")
    assert not [data for data in CONTRIBUTIONS.values() if "url" in data]
    addresses = {name: data["url"] for name, data in DOCUMENTS.items() if "url" in data}
    assert all(re.fullmatch(r"https://[^\s#]+", address) for address in addresses.values())
    platform = "https://dialoguecitoyen.metropole.nantes.fr"
    assert addresses["les-cahiers-de-l-evaluation"] == f"{platform}/pages/les-cahiers-de-l-evaluation"
    assert addresses["reponse-convention"] == f"{platform}/reponse-convention"
    assert addresses["site-de-la-metropole"] == "https://metropole.nantes.fr"


def test_where_each_proposal_was_made_is_unknown_and_a_wish_is_not_a_practice() -> None:
    printed(SYNTHESE, "La plupart des propositions ont été énoncés durant le Workshop", "Les citoyens, rétribués, sont")
    printed(RENCONTRE, "Les citoyens ne sont pas rétribués dans les démarches")
    assert not [key for data in PROPOSALS.values() for key in data if key in {"channel", "stage_id", "published_at"}]
    assert {data["type"] for data in PROPOSALS.values()} == {"proposition"}
    assert not [data for data in PROCESSES.values() if "budget" in f"{data.get('type')} {data['title']}"]
    paid = {name: data["conditions"]["compensation"] for name, data in PROCESSES.items() if "conditions" in data}
    assert paid == {"la-rue-pour-tous": False}


@pytest.mark.parametrize(
    ("number", "title", "body"),
    [
        (3, "Le soutien aux dispositifs", "131 engagements métropolitains"),
        (7, "La construction de logements abordables", "520 logements sociaux familiaux"),
        (13, "22 oasis de nature", "une cinquantaine de sites"),
        (14, "Équiper, connecter", "Le chantier de l’inclusion numérique"),
        (15, "Mise à l’abri", "inventaire des biens métropolitains"),
        (18, "L’information institutionnelle", "La nouvelle formule de Nantes Passion"),
        (19, "Prévention de la précarité", "France urbaine"),
        (21, "Le schéma stratégique piéton", "4 ambitions"),
        (23, "Défis citoyens", "1 000 foyers par an"),
        (25, "2021 : le Pacte", "Le Conseil métropolitain a voté le 8 octobre"),
        (26, "10 expériences", "Dix places ont été"),
    ],
)
def test_a_body_goes_to_its_heading_by_sense_under_the_first_integer(number: int, title: str, body: str) -> None:
    (work,) = [data for data in COMMITMENTS.values() if data.get("number") == str(number)]
    assert work["title"].startswith(title)
    assert collapsed(body) in collapsed(work["description"])
    printed(BILAN, *work["text_raw"].split("\n"))
    assert re.search(rf"^{number} +{title.upper()[:8]}", work["text_raw"], re.MULTILINE)


def test_priority_works_are_numbered_once_each_and_no_second_number_is_one() -> None:
    printed(BILAN, "13 22 OASIS", "26 10 EXPÉRIENCES", "25 2021 : LE PACTE")
    numbers = [int(data["number"]) for data in COMMITMENTS.values() if "number" in data]
    assert sorted(numbers) == list(range(1, 29))


@pytest.mark.parametrize(
    ("name", "info"),
    [
        ("o4-foncier-energie-citoyenne", "Marché d'interêt national en 2021 20 projets d'ENR citoyens d'ici 2025"),
        ("o4-monnaie-locale", "Plan Monokéo"),
        ("o1-visibilite-actions-sante", "Convention avec l’université et le CHU en 2023"),
        ("o4-economie-solidaire-quartiers",
         "Démarche VRAC (Vers un Réseau d'Achats commun) étendue en 2022 Délibération mars 2022"),
        ("o4-associations-reemploi", "2022"),
        ("o4-tiers-lieux-coworking", None),
        ("o4-epargne-transition-energetique", "2023"),
    ],
)  # fmt: skip
def test_an_info_goes_to_its_row_by_sense(name: str, info: str | None) -> None:
    assert COMMITMENTS[name].get("info") == info
    printed(BILAN, *(info or COMMITMENTS[name]["title"]).split(" Délibération mars")[:1])


def test_a_month_in_a_quotation_is_no_date_and_orientations_are_five() -> None:
    printed(BILAN, "JANVIER 2022 La participation des citoyens", "QUELLES OFFRES DE PARTICIPATION SONT ENCLENCHÉES")
    assert not [quote for quote in QUOTES if "JANVIER 2022" in quote or "n’est plus une option" in quote]
    orientations = list(dict.fromkeys(data["orientation"] for data in COMMITMENTS.values() if "orientation" in data))
    assert len(orientations) == 5
    printed(BILAN, *(f"• {each}" for each in orientations))
    fifth = [data for data in COMMITMENTS.values() if data.get("orientation") == orientations[-1] and "number" in data]
    assert [certainties(data, "type") for data in fifth] == [{"deduit"}] * 5


def test_page_marks_are_no_data_and_24_is_no_key_between_sets() -> None:
    assert 902 not in VALUES
    of_24 = {data["quantity"]["unit"]: data for data in OBSERVATIONS.values() if data["quantity"].get("value") == 24}
    assert of_24.keys() == {"communes", "membres", "acteurs", "propositions"}
    assert not [data for data in of_24.values() if "drawn_from" in data or "denominator" in data]


def letters(text: str) -> str:
    """What remains of a text read by a machine: letters without accents, I and l merged, no spaces, no numbering."""
    bare = unicodedata.normalize("NFKD", re.sub(r"^[\d.\-\s]+", "", text)).replace("I", "l").casefold()
    return "".join(letter for letter in bare if letter.isalpha())


def test_a_text_read_by_a_machine_keeps_both_its_raw_and_its_corrected_form() -> None:
    printed(NUMERIQUE, "Soutenir I'innovation sociale etle pouvoir d’agir des Nantais")
    goals = {each["number"]: each for each in SETS["cinq-objectifs"]["items"]}
    assert goals[4]["title"] == "Soutenir l'innovation sociale et le pouvoir d'agir des Nantais"
    assert "I'innovation sociale\netle pouvoir" in goals[4]["raw"]
    assert [letters(each["raw"]) for each in goals.values()] == [letters(each["title"]) for each in goals.values()]


def test_nothing_is_guessed_from_a_screenshot() -> None:
    printed(NUMERIQUE, "06/01/2017 | 05/12/2016", "SLETAEEN T", "Cest la part", "504 Ko", "2000 logements sociaux")
    assert not re.search(r"06/01/2017|2017-01-06|2016-12-05|SLETAEEN|Cest la part|(504|265) ?Ko", EVERYTHING)
    assert not [said for quotes, said in READINGS if "logements sociaux" in quotes and "chantier-07" not in said]


def test_twelve_and_fourteen_principles_are_two_sets_and_four_steps_name_none() -> None:
    printed(NUMERIQUE, "Reposant sur 14 principes")
    printed(RENCONTRE, "Les 12 principes d’actions", "Un standard/ processus en 4 étapes", "5. EXPERTISE D’USAGES,")
    assert {name: len(each["items"]) for name, each in SETS.items()} == {
        "douze-principes-d-actions": 12, "quatorze-principes": 14, "cinq-objectifs": 5, "processus-en-4-etapes": 0
    }  # fmt: skip
    assert SETS["douze-principes-d-actions"]["items"][4]["raw"].count("\n") == 2
    assert certainties(SETS["processus-en-4-etapes"], "items") == {"ambigu"}


def test_the_sentence_decides_what_is_counted_not_the_word() -> None:
    printed(RENCONTRE, "70 propositions des citoyen·nes", "Lancement du chantier métropoles participatives")
    printed(
        BILAN, "24 propositions en 2022", "70 actions à leur échelle", "plus de 70 mesures", "une centaine de pistes"
    )
    units = ("propositions", "actions", "mesures", "pistes d'action", "chantiers prioritaires")
    found = {(data["quantity"].get("unit"), data["metric"], data["perimeter"]) for data in OBSERVATIONS.values()
             if data["quantity"].get("unit") in units and "perimeter" in data}  # fmt: skip
    assert found == {
        ("propositions", "demarches", "metropole"), ("actions", "engagements", "metropole"),
        ("actions", "engagements", "communes"), ("mesures", "engagements", "communes"),
        ("pistes d'action", "engagements", "metropole"), ("chantiers prioritaires", "engagements", "metropole"),
    }  # fmt: skip


def test_only_nantes_has_figures_and_nothing_compares(visitor: FlaskClient) -> None:
    every = figures()
    assert {figure.metropole.slug for figure in every} == {"nantes"}
    assert len(on_one_axis(every)) == 1
    since, before = (next(each for each in every if each.quantity["value"] == value) for value in (150, 200))
    assert since.definition != before.definition
    assert [each.quantity["value"] for each in every if each.perimeter == "ville_et_metropole"] == [150, 12000, 8000]
    assert {each.flags for each in every if each.perimeter == "ville_et_metropole"} == {("perimetre_different",)}
    assert "Une seule métropole renseignée : rien à comparer encore" in words(visitor, "/comparer?v=enonces")
    others = [row for row in items(visitor, "/comparer.json?v=enonces") if row["metropole"] != "nantes"]
    assert {(row.get("value"), row["value_state"]) for row in others} == {(None, "non_transmis")}
    assert len({row["metropole"] for row in others}) == 22


@pytest.mark.parametrize(("address", "query"), [("/comparer", "?v=enonces"), ("/metropoles/nantes", "")])
def test_each_number_leads_in_two_clicks_to_its_quotation_and_to_its_file(
    visitor: FlaskClient, address: str, query: str
) -> None:
    records = {schemas.hub_id(slug, each["kind"], each["remote_id"]): each["data"] for slug, each in RECORDS}
    rows = items(visitor, f"{address}.json{query}")
    stated = {row["id"] for row in rows if row.get("id") in records and "value" in row}
    if address != "/comparer":
        pairs = [gap for gap in gaps(("nantes",)) if gap.comparison.key in ("engagements", "statuts", "parts")]
        stated |= {said.thing.id for gap in pairs for said in gap.statements}
    found = links(content(visitor, address + query))
    shown = {link.removeprefix("/provenance/") for link in found} & records.keys()
    assert stated <= shown
    assert len(stated) >= 5
    for name in shown:
        first_click = content(visitor, f"/provenance/{name}")
        files = [link for link in links(first_click) if re.fullmatch("/documents/[0-9a-z]{13}", link)]
        second_clicks = [content(visitor, file) for file in files]
        for each in records[name]["trace"]:
            sha256 = DOCUMENTS[each["document_id"]]["file_sha256"]
            assert collapsed(each["quote"]) in plain(first_click)
            assert sha256 in first_click
            assert [page for page in second_clicks if sha256 in page]
