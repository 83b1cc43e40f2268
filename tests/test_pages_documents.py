"""The library: each document, what was read in it line by line, what leads to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import Record
from hub.pages.documents_view import owner_words
from tests.conftest import SHARED
from tests.make import NANTES, RENNES, make_source, process, run, thing
from tests.pages import between, content, hrefs, html_of, items, same_rows, words

FILES = (
    "resumes-annuels-groupe",
    "rencontre-elus-nantes",
    "synthese-metrokawa-agorasso",
    "dialogue-citoyen-numerique-nantes",
    "bilan-convention-citoyenne-nantes",
)


def page_of(remote_id: str) -> str:
    return f"/documents/{thing('document', remote_id).id}"


def test_the_library_lists_every_document_once_by_title(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, "/documents")
    titles = [row["title"] for row in rows]
    assert titles[0] == "1 an après la Convention citoyenne de Nantes"
    assert len(rows) == len({row["id"] for row in rows})
    page = words(visitor, "/documents")
    assert "Texte-cadre : Charte de déontologie" in page
    assert "date non transmise" in page
    assert f"sur {len(rows)} documents" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?type=mandat", {"mandat-de-participation-chaufferie-californie", "mandat-de-participation-loire-chezine"}),
        ("?annee=2020", {"manifeste-des-metropoles-participatives"}),
        ("?metropole=reseau&type=resume_annuel", {"resumes-annuels-groupe"}),
    ],
)
def test_facets_narrow_the_page_and_its_data_alike(visitor: FlaskClient, query: str, expected: set[str]) -> None:
    rows = same_rows(visitor, "/documents", query)
    assert {row["id"] for row in rows} == {thing("document", each).id for each in expected}
    page = words(visitor, f"/documents{query}")
    assert all(row["title"] in page for row in rows)


def test_an_empty_choice_says_so_with_a_reason_and_a_way_out(visitor: FlaskClient) -> None:
    page = words(visitor, "/documents?theme=sante")
    assert "Aucun document de ce type." in page
    assert "ce n'est pas la preuve qu'il n'en existe pas" in page
    assert "/documents" in hrefs(visitor, "/documents?theme=sante")
    assert items(visitor, "/documents.json?theme=sante") == []


@pytest.mark.parametrize("query", ["?type=roman", "?metropole=paris", "?annee=hier", "?page=99", "?tri=titre"])
def test_a_choice_that_does_not_exist_is_refused_in_words(visitor: FlaskClient, query: str) -> None:
    assert re.search("Acceptée?s|un nombre de 1|qu'une page", words(visitor, f"/documents{query}", 400))


def test_an_unknown_document_is_a_page_not_found_in_words(visitor: FlaskClient) -> None:
    assert "Aucun document ne porte l'identifiant « rien »" in words(visitor, "/documents/rien", 404)
    assert visitor.get("/documents/rien/extraction").status_code == 404
    assert visitor.get("/documents/rien.json").status_code == 404


def test_a_founding_file_shows_its_print_and_what_was_read_in_it(visitor: FlaskClient) -> None:
    address = page_of("bilan-convention-citoyenne-nantes")
    page = words(visitor, address)
    assert "b8051f92f5ebc792760b01fdea95122f778445b9ccccecdda3c561baeaecc891" in page
    assert "27 juin 2022" in page
    assert "Convention citoyenne de Nantes" in page
    kinds = items(visitor, f"{address}/extraction.json")
    deliberations = {row["id"] for row in kinds if row["kind"] == "deliberation"}
    assert f"Délibération {len(deliberations)}" in page
    assert f"{address}/extraction?genre=deliberation" in hrefs(visitor, address)


def test_what_joins_or_replaces_a_document_leads_back_to_it(visitor: FlaskClient) -> None:
    page = words(visitor, page_of("reponse-convention"))
    assert "document joint" in page
    assert "Convention citoyenne de Nantes" in page
    assert "travail lié" in words(visitor, page_of("publications-ambitions-2026"))
    manifesto = hrefs(visitor, page_of("manifeste-des-metropoles-participatives"))
    assert "https://i-cpc.org/document/manifeste-des-metropoles-participatives/" in manifesto


def test_addresses_outside_the_hub_give_no_hold_on_the_page(visitor: FlaskClient) -> None:
    html = html_of(visitor, page_of("charte-participation-citoyenne-metropolitaine"))
    link = re.search(r'<a class="address"[^>]+>', html)
    assert link
    assert 'rel="noopener"' in link.group()


@pytest.mark.parametrize("name", FILES)
def test_every_extracted_quotation_stands_in_the_file_at_its_lines(visitor: FlaskClient, name: str) -> None:
    file = SHARED / "seeds" / f"{name}.txt"
    if not file.exists():
        pytest.skip(f"le fichier d'origine n'est pas là : {file}")
    rows = items(visitor, f"{page_of(name)}/extraction.json")
    assert rows
    for row in rows:
        assert row["quote"] in _lines(file, row["lines"]), row


def _lines(file: Path, lines: str) -> str:
    """The words of the file at these lines, its spaces and line ends as one space."""
    first, _, last = lines.partition("-")
    chosen = file.read_text("utf-8").split("\n")[int(first) - 1 : int(last or first)]
    return " ".join(" ".join(chosen).split())


def test_the_extraction_follows_the_lines_of_the_file(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, f"{page_of('resumes-annuels-groupe')}/extraction")
    places = [int(row["lines"].split("-")[0]) for row in rows]
    assert places == sorted(places)


def test_the_same_words_read_alike_stand_on_one_line_with_their_certainty(visitor: FlaskClient) -> None:
    page = words(visitor, f"{page_of('resumes-annuels-groupe')}/extraction?genre=network/membership")
    assert "Appartenance au groupe (année) : 14 fiches Écrit tel quel" in page
    assert "Appartenance au groupe (année) : 15 fiches Déduit" in page
    assert "2025, d'après le titre imprimé" in page


def test_statements_of_the_same_words_have_one_order_on_every_database(visitor: FlaskClient) -> None:
    rows = items(visitor, f"{page_of('resumes-annuels-groupe')}/extraction.json")
    same: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        same.setdefault((row["lines"], row["quote"], row["kind"]), []).append(row["id"])
    assert any(len(ids) > 1 for ids in same.values())
    assert all(ids == sorted(ids) for ids in same.values())


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("loi-maptam", "cité dans les documents du réseau"),
        ("charte-de-gouvernance-du-grand-reims", "cité dans les documents du réseau"),
        ("notre-solution-lescrd", "cité dans les documents du réseau"),
        ("manifeste-des-metropoles-participatives", "Réseau"),
        ("resumes-annuels-groupe", "Réseau"),
    ],
)
def test_a_document_of_others_is_not_said_to_be_the_network_s(visitor: FlaskClient, name: str, owner: str) -> None:
    assert owner_words(thing("document", name)) == owner
    eyebrow = between(content(visitor, page_of(name)), 'class="eyebrow"', "</p>")
    assert eyebrow.lower().endswith(owner.lower())


def test_the_extraction_is_narrowed_by_certainty_in_every_form(visitor: FlaskClient) -> None:
    rows = same_rows(visitor, f"{page_of('rencontre-elus-nantes')}/extraction", "?certitude=ambigu")
    assert rows
    assert {row["certainty"] for row in rows} == {"ambigu"}
    assert all(len(row["readings"]) > 1 for row in rows)
    assert visitor.get(f"{page_of('rencontre-elus-nantes')}/extraction?certitude=sure").status_code == 400


def test_a_document_nobody_quotes_says_why_nothing_was_read_in_it(visitor: FlaskClient) -> None:
    address = page_of("loi-maptam")
    assert "Aucune fiche ne s'appuie sur le texte de ce document." in words(visitor, address)
    page = words(visitor, f"{address}/extraction")
    assert "Aucun énoncé tiré de ce document." in page
    assert "Les lignes sont celles du fichier" not in page
    assert same_rows(visitor, f"{address}/extraction") == []


def test_the_facts_of_a_document_are_its_sheet(visitor: FlaskClient) -> None:
    facts = {row["field"]: row for row in same_rows(visitor, page_of("bilan-convention-citoyenne-nantes"))}
    assert facts["published_at"] == facts["published_at"] | {"value": "2022-06-27", "certainty": "deduit"}
    assert facts["url"]["value_state"] == "non_transmis"
    assert "value" not in facts["url"]


def test_no_page_of_the_founding_documents_weighs_too_much(visitor: FlaskClient) -> None:
    for name in FILES:
        for address in (page_of(name), f"{page_of(name)}/extraction"):
            assert len(visitor.get(address).data) < 200_000


def test_the_documents_of_an_empty_hub_say_where_to_look(sqlite_app: Flask) -> None:
    visitor = sqlite_app.test_client()
    page = words(visitor, "/documents")
    assert "Aucun document n'est transmis à ce jour." in page
    assert "de ce type" not in page
    assert "/sources" in hrefs(visitor, "/documents")


def test_two_sources_may_name_their_documents_alike_without_mixing_them(sqlite_app: Flask) -> None:
    for slug, siren in (("a", NANTES), ("b", RENNES)):
        trace = {"certainty": "affirme", "document_id": "charte", "quote": f"Mots de {slug}", "lines": "1"}
        records = [Record("document", "charte", {"title": f"Charte {slug}"}), process(f"p-{slug}", trace=[trace])]
        run(make_source(slug, siren), records)
    visitor = sqlite_app.test_client()
    for row in items(visitor, "/documents.json"):
        mine = row["title"].removeprefix("Charte ")
        quotes = [each["quote"] for each in items(visitor, f"/documents/{row['id']}/extraction.json")]
        assert quotes == [f"Mots de {mine}"]


def test_a_document_gone_from_its_source_stays_readable_and_says_since_when(sqlite_app: Flask) -> None:
    source = make_source()
    run(source, [Record("document", str(n), {"title": f"Document {n}"}) for n in range(10)])
    run(source, [Record("document", "0", {}, deleted=True)])
    visitor = sqlite_app.test_client()
    assert "N'apparaît plus à la source depuis le 31 janvier 2026" in words(visitor, page_of("0"))
    assert "Document 0" not in words(visitor, "/documents")
