"""The pages of indicators: the same cells in HTML, JSON, CSV, XLSX, pictures and the API; absent is never zero."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import insert

from hub.access.rights import AGENT
from hub.benchmark.cases_commitments import STATED
from hub.benchmark.indicators import CATALOGUE, INDICATORS
from hub.benchmark.measure_metadata import TOLD, declaration
from hub.benchmark.measure_parquet import MISSING
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.db import writing
from hub.harvest.founding import load_register
from hub.models import Case, Revision
from hub.pages.measure_words import REASONS
from tests.make import NANTES, RENNES, make_source, measure, process, run, thing
from tests.pages import between, content, html_of, items, links, plain, printed, sheet, spaced, table, words
from tests.people import entered

DIJON, BREST = "242100410", "242900314"
CHECKS = {
    "definition": ["A", "courante"],
    "periode": ["A", "meme"],
    "unite": ["A", "meme"],
    "couverture": ["A", "complete"],
    "validation": ["B", "controlee"],
}
UNKNOWN = CHECKS | {"couverture": ["C", "inconnue"]}


@pytest.fixture
def visitor(sqlite_app: Flask) -> FlaskClient:
    """A visitor of a hub that knows the metropoles, and measured nothing."""
    load_register()
    return sqlite_app.test_client()


@pytest.fixture
def measured(visitor: FlaskClient) -> FlaskClient:
    """Shares of answers in 2025: two comparable, one to be read with care, one too small, all others unknown."""
    make_source("nantes-plateforme", licence="Licence Ouverte 2.0")
    shown: dict[str, Any] = {"numerator": 29, "denominator": 102, "low": 0.2058, "high": 0.3784}
    said = {"grade": "B", "checks": CHECKS, "sources": ["nantes-plateforme"]}
    measure("reponse_part", NANTES, "2025", 29 / 102, **shown, **said)
    measure(
        "reponse_part", RENNES, "2025", 0, numerator=0, denominator=12, low=0, high=0.2425, grade="B", checks=CHECKS
    )
    careful = {"numerator": 2, "denominator": 10, "low": 0.0567, "high": 0.5098, "grade": "C", "checks": UNKNOWN}
    measure("reponse_part", DIJON, "2025", 0.2, state="estime", **careful)
    measure("reponse_part", BREST, "2025", None, state="effectif_insuffisant", numerator=1, denominator=3, cases=3)
    return visitor


def row_of(rows: list[dict[str, Any]], siren: str) -> dict[str, Any]:
    """The row of a metropole."""
    return next(row for row in rows if row["siren"] == siren)


def test_what_is_absent_is_absent_everywhere_and_zero_is_zero_everywhere(measured: FlaskClient) -> None:
    """B2, B38: HTML, JSON, CSV, XLSX, SVG and the API."""
    page = table(measured, "/indicateurs/reponse_part")
    assert page["Lyon"]["Valeur"] == "n.d. — pas de donnée transmise"
    assert page["Brest"]["Valeur"].startswith("n.s. — trop peu de cas")
    assert page["Rennes"]["Valeur"] == "0 % (p)"
    lyon = {"siren": "200046977", "value": None, "state": "non_transmis", "obs_status": "O"}
    for address in ("/indicateurs/reponse_part.json", "/api/v1/measures?i=reponse_part&limit=100"):
        found = items(measured, address)
        assert lyon.items() <= row_of(found, "200046977").items()
        assert (row_of(found, RENNES)["value"], row_of(found, RENNES)["state"]) == (0, "provisoire")
    rows = sheet(measured, "/indicateurs/reponse_part.csv")
    assert tuple(rows[0]) == MEASURE_COLUMNS
    assert [row_of(rows, siren)["value"] for siren in ("200046977", BREST, RENNES)] == ["", "", "0"]
    drawing = measured.get("/indicateurs/reponse_part.svg").text
    assert drawing.count('class="dot"') == 3, "only what has a value has a point"
    assert "pas de donnée transmise : Aix-Marseille-Provence, Bordeaux" in spaced(drawing)


def test_the_three_forms_of_a_page_hold_the_same_cells(measured: FlaskClient) -> None:
    found = items(measured, "/indicateurs/reponse_part.json")
    rows = sheet(measured, "/indicateurs/reponse_part.csv")
    assert [(row["siren"], row["state"], row["grade"]) for row in rows] == [
        (item["siren"], item["state"], item["grade"]) for item in found
    ]
    names = re.findall(
        r'role="rowheader"><a href="/metropoles/([^"]+)"', content(measured, "/indicateurs/reponse_part")
    )
    assert sorted(names) == sorted(item["metropole"] for item in found)
    assert items(measured, "/api/v1/measures?i=reponse_part&p=2025&limit=100") == found


def test_values_to_be_read_with_care_stand_apart(measured: FlaskClient) -> None:
    html = content(measured, "/indicateurs/reponse_part")
    apart = plain(between(html, 'id="prudence"', "Avant de comparer"))
    assert "Dijon" in apart
    assert "Nantes" not in apart
    assert "couverture non déclarée" in apart
    assert "B — contrôlée, pas encore validée par la métropole" in spaced(plain(html))


def test_a_chart_says_what_it_shows_in_words_with_its_source(measured: FlaskClient) -> None:
    """B36: the title is the finding, the description names the highest, the lowest, who is missing."""
    told = words(measured, "/indicateurs/reponse_part")
    assert "Avis ayant reçu une réponse : de 0 % à 28,4 %, 3 métropoles sur 22" in told
    assert "Valeur la plus haute : Nantes, 28,4 % (p) ; la plus basse : Rennes, 0 % (p)" in told
    assert "36 mois jusqu'à fin 2025" in told
    assert "Source : Dijon Métropole, Nantes Métropole et Rennes Métropole · 3 métropoles sur 22" in told
    assert "25,0 %, soit 31 sur 124 (3 métropoles sur 22)" in told


def test_the_network_and_its_citation_name_the_producers_first(measured: FlaskClient) -> None:
    """B39."""
    cited = plain(between(content(measured, "/indicateurs/reponse_part"), '<dl class="citation">', "</dl>"))
    assert (
        "Citation courte Dijon Métropole, Nantes Métropole et Rennes Métropole (2025), via Hub des métropoles" in cited
    )
    assert "« Avis ayant reçu une réponse »" in cited
    assert "consulté le 31 janvier 2026" in cited
    assert "/indicateurs/reponse_part" in cited
    one = plain(between(content(measured, "/indicateurs/reponse_part/nantes/2025"), '<dl class="citation">', "</dl>"))
    assert one.startswith("Citation courte Nantes Métropole (2025), via Hub")


def test_the_metropole_of_the_reader_is_in_bold(measured: FlaskClient, sqlite_app: Flask) -> None:
    agent = entered(sqlite_app, AGENT, NANTES)
    assert 'class="ring"' in agent.get("/indicateurs/reponse_part").text
    assert 'class="ring"' not in measured.get("/indicateurs/reponse_part").text


def test_one_declaration_makes_the_page_the_metadata_the_api_and_the_glossary(visitor: FlaskClient) -> None:
    """B33."""
    listed = {one["key"]: one for one in items(visitor, "/api/v1/indicators")}
    glossary = {row["code"]: row for row in items(visitor, "/glossaire.json") if row.get("list") == "indicateurs"}
    every = {
        one["key"]: one for one in visitor.get("/indicateurs.csv-metadata.json").get_json(force=True)["indicators"]
    }
    told = words(visitor, "/glossaire")
    for one in CATALOGUE:
        said = visitor.get(f"/api/v1/indicators/{one.key}").get_json()
        own = visitor.get(f"/indicateurs/{one.key}.csv-metadata.json").get_json(force=True)
        assert said == listed[one.key] == every[one.key] == own["indicators"][0] == glossary[one.key]["mappings"]
        assert said == declared(one.key)
        page = words(visitor, f"/indicateurs/{one.key}")
        for text in (one.label, one.question, one.why, one.unit, *one.limits, *(each.change for each in one.history)):
            assert spaced(text).rstrip("?!;: ") in re.sub(r" (?=[?!;:])", " ", page), (one.key, text)
        assert one.numerator[1:] in page
        assert one.denominator[1:] in page
        assert one.label in told
        assert one.numerator in told


def declared(key: str) -> dict[str, Any]:
    """The declaration of an indicator as JSON writes it: tuples as lists."""
    said = declaration(INDICATORS[key])
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def test_the_metadata_tell_each_column_the_licence_and_the_sources(measured: FlaskClient) -> None:
    answer = measured.get("/indicateurs/reponse_part.csv?p=2025")
    link = re.match(r"<([^>]+)>; rel=\"describedby\"", answer.headers["Link"])
    assert link
    assert link[1] == "/indicateurs/reponse_part.csv-metadata.json?p=2025"
    told = measured.get(link[1]).get_json(force=True)
    assert told["url"] == "http://localhost/indicateurs/reponse_part.csv?p=2025"
    assert [column["name"] for column in told["tableSchema"]["columns"]] == list(MEASURE_COLUMNS) == list(TOLD)
    assert told["dc:rights"] == "Licence Ouverte 2.0"
    (source,) = told["sources"]
    assert (source["slug"], source["licence"]) == ("nantes-plateforme", "Licence Ouverte 2.0")


def test_a_workbook_holds_the_same_cells_typed_and_no_formula(measured: FlaskClient) -> None:
    measure("reponse_part", "200046977", "2025", None, state="non_collecte", sources=["=1+1"])
    answer = measured.get("/indicateurs/reponse_part.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reponse_part-2025.xlsx"'
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.sheet_names == ["Lisez-moi", "Mesures", "Définitions"]
    head, *lines = book.get_sheet_by_name("Mesures").to_python()
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    by_siren = {str(row["SIREN"]): row for row in rows}
    assert by_siren[NANTES]["Valeur"] == pytest.approx(29 / 102)
    assert by_siren[RENNES]["Valeur"] == 0
    assert (by_siren["200046977"]["Valeur"], by_siren["200046977"]["État"]) == ("", "Non collecté")
    assert by_siren["200046977"]["Sources"] == "=1+1", "a text, not a formula"
    assert "Licence Ouverte 2.0" in str(book.get_sheet_by_name("Lisez-moi").to_python())
    assert row_of(sheet(measured, "/indicateurs/reponse_part.csv"), "200046977")["source"] == "'=1+1"


def test_a_picture_stands_alone(measured: FlaskClient) -> None:
    answer = measured.get("/indicateurs/reponse_part.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ElementTree.fromstring(answer.text)
    assert root.get("font-family")
    assert root.get("viewBox")
    said = " ".join(root.itertext())
    for text in ("de 0", "Nantes", "À lire avec prudence", "Dijon Métropole, Nantes Métropole", "Licence Ouverte 2.0"):
        assert spaced(text) in spaced(said)
    png = measured.get("/indicateurs/reponse_part.png")
    assert (png.mimetype, png.data[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png.data[16:20], "big") == 1067


def test_on_paper_a_value_keeps_its_state_and_an_absent_one_says_why(measured: FlaskClient) -> None:
    answer = measured.get("/indicateurs/reponse_part.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert 'filename="reponse_part-' in answer.headers["Content-Disposition"]
    said = spaced(printed(answer.data))
    absent = REASONS["effectif_insuffisant"]
    for text in ("À lire avec prudence", absent, "Licence Ouverte 2.0", "Une valeur absente n'est pas un zéro"):
        assert spaced(text) in said
    root = PdfReader(io.BytesIO(answer.data)).root_object
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr-FR", True)
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert measured.get("/indicateurs/reponse_part.pdf").data == answer.data, "the same twice"


def test_parquet_is_written_where_pyarrow_is_and_explained_where_it_is_not(measured: FlaskClient) -> None:
    answer = measured.get("/indicateurs/reponse_part.parquet")
    try:
        import pyarrow.parquet as parquet  # an optional extra
    except ImportError:
        assert answer.status_code == 406
        assert spaced(MISSING) in plain(answer.text)
        pytest.skip("pyarrow n'est pas installé : pip install '.[parquet]'")
    rows = parquet.read_table(io.BytesIO(answer.data)).to_pylist()
    assert rows == [{**row} for row in items(measured, "/indicateurs/reponse_part.json")]


def test_the_catalogue_says_how_many_metropoles_are_known_by_theme(measured: FlaskClient) -> None:
    told = words(measured, "/indicateurs")
    assert (
        "Avis ayant reçu une réponse Répond-on ? 2025 : 3 métropoles sur 22 Une hausse est une amélioration 1" in told
    )
    assert "Démarches ouvertes Combien en ouvre-t-on ? 0 métropole sur 22" in told
    assert len(re.findall(r"<h2>Démarches</h2>", html_of(measured, "/indicateurs"))) == 1


def test_the_catalogue_exports_what_its_address_chooses(measured: FlaskClient) -> None:
    measure("demarches", NANTES, "2024", 4)
    chosen = "i=demarches&i=reponse_part&m=nantes&p=2024"
    rows = sheet(measured, f"/indicateurs.csv?{chosen}")
    assert [(row["indicator"], row["metropole"], row["period"], row["value"]) for row in rows] == [
        ("demarches", "nantes", "2024", "4"),
        ("reponse_part", "nantes", "2024", ""),
    ]
    every = items(measured, "/indicateurs.json")
    assert len(every) == len(CATALOGUE) * 23
    assert {row["period"] for row in every if row["indicator"] == "demarches"} == {"2024"}, "its newest known one"
    assert measured.get(f"/indicateurs.xlsx?{chosen}").status_code == 200
    told = measured.get(f"/indicateurs.csv-metadata.json?{chosen}").get_json(force=True)
    assert [one["key"] for one in told["indicators"]] == ["demarches", "reponse_part"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/indicateurs/inconnu", 404, "Aucun indicateur ne s'appelle « inconnu ». Indicateurs : demarches,"),
        ("/indicateurs/reponse_part?p=1700", 400, "p : valeur inconnue, « 1700 ». Acceptées : 2025."),
        ("/indicateurs/demarches?n=16plus", 400, "n : valeur inconnue, « 16plus ». Acceptées : brut, hab."),
        ("/indicateurs/reponse_part?n=hab", 400, "Acceptées : brut."),
        ("/indicateurs?i=rien", 400, "Acceptées : demarches, part_volontaire,"),
        ("/indicateurs?m=paris", 400, "m : valeur inconnue, « paris »"),
        ("/indicateurs?q=1", 400, "Paramètre inconnu : « q ». Acceptés : i, m, p."),
        ("/indicateurs/reponse_part/nantes/1700", 404, "Périodes connues : 2025."),
        ("/indicateurs/reponse_part/paris/2025", 404, "Aucune métropole ne s'appelle « paris »"),
        ("/indicateurs/rien/nantes/2025", 404, "Aucun indicateur ne s'appelle « rien »"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_is_accepted(
    measured: FlaskClient, address: str, status: int, said: str
) -> None:
    assert spaced(said) in words(measured, address, status)


def test_a_siren_leads_to_the_name_of_its_metropole(measured: FlaskClient) -> None:
    answer = measured.get(f"/indicateurs/reponse_part/{NANTES}/2025")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/indicateurs/reponse_part/nantes/2025")


def test_without_any_measure_every_page_says_so(visitor: FlaskClient) -> None:
    told = words(visitor, "/indicateurs/demarches")
    assert "Démarches ouvertes : aucune valeur connue" in told
    assert "Pas de total : aucune valeur connue (0 métropole sur 22)" in told
    assert "aucune métropole à ce jour" in told
    assert visitor.get("/indicateurs/demarches.png").status_code == 200
    assert "0 métropole sur 22" in words(visitor, "/indicateurs")
    alone = words(visitor, "/indicateurs/demarches/nantes/2025")
    assert "n.d. — pas de donnée transmise" in alone
    assert "Aucune fiche derrière cette valeur" in alone


def test_without_any_metropole_the_definitions_still_read(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    assert "Aucune métropole déclarée" in words(client, "/indicateurs")
    assert "Aucune métropole déclarée" in words(client, "/indicateurs/demarches")
    assert items(client, "/indicateurs/demarches.json") == []


def test_one_metropole_alone_is_neither_high_nor_low(visitor: FlaskClient) -> None:
    measure("demarches", NANTES, "2025", 22, low=13.8, high=33.3)
    told = words(visitor, "/indicateurs/demarches")
    assert "Démarches ouvertes : Nantes, 22 démarches" in told
    assert "Une seule valeur : Nantes, 22" in told
    assert "plus haute" not in told


def test_a_share_of_nothing_is_never_divided(visitor: FlaskClient) -> None:
    measure("reponse_part", NANTES, "2025", None, numerator=0, denominator=0, state="effectif_insuffisant")
    assert "0 (avis dont la réponse argumentée est publiée) ÷ 0 (avis citoyens remis) = n.s." in words(
        visitor, "/indicateurs/reponse_part/nantes/2025"
    )
    assert "aucune valeur connue" in words(visitor, "/indicateurs/reponse_part")


def test_a_count_may_be_related_to_inhabitants_with_their_year_and_source(visitor: FlaskClient) -> None:
    """B12, B13, B14."""
    measure("demarches", NANTES, "2025", 22, low=13.7825, high=33.3098)
    told = words(visitor, "/indicateurs/demarches?n=hab")
    assert "pour 100 000 habitants" in told
    assert "Population municipale" in told
    assert "non proposé : une personne peut compter plusieurs fois" in told
    nantes = row_of(items(visitor, "/indicateurs/demarches.json?n=hab"), NANTES)
    assert nantes["value"] == pytest.approx(nantes["numerator"] / nantes["denominator"] * 100_000)
    measure("participants", NANTES, "2025", 1800)
    assert table(visitor, "/indicateurs/participants?n=16plus")["Nantes"]["Valeur"].startswith("n.d.")
    assert table(visitor, "/indicateurs/participants?n=brut")["Nantes"]["Valeur"].startswith("1 800")
    people = visitor.get("/indicateurs/demarches.csv-metadata.json?n=hab").get_json(force=True)["populations"]
    assert {"siren", "population", "year", "source"} == set(people[0])


def test_a_body_is_active_or_not_without_a_chart(visitor: FlaskClient) -> None:
    measure("codev_actif", NANTES, "2025", 1, denominator=1)
    measure("codev_actif", RENNES, "2025", 0, denominator=1)
    page = table(visitor, "/indicateurs/codev_actif")
    assert [page[name]["Valeur"] for name in ("Nantes", "Rennes")] == ["oui (p)", "non (p)"]
    told = words(visitor, "/indicateurs/codev_actif")
    assert "Conseil de développement actif : 1 « oui » sur 2" in told
    assert "Pas d'intervalle" in told


@pytest.fixture
def cased(measured: FlaskClient) -> FlaskClient:
    """The share of Nantes with two cases that count and one that lacks the field, and one revision."""
    run(make_source("nantes-demarches"), [process("1", title="Été <b>pour tous</b>"), process("2"), process("3")])
    ids = [thing("process", name).id for name in ("1", "2", "3")]
    shared = {"indicator": "reponse_part", "siren": NANTES, "period": "2025", "kind": "process", "run_id": 1}
    rows: list[dict[str, Any]] = [
        {"hub_id": ids[0], "numerator": 1, "denominator": 1, "lacks": False},
        {"hub_id": ids[1], "numerator": 0, "denominator": 1, "lacks": False},
        {"hub_id": ids[2], "numerator": None, "denominator": None, "lacks": True},
    ]
    said = {"numerator": 1, "denominator": 2, "value": 0.5, "qualifier": "exact", "state": "provisoire", "grade": "B"}
    changed = {"at": "2026-01-12T10:00:00Z", "type": "correction", "audience": "public", "reason": "Date mal lue"}
    changed |= {"before": said, "after": said | {"value": None, "state": "non_transmis"}, "author": "correction"}
    with writing() as connection:
        connection.execute(insert(Case), [shared | row for row in rows])
        connection.execute(
            insert(Revision).values({"indicator": "reponse_part", "siren": NANTES, "period": "2025"} | changed)
        )
    return measured


def test_a_value_opens_on_its_formula_its_checks_and_its_cases(cased: FlaskClient) -> None:
    address = "/indicateurs/reponse_part/nantes/2025"
    assert address in links(html_of(cased, "/indicateurs/reponse_part"))
    html = content(cased, address)
    told = spaced(plain(html))
    assert "29 (avis dont la réponse argumentée est publiée) ÷ 102 (avis citoyens remis) = 28,4 %" in told
    assert "Validation B contrôlée, pas encore validée par la métropole" in told
    assert "valider les données 2025" in told
    assert escape("Été <b>pour tous</b>") in html
    assert "<b>pour tous" not in html
    counted, apart = spaced(html).split("À part : ce qui n'est pas compté", 1)
    assert "Démarche 2" in counted
    assert "Démarche 3" in apart
    assert "ne dit pas ce qu'il faut" in plain(apart)
    identifier = thing("process", "1").id
    assert {f"/demarches/{identifier}", f"/provenance/{identifier}", "/sources/nantes-demarches"} <= set(links(html))
    assert "Correction d'une erreur 50 % n.d. Correction par une personne Date mal lue" in told
    assert "/metropoles/nantes#contacts" in links(html)


def test_what_a_stated_total_replaces_is_set_aside_with_its_reason(visitor: FlaskClient) -> None:
    measure("engagements_realises", NANTES, "2025", 0.5, numerator=1, denominator=2, notes=["totaux_enonces"])
    run(make_source("nantes-demarches"), [process("1"), process("2"), process("3")])
    ids = [thing("process", name).id for name in ("1", "2", "3")]
    shared = {"indicator": "engagements_realises", "siren": NANTES, "period": "2025", "run_id": 1, "kind": "commitment"}
    with writing() as connection:
        connection.execute(
            insert(Case),
            [
                shared | {"hub_id": ids[0], "numerator": 1, "denominator": 2, "said": STATED, "lacks": False},
                shared | {"hub_id": ids[1], "numerator": 0, "denominator": 1, "said": "en_cours", "lacks": False},
                shared | {"hub_id": ids[2], "numerator": None, "denominator": None, "said": None, "lacks": True},
            ],
        )
    address = "/indicateurs/engagements_realises/nantes/2025"
    counted, apart = words(visitor, address).split("À part : ce qui n'est pas compté", 1)
    assert "Démarche 1" in counted
    assert "1 sur 2" in counted
    assert "Démarche 2 Démarche non compté : un autre chiffre fait la valeur" in apart
    assert "Démarche 3" in apart
    assert "Totaux énoncés par le document de la métropole" in counted


def test_the_cases_of_a_value_as_data(cased: FlaskClient) -> None:
    found = items(cased, "/indicateurs/reponse_part/nantes/2025.json")
    assert [row["part"] for row in found] == ["mesure", "cas", "cas", "cas", "revision"]
    assert [row.get("lacks") for row in found[1:4]] == [False, False, True]
    assert found[1]["provenance"].startswith("/provenance/")
    rows = sheet(cased, "/indicateurs/reponse_part/nantes/2025.csv")
    assert [row["part"] for row in rows] == [row["part"] for row in found]


def test_the_cases_of_a_value_come_page_by_page(cased: FlaskClient, sqlite_app: Flask) -> None:
    sqlite_app.config["PAGE_SIZE"] = 2
    first = words(cased, "/indicateurs/reponse_part/nantes/2025")
    assert "1 à 2 sur 3 fiches" in first
    assert "Démarche 3" not in first
    assert "Démarche 3" in words(cased, "/indicateurs/reponse_part/nantes/2025?page=2")
    assert cased.get("/indicateurs/reponse_part/nantes/2025?page=3").status_code == 400
    assert cased.get("/indicateurs/reponse_part/nantes/2025.json?page=2").status_code == 200
    assert len(items(cased, "/indicateurs/reponse_part/nantes/2025.json")) == 5


def test_cases_of_members_are_not_for_the_public(cased: FlaskClient, sqlite_app: Flask) -> None:
    with writing() as connection:
        connection.execute(Case.__table__.update().values(hidden="public"))
    assert len(items(cased, "/indicateurs/reponse_part/nantes/2025.json")) == 2
    agent = entered(sqlite_app, AGENT, RENNES)
    assert len(items(agent, "/indicateurs/reponse_part/nantes/2025.json")) == 5


def test_the_api_gives_measures_page_by_page(measured: FlaskClient) -> None:
    seen, address = [], "/api/v1/measures?i=reponse_part&limit=10"
    while address:
        told = measured.get(address).get_json()
        assert told["total"] == 23
        seen += [item["siren"] for item in told["items"]]
        address = told["next"]
    assert seen == [item["siren"] for item in items(measured, "/indicateurs/reponse_part.json")]
    for query, said in (
        ("i=rien", "Acceptés : demarches"),
        ("m=paris", "voir /api/v1/metropoles"),
        ("p=1700", "Acceptés : 2025"),
        ("after=rien", "reprenez tel quel"),
        ("i=demarches&i=votes", "donné plusieurs fois"),
    ):
        answer = measured.get(f"/api/v1/measures?{query}")
        assert answer.status_code == 400
        assert said in answer.get_json()["detail"]
    assert measured.get("/api/v1/indicators/rien").status_code == 404


def test_a_demonstration_marks_its_files(measured: FlaskClient, sqlite_app: Flask) -> None:
    sqlite_app.config["DEMO"] = True
    for form in ("csv", "json", "svg", "csv-metadata.json"):
        assert "fictives" in measured.get(f"/indicateurs/reponse_part.{form}").text, form
    book = CalamineWorkbook.from_filelike(io.BytesIO(measured.get("/indicateurs/reponse_part.xlsx").data))
    assert "fictives" in str(book.get_sheet_by_name("Lisez-moi").to_python())


def test_an_indicator_is_printed_even_where_no_metropole_is_known_yet(sqlite_app: Flask) -> None:
    answer = sqlite_app.test_client().get("/indicateurs/demarches.pdf?n=hab")
    assert answer.status_code == 200
    assert printed(answer.data).count("Population municipale") == 1, "what its definition divides by, of no year"
