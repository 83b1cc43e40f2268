"""`/donnees-personnelles`, `/accessibilite`: sentences that are true of this hub (C19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from hub.access import audit, invitations, links, people, sessions
from hub.pages.legal import lasting
from tests.pages import hrefs, html_of, words


def test_both_statements_stand_at_the_foot_of_each_page_and_in_the_plan(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    for address in ("/", "/plan-du-site", "/accessibilite"):
        assert {"/donnees-personnelles", "/accessibilite"} <= hrefs(client, address)


def test_durations_are_those_that_the_code_applies(sqlite_app: Flask) -> None:
    text = words(sqlite_app.test_client(), "/donnees-personnelles")
    applied = (sessions.ABSOLUTE, links.LASTS, invitations.LASTS, people.ERASED_AFTER, audit.DECISIONS_KEPT)
    for length, said in zip(applied, ("12 heures", "15 minutes", "14 jours", "2 ans", "5 ans"), strict=True):
        assert lasting(length) == said
        assert said in text


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=183), "6 mois"),
        (timedelta(days=365), "1 an"),
        (timedelta(hours=36), "36 heures"),
        (timedelta(seconds=90), "90 secondes"),
    ],
)
def test_a_duration_is_said_in_the_largest_unit_that_says_it(length: timedelta, said: str) -> None:
    assert lasting(length) == said


def test_what_is_not_known_is_said_to_be_missing_and_what_is_set_is_given(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    bare = words(client, "/donnees-personnelles")
    assert "n'est pas encore nommé" in bare
    assert "son adresse n'est pas encore indiquée" in bare
    sqlite_app.config.update(CONTROLLER="Association ICPC", DPO_MAIL="dpo@exemple.fr", SMALL_COUNT_PUBLIC=20)
    told = words(client, "/donnees-personnelles")
    assert "Association ICPC" in told
    assert "moins de 20 personnes" in told
    assert "mailto:dpo@exemple.fr" in hrefs(client, "/donnees-personnelles")
    assert "CNIL" in told


def test_the_statement_has_its_state_date_contact_complaint_path_and_no_percentage(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    text = words(client, "/accessibilite")
    for part in ("non évalué", "21 novembre 2026", "coordination", "Défenseur des droits", "Schéma pluriannuel"):
        assert part in text
    assert "%" not in text
    sqlite_app.config["COORDINATION_MAIL"] = "coordination@exemple.fr"
    assert "mailto:coordination@exemple.fr" in hrefs(client, "/accessibilite")
    sqlite_app.config["ACCESSIBILITY_MAIL"] = "acces@exemple.fr"
    assert "mailto:acces@exemple.fr" in hrefs(client, "/accessibilite")


def test_the_foot_says_that_accessibility_was_not_assessed(sqlite_app: Flask) -> None:
    assert "Accessibilité : non évaluée" in html_of(sqlite_app.test_client(), "/").replace("\u00a0", " ")
