"""The code lists: what each code means, in French, once."""

from __future__ import annotations

import re

import pytest

import schemas

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
EU_THEMES = {"AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH", "TRAN"}
PARTICIPEDIA = {
    ("niveau_engagement", "participedia"): {"inform", "consult", "involve", "collaborate", "empower", "not"},
    ("recrutement", "participedia"): {"captive", "random", "stratified", "appointment", "election"},
    ("recrutement", "participedia_open"): {"open", "open_to", "limited", "both"},
    ("canal", "participedia"): {"facetoface", "online", "both"},
    ("theme", "participedia"): {
        *("agriculture", "arts", "business", "economics", "education", "energy", "environment", "governance"),
        *("health", "housing", "human", "identity", "immigration", "international", "labor", "law", "media"),
        *("national", "planning", "science", "social", "transportation"),
    },
}


def test_there_are_37_lists_and_275_codes() -> None:
    assert len(schemas.lists()) == 37
    assert sum(len(schemas.codes(liste)) for liste in schemas.lists()) == 275


@pytest.mark.parametrize("liste", schemas.lists())
def test_every_code_is_ascii_unique_labelled_and_defined_in_one_sentence(liste: str) -> None:
    stated = schemas.codelist(liste)
    assert stated["code"] == liste
    assert stated["titre"]
    codes = [row["code"] for row in stated["codes"]]
    assert len(set(codes)) == len(codes)
    for row in stated["codes"]:
        assert SNAKE.fullmatch(row["code"])
        assert row["libelle"].strip() == row["libelle"] != ""
        assert re.fullmatch(r"[A-ZÀÉÊÎÔÛŒ][^.]*(\.\d+[^.]*)*\.", row["definition"]), row


def test_no_two_codes_of_a_list_share_a_label_or_a_definition() -> None:
    for liste in schemas.lists():
        for key in ("libelle", "definition"):
            words = [row[key] for row in schemas.codelist(liste)["codes"]]
            assert len(set(words)) == len(words), (liste, key)


@pytest.mark.parametrize(("liste", "key"), sorted(PARTICIPEDIA))
def test_correspondences_with_participedia_name_codes_that_exist(liste: str, key: str) -> None:
    given = [row[key] for row in schemas.codelist(liste)["codes"] if row.get(key)]
    assert given
    assert set(given) <= PARTICIPEDIA[liste, key]


def test_sdmx_codes_exist_in_its_list_of_observation_statuses() -> None:
    """CL_OBS_STATUS 2.2."""
    known = set("OMLHQBJSDWIFEPNUVGA")
    assert {row["sdmx"] for row in schemas.codelist("etat_valeur")["codes"]} - {None} <= known
    flags = {row["code"]: row["sdmx"] for row in schemas.codelist("drapeau")["codes"]}
    assert flags == {"perimetre_different": "D", "rupture_serie": "B", "revise": None, "denominateur_ancien": None}


def test_correspondences_inside_the_lists_name_codes_that_exist() -> None:
    for row in schemas.codelist("type_demarche")["codes"]:
        assert row["base"] in schemas.codes("base")
        for other in ("ocde_methode", "ocde_modele_deliberatif"):
            assert row.get(other) is None or row[other] in schemas.codes(other)
    for row in schemas.codelist("theme")["codes"]:
        assert row["eu_data_theme"] is None or row["eu_data_theme"] in EU_THEMES


def test_what_is_never_summed_is_what_the_schema_says() -> None:
    metrics = schemas.codelist("metrique")["codes"]
    never = {row["code"] for row in metrics if not row["additif"]}
    assert never == {"comptes", "participants", "repondants", "votants", "communes", "habitants", "membres"}
    assert all(row["unite"] for row in metrics)


def test_a_label_is_asked_by_list_and_code() -> None:
    assert schemas.label("etape", "droit_de_suite") == "Droit de suite : mise en œuvre et reddition de comptes"
    assert schemas.definition("canal", "hybride") == "On participe en ligne et sur place."
    assert schemas.entry("metrique", "votants")["unite"] == "personnes"


@pytest.mark.parametrize(("liste", "code"), [("etape", "inconnue"), ("inconnue", "mandat"), ("../rules", "x")])
def test_an_unknown_list_or_code_is_an_error(liste: str, code: str) -> None:
    with pytest.raises(KeyError):
        schemas.label(liste, code)
