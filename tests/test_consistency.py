"""Rules between figures (B43): what surely contradicts is said and counted, nothing is refused, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from connectors.base import Record
from hub.benchmark.consistency import RULES, strong_problems, violations
from hub.benchmark.indicators import INDICATORS
from schemas.labels import codes
from tests.make import NANTES, RENNES, make_source, measure, process, run
from tests.pages import content, items, links, words

PAGE = "/metropoles/nantes/donnees"


def figure(name: str, metric: str, value: float, year: str = "2024", **said: Any) -> Record:
    """A figure of the démarche « 1 », exact unless told otherwise."""
    data: dict[str, Any] = {"metric": metric, "subject": {"kind": "process", "remote_id": "1"}, "basis": "flux"}
    data |= {"period": {"from": year, "to": year, "precision": "annee"}, "quantity": {"value": value}}
    return Record("observation", name, {**data, **said}, f"L{name}")


def broken(*figures: Record, source: str = "essai-nantes") -> list[tuple[str, tuple[str, ...]]]:
    run(make_source(source), [process("1"), *figures])
    return [(one.rule.key, one.periods) for one in violations(NANTES)]


def test_every_rule_speaks_of_what_exists_in_words_of_its_own() -> None:
    names = {"metric": codes("metrique"), "indicator": INDICATORS, "register": ("communes", "population")}
    for rule in RULES:
        for of, name, part in (*rule.left, *rule.right):
            assert name in names[of], rule.key
            assert part in {"metric": ("", *codes("canal")), "indicator": ("numerator", "denominator")}.get(of, ("",))
    for field in ("key", "message"):
        assert len({getattr(rule, field) for rule in RULES}) == len(RULES)


def test_a_part_greater_than_its_whole_is_a_strong_problem_of_its_year(app: Flask) -> None:
    online = {"channel": "en_ligne"}
    found = broken(
        figure("a", "participants", 300), figure("b", "participants", 420, **online),
        figure("c", "participants", 300, "2023"), figure("d", "participants", 300, "2023", **online),
        figure("e", "votants", 90), figure("f", "votes", 80),
    )  # fmt: skip
    assert found == [("participants_en_ligne", ("2024",)), ("votants", ("2024",))]
    assert strong_problems([NANTES]) == {NANTES: {"2024": 2}}
    assert strong_problems([RENNES]) == {RENNES: {}}
    assert [one.rule.key for one in violations(NANTES, "2023")] == []
    one = violations(NANTES, "2024")[0]
    assert (one.left, one.right, len(one.things)) == (420, 300, 2)


@pytest.mark.parametrize(
    "more",
    [
        {"period": {"from": "2023", "to": "2023", "precision": "annee"}},
        {"subject": {"kind": "process", "remote_id": "2"}},
        {"subject": {"kind": "metropole", "remote_id": NANTES}},
        {"basis": "objectif"},
        {"basis": "cumul"},
        {"perimeter": "commune"},
        {"breakdown": [{"dimension": "age", "value": "16-25 ans"}]},
        {"quantity": {"value": 330, "qualifier": "environ"}},
        {"quantity": {"value": 420, "qualifier": "au_plus"}},
        {"quantity": None, "quantity_state": "non_transmis"},
    ],
)
def test_figures_that_may_not_stand_side_by_side_contradict_nothing(sqlite_app: Flask, more: dict[str, Any]) -> None:
    alone = figure("b", "participants", 420, **{"channel": "en_ligne", **more})
    assert broken(process("2"), figure("a", "participants", 300), alone) == []


def test_a_lower_bound_may_contradict_and_a_figure_said_twice_only_when_both_do(sqlite_app: Flask) -> None:
    least = {"value": 420, "qualifier": "au_moins"}
    online = figure("b", "participants", 420, channel="en_ligne", quantity=least)
    assert len(broken(figure("a", "participants", 300), online)) == 1
    twice = figure("a", "participants", 300), online, figure("c", "participants", 500)
    assert len(broken(*twice, source="autre")) == 1, "celle de la première source, seule"


def test_the_register_and_the_measures_are_sides_of_rules_too(sqlite_app: Flask) -> None:
    run(make_source(), [process("1"), figure("a", "communes", 99)])
    for key, count in (("realises", 30), ("en_cours", 50), ("a_ouvrir", 20), ("abandonnes", 5)):
        measure(f"engagements_{key}", RENNES, "2024", count / 102, numerator=count, denominator=102)
    measure("engagements_preuve", RENNES, "2024", None, state="non_collecte", denominator=500)
    assert [one.rule.key for one in violations(NANTES)] == ["communes"]
    assert [one.rule.key for one in violations(RENNES)] == ["statuts_engagements"]


def test_what_contradicts_is_said_on_the_page_of_the_data_and_refuses_nothing(sqlite_app: Flask) -> None:
    few, many = figure("a", "participants", 300), figure("b", "participants", 420, channel="en_ligne")
    run(make_source(), [process("1", starts_on="2024", ends_on="2024"), few, many])
    client = sqlite_app.test_client()
    told = words(client, PAGE)
    assert "Les participants en ligne ne peuvent pas dépasser les participants." in told
    assert "420 contre 300 Importante" in told
    assert "Reçue, un problème important reste ouvert 1 incohérence" in told
    found = [row for row in items(client, f"{PAGE}.json") if row["part"] == "violation"]
    assert [(row["rule"], row["year"], row["severity"]) for row in found] == [("participants_en_ligne", 2024, "forte")]
    assert sum(link.startswith("/provenance/") for link in links(content(client, PAGE))) >= 2
    assert client.get("/api/v1/observations").get_json()["total"] == 2


def test_a_count_hidden_from_its_reader_contradicts_nothing_before_them(sqlite_app: Flask) -> None:
    run(
        make_source(),
        [process("1"), figure("a", "participants", 4), figure("b", "participants", 7, channel="en_ligne")],
    )
    assert violations(NANTES) == []
