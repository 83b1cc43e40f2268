"""`check`: every bad value gives its rule at its place, and nothing else."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

import pytest

import schemas

TODAY = date(2026, 6, 30)
MINIMAL: dict[str, dict[str, Any]] = {
    "process": {"title": "Une démarche", "state": "en_cours"},
    "stage": {"process_id": "118", "title": "Mandat"},
    "contribution": {"process_id": "118", "type": "proposition", "title": "Une idée"},
    "meeting": {"title": "Atelier", "starts_at": "2023-05-12"},
    "observation": {
        "subject": {"kind": "process", "remote_id": "118"},
        "metric": "participants",
        "period": {"from": "2023", "precision": "annee"},
        "basis": "flux",
        "quantity": {"value": 80},
    },
    "commitment": {"title": "Une promesse", "status": "en_cours"},
    "deliberation": {"title": "Un objet"},
    "document": {"title": "Un document"},
}


def told(kind: str, changes: dict[str, Any], **context: Any) -> list[tuple[str, str]]:
    """The problems of a minimal thing with these changes; a key changed to `...` is taken away."""
    data = {key: value for key, value in {**MINIMAL[kind], **changes}.items() if value is not ...}
    return [(found.rule, found.pointer) for found in schemas.check(kind, data, **context)]


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_minimal_thing_is_valid(kind: str) -> None:
    assert schemas.check(kind, MINIMAL[kind]) == []


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_each_required_key_is_missed_at_its_own_place(kind: str) -> None:
    for key in schemas.schema(kind)["required"]:
        field = schemas.schema(kind)["properties"][key]
        expected = [] if "default" in field else [("champ_manquant", f"/{key}")]
        assert told(kind, {key: ...}) == expected


BAD = [
    ("process", {"title": ""}, "texte_vide", "/title"),
    ("process", {"title": " \n\t\u00a0"}, "texte_vide", "/title"),
    ("process", {"title": "x" * 301}, "texte_trop_long", "/title"),
    ("process", {"title": 12}, "type_invalide", "/title"),
    ("process", {"title": None}, "type_invalide", "/title"),
    ("process", {"summary": "x" * 1001}, "texte_trop_long", "/summary"),
    ("process", {"description": "x" * 20_001}, "texte_trop_long", "/description"),
    ("process", {"titre": "x"}, "champ_inconnu", "/titre"),
    ("process", {"a/b~c": 1}, "champ_inconnu", "/a~1b~0c"),
    ("process", {"state": "ouverte"}, "code_inconnu", "/state"),
    ("process", {"themes": ["mobilites", "Mobilité douce"]}, "code_inconnu", "/themes/1"),
    ("process", {"themes": "mobilites"}, "type_invalide", "/themes"),
    ("process", {"themes_raw": ["", "x"]}, "texte_vide", "/themes_raw/0"),
    ("process", {"themes_raw": ["x"] * 1001}, "liste_trop_longue", "/themes_raw"),
    ("process", {"url": "http://exemple.fr/1"}, "adresse_invalide", "/url"),
    ("process", {"url": "https://"}, "adresse_invalide", "/url"),
    ("process", {"url": "https://exemple.fr/a b"}, "adresse_invalide", "/url"),
    ("process", {"url": "javascript:alert(1)"}, "adresse_invalide", "/url"),
    ("process", {"image_url": "/images/1.jpg"}, "adresse_invalide", "/image_url"),
    ("process", {"starts_on": "31/02/2026"}, "date_invalide", "/starts_on"),
    ("process", {"starts_on": "2026-02-29"}, "date_invalide", "/starts_on"),
    ("process", {"starts_on": "2026-03-15T10:00:00Z"}, "date_invalide", "/starts_on"),
    ("process", {"starts_on": 2026}, "type_invalide", "/starts_on"),
    ("process", {"starts_on": "2023-05", "ends_on": "2023-04-30"}, "dates_inversees", "/ends_on"),
    ("process", {"communes": ["44109", "Nantes"]}, "commune_invalide", "/communes/1"),
    ("process", {"conditions": {"childcare": "oui"}}, "type_invalide", "/conditions/childcare"),
    ("process", {"conditions": {"repas": True}}, "champ_inconnu", "/conditions/repas"),
    ("process", {"parent_id": " 12"}, "identifiant_invalide", "/parent_id"),
    ("process", {"budget": {"value": -1}}, "nombre_trop_petit", "/budget/value"),
    ("process", {"budget": {"value": 2**53}}, "nombre_trop_grand", "/budget/value"),
    ("process", {"budget": {"value": float("nan")}}, "nombre_invalide", "/budget/value"),
    ("process", {"budget": {"unit": "€"}}, "quantite_sans_valeur", "/budget/value"),
    ("process", {"budget": {"qualifier": "fourchette", "low": 1}}, "fourchette_incomplete", "/budget/high"),
    ("process", {"budget": {"qualifier": "presque", "value": 1}}, "code_inconnu", "/budget/qualifier"),
    ("process", {"budget": None}, "valeur_sans_etat", "/budget_state"),
    ("process", {"budget": None, "budget_state": "observe"}, "etat_sans_valeur", "/budget_state"),
    ("process", {"budget_state": "observe"}, "etat_sans_valeur", "/budget"),
    ("process", {"budget": {"value": 1}, "budget_state": "masque"}, "valeur_et_etat", "/budget_state"),
    ("process", {"budget": {"value": 1}, "budget_state": "definitif"}, "code_inconnu", "/budget_state"),
    ("process", {"trace": [{}]}, "champ_manquant", "/trace/0/certainty"),
    ("process", {"trace": [{"certainty": "deduit"}]}, "deduction_sans_raison", "/trace/0/basis_of_inference"),
    ("process", {"trace": [{"certainty": "ambigu"}]}, "ambigu_sans_lectures", "/trace/0/readings"),
    ("process", {"trace": [{"certainty": "ambigu", "readings": ["a"]}]}, "ambigu_sans_lectures", "/trace/0/readings"),
    ("process", {"trace": [{"certainty": "affirme", "readings": []}]}, "liste_trop_courte", "/trace/0/readings"),
    ("process", {"trace": [{"certainty": "affirme", "lines": "12 à 15"}]}, "lignes_invalides", "/trace/0/lines"),
    ("process", {"trace": [{"certainty": "affirme", "page": 0}]}, "nombre_trop_petit", "/trace/0/page"),
    ("process", {"title": "a\0b"}, "texte_invalide", "/title"),
    ("process", {"title": "a\ud800"}, "texte_invalide", "/title"),
    ("stage", {"position": 1.5}, "type_invalide", "/position"),
    ("stage", {"position": -1}, "nombre_trop_petit", "/position"),
    ("stage", {"starts_at": "2023-05-12 10:00"}, "date_invalide", "/starts_at"),
    ("stage", {"starts_at": "2023-05-12T10:00:00+02:00"}, "date_invalide", "/starts_at"),
    ("stage", {"starts_at": "2023-05-12T24:00:00Z"}, "date_invalide", "/starts_at"),
    ("stage", {"starts_at": "2023-05T10:00:00Z"}, "date_invalide", "/starts_at"),
    (
        "stage",
        {"starts_at": "2023-05-12T10:00:00Z", "ends_at": "2023-05-12T09:59:59Z"},
        "dates_inversees",
        "/ends_at",
    ),
    ("stage", {"document_ids": ["a", ""]}, "texte_vide", "/document_ids/1"),
    ("stage", {"answer_status": "oui"}, "code_inconnu", "/answer_status"),
    ("contribution", {"title": "x" * 201}, "texte_trop_long", "/title"),
    ("contribution", {"process_id": "x" * 201}, "texte_trop_long", "/process_id"),
    ("contribution", {"votes": "12"}, "type_invalide", "/votes"),
    ("contribution", {"votes": True}, "type_invalide", "/votes"),
    ("contribution", {"votes": -1}, "nombre_trop_petit", "/votes"),
    ("contribution", {"votes": 2**60}, "nombre_trop_grand", "/votes"),
    ("contribution", {"votes": None}, "valeur_sans_etat", "/votes_state"),
    ("contribution", {"votes": 0, "votes_state": "non_collecte"}, "valeur_et_etat", "/votes_state"),
    ("contribution", {"amount": -0.5}, "nombre_trop_petit", "/amount"),
    ("contribution", {"amount": float("inf")}, "nombre_invalide", "/amount"),
    ("contribution", {"location": {"lat": 91, "lon": 0}}, "nombre_trop_grand", "/location/lat"),
    ("contribution", {"location": {"lat": 47}}, "champ_manquant", "/location/lon"),
    ("contribution", {"withdrawn": "non"}, "type_invalide", "/withdrawn"),
    ("meeting", {"starts_at": "demain"}, "date_invalide", "/starts_at"),
    ("meeting", {"attendees": 12.5}, "type_invalide", "/attendees"),
    ("meeting", {"channel": "visio"}, "code_inconnu", "/channel"),
    ("meeting", {"report_url": "exemple.fr"}, "adresse_invalide", "/report_url"),
    ("observation", {"quantity": ...}, "valeur_ou_motif", "/quantity"),
    ("observation", {"quantity": {"value": -3}}, "nombre_trop_petit", "/quantity/value"),
    ("observation", {"basis": "part"}, "part_hors_bornes", "/quantity/value"),
    ("observation", {"metric": "personnes"}, "code_inconnu", "/metric"),
    ("observation", {"period": {"from": "2023"}}, "champ_manquant", "/period/precision"),
    ("observation", {"period": "2023"}, "type_invalide", "/period"),
    (
        "observation",
        {"period": {"precision": "plage", "from": "2023-05", "to": "2022"}},
        "dates_inversees",
        "/period/to",
    ),
    (
        "observation",
        {"quantity": {"qualifier": "fourchette", "low": 8, "high": 7}},
        "bornes_inversees",
        "/quantity/high",
    ),
    (
        "observation",
        {"quantity": {"qualifier": "fourchette", "low": 7, "high": 8, "value": 7}},
        "fourchette_avec_valeur",
        "/quantity/value",
    ),
    ("observation", {"subject": {"kind": "metropole", "remote_id": "Nantes"}}, "siren_invalide", "/subject/remote_id"),
    ("observation", {"subject": {"kind": "reseau", "remote_id": "x"}}, "sujet_reseau", "/subject/remote_id"),
    ("observation", {"subject": {"kind": "ville", "remote_id": "x"}}, "code_inconnu", "/subject/kind"),
    ("observation", {"breakdown": [{"dimension": "age"}]}, "champ_manquant", "/breakdown/0/value"),
    ("observation", {"breakdown": [{"dimension": "age", "value": "x"}] * 3}, "liste_trop_longue", "/breakdown"),
    ("commitment", {"progress": 50}, "part_hors_bornes", "/progress"),
    ("commitment", {"history": [{}]}, "objet_vide", "/history/0"),
    ("commitment", {"history": [{"on": "hier"}]}, "date_invalide", "/history/0/on"),
    ("commitment", {"milestones": [{"date": {"precision": "x"}}]}, "code_inconnu", "/milestones/0/date/precision"),
    (
        "commitment",
        {"milestones": [{"label": "a"}, {"date": {"precision": "plage", "from": "2024", "to": "2023"}}]},
        "dates_inversees",
        "/milestones/1/date/to",
    ),
    (
        "commitment",
        {"figures": [{"label": "a", "quantity": {"value": 85}, "basis": "part"}]},
        "part_hors_bornes",
        "/figures/0/quantity/value",
    ),
    ("commitment", {"figures": [{"label": "a", "basis": "flux"}]}, "champ_manquant", "/figures/0/quantity"),
    ("deliberation", {"siret": "123"}, "siret_invalide", "/siret"),
    ("deliberation", {"votes_for": None, "votes_for_state": "observe"}, "etat_sans_valeur", "/votes_for_state"),
    ("deliberation", {"decided_on": "9 février 2024"}, "date_invalide", "/decided_on"),
    ("document", {"type": "texte_cadre"}, "texte_cadre_sans_cadre", "/framework"),
    ("document", {"framework": "manifeste"}, "cadre_sans_texte_cadre", "/framework"),
    ("document", {"type": "bilan", "framework": "manifeste"}, "cadre_sans_texte_cadre", "/framework"),
    ("document", {"file_sha256": "ABC"}, "empreinte_invalide", "/file_sha256"),
    ("document", {"media_type": "pdf"}, "format_fichier_invalide", "/media_type"),
    ("document", {"language": "français"}, "langue_invalide", "/language"),
]


@pytest.mark.parametrize(("kind", "changes", "rule", "pointer"), BAD)
def test_each_bad_value_is_one_problem_at_its_place(
    kind: str, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    assert told(kind, changes) == [(rule, pointer)]


GOOD = [
    ("process", {"starts_on": "2021", "ends_on": "2021-03"}),
    ("process", {"starts_on": "2021-03-15", "ends_on": "2021"}),
    ("process", {"starts_on": "2024-02-29"}),
    ("process", {"communes": ["2A004", "97411"]}),
    ("process", {"budget": {"qualifier": "fourchette", "low": 7, "high": 7}}),
    ("process", {"budget": None, "budget_state": "sans_objet"}),
    ("process", {"budget_state": "non_transmis"}),
    ("stage", {"starts_at": "2023-05-12T10:00:00.5Z", "ends_at": "2023-05-12T10:00:00Z"}),
    ("stage", {"starts_at": "2023-05-12T10:00:00Z", "ends_at": "2023-05-12"}),
    ("stage", {"position": 3.0}),
    ("contribution", {"votes": 0}),
    ("contribution", {"votes": 2**53 - 1}),
    ("contribution", {"location": {"label": "Rue"}}),
    ("observation", {"quantity": ..., "quantity_state": "non_collecte"}),
    ("observation", {"basis": "part", "quantity": {"value": 0.85}}),
    ("observation", {"period": {"precision": "inconnue"}}),
    ("observation", {"subject": {"kind": "metropole", "remote_id": "244400404"}}),
    ("observation", {"subject": {"kind": "plateforme", "remote_id": "nantes-decidim"}}),
    ("commitment", {"figures": [{"label": "CO2", "quantity": {"value": -30}, "basis": "objectif"}]}),
    ("commitment", {"starts_on": "2999", "due_on": "2999"}),
    ("document", {"url": "https://exemple.fr/é?a=1#b"}),
]


@pytest.mark.parametrize(("kind", "changes"), GOOD)
def test_what_the_schema_admits_is_no_problem(kind: str, changes: dict[str, Any]) -> None:
    assert told(kind, changes, today=TODAY) == []


def test_every_problem_is_told_at_once() -> None:
    changes = {"title": "", "state": "x", "starts_on": "31/02/2026", "url": "x", "titel": 1, "budget": {"value": -1}}
    expected = {"/title", "/state", "/starts_on", "/url", "/titel", "/budget/value"}
    assert {pointer for _, pointer in told("process", changes)} == expected


@pytest.mark.parametrize("year", [1000, 1900, 2000, 2023, 2024, 2100, 2400, 2999])
def test_a_day_is_admitted_exactly_when_it_exists(year: int) -> None:
    for month in range(14):
        admitted = told("process", {"starts_on": f"{year}-{month:02}"}) == []
        assert admitted == (1 <= month <= 12)
        for day in range(33):
            exists = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
            text = f"{year}-{month:02}-{day:02}"
            assert (told("process", {"starts_on": text}) == []) == exists, text
            assert (told("stage", {"starts_at": f"{text}T00:00:00Z"}) == []) == exists, text


PAST = [
    ("process", {"published_at": "2026-07-01T00:00:00Z"}, "/published_at"),
    ("process", {"updated_at": "2027"}, "/updated_at"),
    ("contribution", {"answered_at": "2026-07"}, "/answered_at"),
    ("stage", {"delivered_on": "2026-07-01"}, "/delivered_on"),
    ("deliberation", {"decided_on": "2026-12-31"}, "/decided_on"),
    ("commitment", {"promised_on": "2030"}, "/promised_on"),
    ("commitment", {"proof_on": "2026-07-01"}, "/proof_on"),
    ("commitment", {"history": [{"on": "2026"}, {"on": "2026-07-01"}]}, "/history/1/on"),
    ("observation", {"as_of": "2026-07-01T08:00:00Z"}, "/as_of"),
]


@pytest.mark.parametrize(("kind", "changes", "pointer"), PAST)
def test_what_took_place_is_not_in_the_future(kind: str, changes: dict[str, Any], pointer: str) -> None:
    assert told(kind, changes, today=TODAY) == [("date_future", pointer)]
    assert told(kind, changes) == []


def test_the_day_itself_and_the_current_month_and_year_are_not_the_future() -> None:
    for day in ("2026-06-30", "2026-06-30T23:59:59Z", "2026-06", "2026"):
        assert told("process", {"published_at": day}, today=TODAY) == []


def test_a_commune_outside_the_metropole_is_named() -> None:
    communes = frozenset({"44109", "44162"})
    assert told("process", {"communes": ["44109", "75056"]}, communes=communes) == [
        ("commune_hors_metropole", "/communes/1")
    ]
    assert told("observation", {"communes": ["75056"]}, communes=communes) == [
        ("commune_hors_metropole", "/communes/0")
    ]
    assert told("process", {"communes": ["44109"]}, communes=communes) == []
    assert told("process", {"communes": ["44"]}, communes=communes) == [("commune_invalide", "/communes/0")]


def test_an_unknown_kind_is_one_problem() -> None:
    for kind in ("demarche", "", "common", "rules", "codelists/etape", "../setup"):
        assert [found.rule for found in schemas.check(kind, {})] == ["genre_inconnu"]


@pytest.mark.parametrize("data", [None, 1, "x", [], [{}], True])
def test_data_that_are_no_object_are_one_problem(data: object) -> None:
    assert [(found.rule, found.pointer) for found in schemas.check("process", data)] == [("type_invalide", "")]
