"""The conformance kit itself: the sample passes; each broken connector is caught by its rule, and by no other."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from connectors.testing import sample
from connectors.testing.faults import FAULTS, TRANSIENT
from connectors.testing.finding import Finding
from connectors.testing.nowhere import NOWHERE
from connectors.testing.report import GROUPS, check, failures, table
from connectors.testing.sample_site import SampleSite

EVERY_OUTAGE = {("F", fault.name) for fault in FAULTS if fault.end == TRANSIENT} | {("F", name) for name in NOWHERE}
BROKEN = {
    "swallows_exceptions": EVERY_OUTAGE,
    "never_ends": {("E", "fin_absente")},
    "ends_short": {("E", "total_non_atteint")},
    "title_as_id": {("D", "identifiant_titre")},
    "url_as_id": {("D", "identifiant_url")},
    "rank_as_id": {("D", "identifiant_rang")},
    "zero_for_null": {("I", "zero_invente")},
    "local_time": {("B", "fuseau")},
    "now_as_cursor": {("B", "horloge")},
    "exclusive_bound": {("D", "borne_exclusive")},
    "cursor_before_page": {("D", "curseur_avance")},
    "loops": {("E", "boucle")},
    "ignores_error": {("F", "erreur_200")},
    "calls_requests": {("K", "http_direct")},
    "sleeps": {("K", "attente_propre")},
    "logs": {("M", "journal")},
    "keeps_email": {("M", "canari")},
    "follows_redirect": {("F", "ailleurs")},
    "undeclared_field": {("A", "champ_non_declare")},
    "order_of_sets": {("B", "ordre")},
    "gathers_everything": {("P", "tout_en_memoire")},
    "insists": {("K", "refus_insiste")},
    "missing_is_empty": {("F", "http_404")},
    "reads_environment": {("A", "environnement")},
}
"""Each broken connector, and the rules by which it must be caught."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_connector_is_caught_by_the_rule_it_breaks_and_by_no_other(name: str) -> None:
    module = importlib.import_module(f"tests.conformance.broken.{name}")
    found = check(module, SampleSite)
    assert {(finding.group, finding.rule) for finding in found} == BROKEN[name], table(module, found)


def signed(**bypass: tuple[str, ...]) -> ModuleType:
    """A connector that yields a field it does not declare, and says which groups it bypasses."""
    broken = importlib.import_module("tests.conformance.broken.undeclared_field")
    made = ModuleType(broken.__name__)
    vars(made).update(vars(broken), BYPASS=bypass)
    return made


def test_a_signed_bypass_is_shown_with_its_reason_date_and_name_and_fails_no_more() -> None:
    module = signed(A=("Champ demandé par la métropole", "2026-11-21", "C. Martin"))
    found = check(module, SampleSite, ["A", "M"])
    assert [finding.rule for finding in found] == ["champ_non_declare"]
    assert failures(module, found) == []
    assert "contourné (Champ demandé par la métropole, 2026-11-21, C. Martin)" in table(module, found)
    assert "échoué" not in table(module, found)


@pytest.mark.parametrize("words", [("motif", "hier", "nom"), ("", "2026-11-21", "nom"), ("motif", "2026-11-21")])
def test_a_bypass_that_nobody_signed_is_itself_a_finding(words: tuple[str, ...]) -> None:
    module = signed(M=words, A=("motif", "2026-11-21", "nom"))
    found = check(module, SampleSite, ["A"])
    assert ("A", "contournement") in {(finding.group, finding.rule) for finding in found}
    assert "contourné" not in table(module, [Finding("M", "canari", "Camille")], ["M"])


def test_a_group_that_fails_is_told_with_its_sentences() -> None:
    module = importlib.import_module("tests.conformance.broken.missing_is_empty")
    found = check(module, SampleSite, ["F"])
    assert "F  pannes                     échoué" in table(module, found, ["F"])
    assert "http_404 : Devant 404, requête 1 sur 4, la fin devait être contract" in table(module, found, ["F"])
    assert failures(module, found) == found


def test_the_sample_passes_every_group() -> None:
    found = check(sample, SampleSite)
    assert found == []
    assert table(sample, found).count("réussi") == len(GROUPS)
