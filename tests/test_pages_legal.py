"""`/donnees-personnelles`, `/accessibilite`: sentences that are true of this hub (C19)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from hub.access import contacts, invitations, links, sessions
from hub.access.upkeep import retention
from tests.pages import hrefs, html_of, words


def test_both_statements_stand_at_the_foot_of_each_page_and_in_the_plan(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    for address in ("/", "/plan-du-site", "/accessibilite"):
        assert {"/donnees-personnelles", "/accessibilite"} <= hrefs(client, address)


def test_durations_are_those_that_the_upkeep_applies(sqlite_app: Flask) -> None:
    text = words(sqlite_app.test_client(), "/donnees-personnelles")
    for what, how_long in retention():
        assert f"{what} {how_long}" in text
    told = dict(retention())
    applied = {
        "Sessions": {f"{sessions.ABSOLUTE // timedelta(hours=1)} heures"},
        "Liens d'entrée": {f"{links.LASTS // timedelta(minutes=1)} minutes"},
        "Invitations": {f"{invitations.LASTS.days} jours"},
        "Consentements à être appelé": {f"{contacts.LASTS.days // 30} mois"},
    }
    for what, said in applied.items():
        assert all(each in told[what] for each in said), what
    assert "24 mois" in text
    sqlite_app.config["KEEP_AUDIT_MONTHS"] = 18
    assert "18 mois" in words(sqlite_app.test_client(), "/donnees-personnelles")


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
