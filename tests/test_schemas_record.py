"""The envelope of a record, and what the door writes before it checks."""

from __future__ import annotations

import copy
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas

GOOD = {"kind": "process", "remote_id": "118", "data": {"title": "Une démarche"}}


def told(envelope: Any) -> list[tuple[str, str]]:
    return [(found.rule, found.pointer) for found in schemas.check_record(envelope)]


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"revision": 3},
        {"revision": "2024-05-02T08:00:00Z"},
        {"deleted": False},
        {"diffusion": "pairs", "public_on": "2027"},
    ],
)
def test_a_good_envelope_has_no_problem(extra: dict[str, Any]) -> None:
    assert told({**GOOD, **extra}) == []


def test_a_deleted_record_needs_no_data_and_its_data_are_not_looked_at() -> None:
    assert told({"kind": "process", "remote_id": "118", "deleted": True}) == []
    assert told({"kind": "process", "remote_id": "118", "deleted": True, "data": {"x": 1}}) == []


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"kind": "demarche"}, "genre_inconnu", "/kind"),
        ({"kind": ["process"]}, "genre_inconnu", "/kind"),
        ({"kind": ...}, "champ_manquant", "/kind"),
        ({"remote_id": ...}, "champ_manquant", "/remote_id"),
        ({"remote_id": ""}, "texte_vide", "/remote_id"),
        ({"remote_id": " 118"}, "identifiant_invalide", "/remote_id"),
        ({"remote_id": "118\n"}, "identifiant_invalide", "/remote_id"),
        ({"remote_id": "x" * 201}, "texte_trop_long", "/remote_id"),
        ({"remote_id": 118}, "type_invalide", "/remote_id"),
        ({"remote_id": unicodedata.normalize("NFD", "é")}, "identifiant_non_normalise", "/remote_id"),
        ({"data": ...}, "champ_manquant", "/data"),
        ({"data": []}, "type_invalide", "/data"),
        ({"data": {"title": ""}}, "texte_vide", "/data/title"),
        ({"data": {}}, "champ_manquant", "/data/title"),
        ({"deleted": "oui"}, "type_invalide", "/deleted"),
        ({"revision": "trois"}, "revision_invalide", "/revision"),
        ({"revision": -1}, "revision_invalide", "/revision"),
        ({"revision": 1.5}, "type_invalide", "/revision"),
        ({"diffusion": "secret"}, "code_inconnu", "/diffusion"),
        ({"public_on": "bientôt"}, "date_invalide", "/public_on"),
        ({"siren": "244400404"}, "champ_inconnu", "/siren"),
    ],
)
def test_each_bad_envelope_is_one_problem_at_its_place(changes: dict[str, Any], rule: str, pointer: str) -> None:
    envelope = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    assert told(envelope) == [(rule, pointer)]


@pytest.mark.parametrize("envelope", [None, [], "x", 3])
def test_what_is_no_envelope_is_one_problem(envelope: object) -> None:
    assert told(envelope) == [("type_invalide", "")]


@pytest.mark.parametrize(
    ("kind", "data", "stored"),
    [
        ("process", {"title": "x"}, {"title": "x", "state": "inconnu"}),
        ("process", {"state": "en_cours"}, {"state": "en_cours"}),
        ("commitment", {}, {"status": "inconnu", "level": "metropole"}),
        ("deliberation", {}, {"type": "deliberation"}),
        ("document", {}, {}),
        ("contribution", {"votes": 0}, {"votes": 0, "votes_state": "observe"}),
        ("contribution", {"votes": None}, {"votes": None}),
        ("contribution", {"votes_state": "masque"}, {"votes": None, "votes_state": "masque"}),
        ("contribution", {"votes_state": "observe"}, {"votes_state": "observe"}),
        ("contribution", {"votes": 1, "votes_state": "masque"}, {"votes": 1, "votes_state": "masque"}),
        (
            "observation",
            {"quantity": {"value": 1}, "denominator": {"value": 2}},
            {
                "quantity": {"value": 1, "qualifier": "exact"},
                "quantity_state": "observe",
                "denominator": {"value": 2, "qualifier": "exact"},
                "origin": "enonce",
            },
        ),
        (
            "observation",
            {"quantity_state": "non_collecte"},
            {"quantity": None, "quantity_state": "non_collecte", "origin": "enonce"},
        ),
        (
            "commitment",
            {"status": "realise", "level": "communes", "figures": [{"quantity": {"value": 1}}, {"label": "x"}, 3]},
            {
                "status": "realise",
                "level": "communes",
                "figures": [{"quantity": {"value": 1, "qualifier": "exact"}}, {"label": "x"}, 3],
            },
        ),
    ],
)
def test_the_door_writes_the_defaults(kind: str, data: dict[str, Any], stored: dict[str, Any]) -> None:
    before = copy.deepcopy(data)
    assert schemas.complete(kind, data) == stored
    assert data == before
    assert schemas.complete(kind, stored) == stored


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_what_is_no_object_is_left_to_the_check(data: Any) -> None:
    assert schemas.complete("process", data) is data
    assert schemas.complete("inconnu", {"a": 1}) == {"a": 1}


SHAPES = st.none() | st.integers(-2, 2) | st.text(max_size=3) | st.just([]) | st.just({"value": 1})
DATA = st.dictionaries(
    st.sampled_from(["votes", "votes_state", "amount", "amount_state", "budget", "quantity", "figures", "title"]),
    SHAPES | st.lists(st.fixed_dictionaries({"quantity": SHAPES}), max_size=2) | st.sampled_from(["masque", "observe"]),
)


@given(st.sampled_from(schemas.KINDS), DATA)
def test_completing_never_makes_a_thing_worse_and_twice_is_once(kind: str, data: dict[str, Any]) -> None:
    stored = schemas.complete(kind, data)
    assert schemas.complete(kind, stored) == stored
    before = {(found.rule, found.pointer) for found in schemas.check(kind, data)}
    after = {(found.rule, found.pointer) for found in schemas.check(kind, stored)}
    assert after <= before
