"""The schema files themselves: what is published is complete, sound and in step with the code lists and the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

import schemas
from schemas.registry import expand, resolve

NAMED = [*schemas.KINDS, "record"]
DEFINITIONS = schemas.schema("common")["$defs"]
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
RULES_OF_KEYWORDS = {
    "type": {"type_invalide", "nombre_invalide"},
    "enum": {"code_inconnu"},
    "required": {"champ_manquant"},
    "dependentRequired": {"champ_manquant"},
    "additionalProperties": {"champ_inconnu"},
    "minLength": {"texte_vide"},
    "maxLength": {"texte_trop_long"},
    "minimum": {"nombre_trop_petit"},
    "maximum": {"nombre_trop_grand"},
    "minItems": {"liste_trop_courte"},
    "maxItems": {"liste_trop_longue"},
    "minProperties": {"objet_vide"},
    "x-order": {"dates_inversees", "bornes_inversees"},
    "x-past": {"date_future"},
}
NEED_A_NAME = ("pattern", "const", "not", "anyOf", "oneOf")


def nodes(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a schema file with its place, examples left out."""
    if isinstance(node, dict):
        yield where, node
        for key, child in node.items():
            if key not in ("examples", "default", "enum", "const"):
                yield from nodes(child, f"{where}/{key}")
    elif isinstance(node, list):
        for rank, child in enumerate(node):
            yield from nodes(child, f"{where}/{rank}")


def fields(node: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the properties that a file declares for people: conditions are left out."""
    for key, child in node.get("properties", {}).items():
        yield f"{where}/{key}", child
        yield from fields(child, f"{where}/{key}")
        if isinstance(child.get("items"), dict):
            yield from fields(child["items"], f"{where}/{key}/*")


@pytest.mark.parametrize("name", sorted(schemas.documents()))
def test_every_file_is_a_valid_schema_and_its_id_is_its_address(name: str) -> None:
    node = dict(schemas.schema(name))
    assert jsonschema_rs.meta.is_valid(node)
    assert node["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert node["$id"] == f"/schemas/{name}.json"


@pytest.mark.parametrize("name", sorted(schemas.documents()))
def test_every_reference_leads_somewhere(name: str) -> None:
    for where, node in nodes(schemas.schema(name)):
        if "$ref" in node:
            assert resolve(node["$ref"]), where


def test_there_is_one_schema_for_each_kind_of_record() -> None:
    assert set(schemas.KINDS) <= set(schemas.documents())
    assert schemas.schema("record")["properties"]["kind"]["enum"] == list(schemas.KINDS)
    subjects = DEFINITIONS["Subject"]["properties"]["kind"]["enum"]
    assert subjects == [*schemas.KINDS, "metropole", "plateforme", "reseau"]


@pytest.mark.parametrize("name", NAMED)
def test_every_field_has_a_french_label_and_a_sentence(name: str) -> None:
    for where, field in fields(dict(schemas.schema(name)), ""):
        assert field.get("title"), where
        assert field.get("description", "").endswith("."), where


@pytest.mark.parametrize("name", NAMED)
def test_every_field_of_a_record_has_its_column_and_no_two_share_one(name: str) -> None:
    columns = [field.get("x-colonne") for field in schemas.schema(name)["properties"].values()]
    assert all(columns)
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("name", NAMED)
def test_objects_are_closed_and_their_example_fills_every_field(name: str) -> None:
    node = schemas.schema(name)
    assert node["additionalProperties"] is False
    assert set(node["examples"][0]) == set(node["properties"])
    assert schemas.check(name, node["examples"][0]) == []
    assert schemas.complete(name, node["examples"][0]) == node["examples"][0]


@pytest.mark.parametrize("liste", schemas.lists())
def test_every_code_list_is_an_enum_of_the_common_file(liste: str) -> None:
    node = DEFINITIONS[f"code_{liste}"]
    assert node["enum"] == list(schemas.codes(liste))
    assert node["title"] == schemas.codelist(liste)["titre"]
    assert node["x-liste"] == liste


def test_no_enum_of_codes_is_without_its_list() -> None:
    assert {name for name in DEFINITIONS if name.startswith("code_")} == {f"code_{liste}" for liste in schemas.lists()}


def test_the_states_of_a_figure_are_those_that_the_list_gives_to_records() -> None:
    of_records = [row["code"] for row in schemas.codelist("etat_valeur")["codes"] if "fiche" in row["ou"]]
    assert DEFINITIONS["ValueState"]["enum"] == of_records


@pytest.mark.parametrize("name", sorted(schemas.documents()))
def test_every_rule_that_can_fail_has_a_title_a_message_and_a_cure(name: str) -> None:
    for where, node in nodes(schemas.schema(name)):
        reachable = {node["x-rule"]} if "x-rule" in node else set()
        for keyword, rules in RULES_OF_KEYWORDS.items():
            reachable |= rules if keyword in node else set()
        for rule in reachable:
            row = schemas.rules()[rule]
            assert row["title"], (where, rule)
            assert row["message"], (where, rule)
            assert row["how"], (where, rule)


@pytest.mark.parametrize("rule", sorted(schemas.rules()))
def test_every_rule_reads_well_even_without_its_words(rule: str) -> None:
    found = schemas.problem(rule, "/x")
    assert SNAKE.fullmatch(rule)
    assert found.doc == f"/problems/{rule}"
    assert found.severity in ("error", "warning", "info")
    assert found.message.endswith((".", " ", ")"))
    assert "{" not in found.message + found.how + (found.expected or "")


@pytest.mark.parametrize("name", [*NAMED, "common"])
def test_a_failing_pattern_or_choice_always_names_its_rule(name: str) -> None:
    conditions = re.compile(r"/(if|anyOf/\d+/properties/\w+|not)(/|$)")
    for where, node in nodes(schemas.schema(name)):
        if any(keyword in node for keyword in NEED_A_NAME) and not conditions.search(where):
            assert "x-rule" in node, where


@pytest.mark.parametrize("name", [*NAMED, "common"])
def test_every_text_and_every_number_is_bounded(name: str) -> None:
    for where, node in nodes(schemas.schema(name)):
        types = node.get("type", [])
        if "string" in types:
            assert "pattern" in node, where
        if "integer" in types or "number" in types:
            assert -(2**53) < node["minimum"] <= node["maximum"] < 2**53, where
        if types == "array" or "array" in types:
            assert "maxItems" in node, where


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_every_figure_has_its_state_beside_it(kind: str) -> None:
    properties = schemas.schema(kind)["properties"]
    states = {key: field["x-beside"] for key, field in properties.items() if "x-beside" in field}
    nullable = {key for key, field in properties.items() if "null" in expand(field).get("type", [])}
    assert states == {f"{key}_state": key for key in nullable}
    assert set(schemas.schema(kind).get("dependentSchemas", {})) == nullable | set(states)
