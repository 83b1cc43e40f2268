"""The glossary, the schemas, the rules and the plan of the site: all rendered from the files that say them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import schemas
from hub.benchmark.indicators import CATALOGUE
from hub.pages.plan_view import SENTENCES, planned
from hub.pages.reference_view import MAPPINGS, hub_words, type_words
from tests.conftest import ready
from tests.pages import items, sheet, spaced, words

FOLDER = Path(schemas.__file__).parent


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application without any data: these pages need none."""
    yield from ready(tmp_path_factory.mktemp("reference") / "instance", "")


@pytest.fixture
def visitor(empty: Flask) -> FlaskClient:
    return empty.test_client()


def test_the_glossary_defines_every_code_of_every_list_under_its_own_anchor(visitor: FlaskClient) -> None:
    told, html = words(visitor, "/glossaire"), visitor.get("/glossaire").text
    told = re.sub(r" (?=[:;?!»%€])", "", told)
    for liste in schemas.lists():
        assert f'id="{liste}"' in html
        for code in schemas.codes(liste):
            assert f"<code>{code}</code>" in html
            assert re.sub(r" (?=[:;?!»%€])", "", spaced(schemas.definition(liste, code))) in told


def test_the_glossary_gives_the_correspondences_of_a_code_and_leaves_out_what_is_not_known(
    visitor: FlaskClient,
) -> None:
    told = words(visitor, "/glossaire")
    assert "Spectre IAP2 : collaborate · Échelle d'Arnstein, barreau : 6 · OCDE, niveau : engagement" in told
    known = {key for liste in schemas.lists() for code in schemas.codes(liste) for key in schemas.entry(liste, code)}
    assert known == {*MAPPINGS, "code", "libelle", "definition"}


def test_the_words_of_the_hub_lead_to_pages_and_lists_that_exist(visitor: FlaskClient) -> None:
    defined = {each["word"]: each for each in hub_words()}
    assert {"Démarche", "Étape", "Engagement", "Couche", "Passage", "Instantané", "Moisson"} <= set(defined)
    for each in defined.values():
        assert each["word"] in words(visitor, "/glossaire")
        assert "list" not in each or each["list"] in schemas.lists()


def test_the_glossary_as_data_holds_the_same_words_and_codes(visitor: FlaskClient) -> None:
    found = items(visitor, "/glossaire.json")
    table = sheet(visitor, "/glossaire.csv")
    assert [row["label"] for row in table] == [row["label"] for row in found]
    codes = sum(len(schemas.codes(liste)) for liste in schemas.lists())
    assert len(found) == len(hub_words()) + codes + len(CATALOGUE)


def test_the_documentation_of_the_schemas_names_every_field_in_french(visitor: FlaskClient) -> None:
    told = words(visitor, "/schemas")
    for name, schema in schemas.documents().items():
        assert spaced(schema["title"]) in told
        for field in schema.get("properties", {}):
            assert f"{schemas.schema(name)['properties'][field].get('title', field)} {field}" in told, (name, field)
    assert "code de la liste « Type de démarche »" in told
    assert "texte, 300 caractères au plus" in told


def test_a_required_field_is_said_to_be_and_the_rows_agree(visitor: FlaskClient) -> None:
    found = items(visitor, "/schemas.json")
    required = {row["field"] for row in found if row["schema"] == "commitment" and row["required"]}
    assert required == set(schemas.schema("commitment")["required"])
    table = sheet(visitor, "/schemas.csv")
    assert [(row["schema"], row["field"]) for row in table] == [(row["schema"], row["field"]) for row in found]


def test_the_type_of_a_field_is_said_in_words() -> None:
    assert type_words({"type": "array", "items": {"type": "integer"}}) == "liste, chaque élément : nombre entier"
    assert type_words({"enum": ["tenue", "close"]}) == "un mot parmi : tenue ou close"
    assert type_words({"type": "object", "properties": {"on": {"title": "Le"}, "text": {}}}) == "objet : Le et text"
    assert type_words({"$ref": "/schemas/common.json#/$defs/Siren", "title": "SIREN"}) == "SIREN"


@pytest.mark.parametrize("name", ["process", "common", "record", "network/membership"])
def test_a_schema_is_served_as_its_file_stands(visitor: FlaskClient, name: str) -> None:
    answer = visitor.get(f"/schemas/{name}.json")
    assert answer.data == (FOLDER / f"{name}.json").read_bytes()
    assert answer.mimetype == "application/schema+json"


def test_a_code_list_is_served_as_its_file_stands(visitor: FlaskClient) -> None:
    answer = visitor.get("/schemas/codelists/theme.json")
    assert answer.data == (FOLDER / "codelists" / "theme.json").read_bytes()
    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    "name",
    [
        "rules",
        "rien",
        "../setup",
        "..%2f..%2fsetup",
        "network/../../hub/data/reference/metropoles",
        "/etc/passwd",
        "codelists/../rules",
    ],
)
def test_nothing_else_can_be_read(visitor: FlaskClient, name: str) -> None:
    answer = visitor.get(f"/schemas/{name}.json")
    assert answer.status_code in (308, 404)
    assert b"siren" not in answer.data


def test_every_rule_has_its_page_in_french_without_a_hole(visitor: FlaskClient) -> None:
    listed = words(visitor, "/problems")
    for rule, row in schemas.rules().items():
        told = words(visitor, f"/problems/{rule}")
        assert row["title"]
        assert row["title"] in told
        assert row["title"] in listed
        assert "{" not in told
        assert "None" not in told
        assert "Comment corriger" in told
    assert len(items(visitor, "/problems.json")) == len(schemas.rules())


def test_an_unknown_rule_is_told_in_words(visitor: FlaskClient) -> None:
    answer = visitor.get("/problems/rien")
    assert answer.status_code == 404
    assert "Aucune règle ne s'appelle «\u00a0rien\u00a0»" in unescape(answer.text)


def test_an_unknown_parameter_is_refused(visitor: FlaskClient) -> None:
    for address in ("/glossaire", "/schemas", "/problems", "/problems/date_invalide", "/plan-du-site"):
        assert visitor.get(f"{address}?q=mot").status_code == 400


def test_the_plan_of_the_site_names_every_page(empty: Flask, visitor: FlaskClient) -> None:
    entries = empty.extensions["menu"]
    pages = {
        rule.endpoint
        for rule in empty.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint.split(".")[0] not in ("api", "static")
        and not rule.endpoint.endswith(("_json", "_csv"))
    }
    assert pages - planned(entries) == set()
    html = visitor.get("/plan-du-site").text
    with empty.test_request_context():
        for entry in entries:
            assert f'href="{empty.url_for(entry.endpoint)}"' in html
    assert {entry.endpoint for entry in entries} <= set(SENTENCES), "une page du menu n'a pas sa question"
