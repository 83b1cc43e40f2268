"""« Énoncé ≠ compté »: both numbers stand side by side, and neither is ever adjusted to the other."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from connectors.base import Record
from hub.benchmark.promise import calendar
from hub.benchmark.stated import AGREES, DIFFERS, FITS, NOTHING, PARTIAL, VERDICT_NOTES, VERDICTS, Gap, gaps
from hub.benchmark.statements import span
from hub.cli.founding import load_founding as load_founding_command
from hub.db import db
from hub.harvest.founding import DATA
from hub.models import Facet
from tests.make import RENNES, make_source, process, run

BONDS = "Une métropole qui relie les habitant·e·s et les territoires"
TRANSITIONS = "Une métropole des transitions et des usages de demain"


@pytest.fixture(scope="module")
def every(founded: Flask) -> list[Gap]:
    """Every comparison made on the founding documents."""
    assert founded
    return gaps()


def records(kind: str, **wanted: str) -> list[dict[str, Any]]:
    """The records of the founding files, counted apart from the hub; a missing level is the metropole's own."""
    found = []
    for path in sorted((DATA / "founding").glob("*-documents/*.ndjson")):
        found += [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    data = [{"level": "metropole"} | each["data"] for each in found if each["kind"] == kind]
    return [each for each in data if all(each.get(field) == value for field, value in wanted.items())]


def own(**wanted: str) -> list[dict[str, Any]]:
    """The commitments of the Convention citoyenne that the metropole bears itself."""
    return records("commitment", process_id="convention-citoyenne", level="metropole", **wanted)


def one(every: list[Gap], key: str, words: str) -> Gap:
    """The comparison of this key whose statement holds these words."""
    found = [gap for gap in every if gap.comparison.key == key and words in gap.stated]
    assert len(found) == 1, [gap.stated for gap in every if gap.comparison.key == key]
    return found[0]


def test_the_stated_102_stand_beside_the_records_without_and_with_interpellations(every: list[Gap]) -> None:
    asked = records("commitment", process_id="convention-citoyenne", level="interpellation")
    without = one(every, "engagements", "102")
    with_them = one(every, "engagements_interpellations", "102")
    assert without.stated == "« Les 102 engagements »"
    assert without.count.numerator == len(own())
    assert with_them.count.numerator == len(own()) + len(asked)
    assert len(asked) == 2
    assert {without.verdict, with_them.verdict} == {DIFFERS}
    assert without.difference == f"{102 - len(own())} de moins que 102"


def test_a_strategy_that_replaces_a_commitment_stays_out_of_the_count(every: list[Gap]) -> None:
    outside = records("commitment", level="autre_plan")
    assert outside
    counted = one(every, "engagements_interpellations", "102").count
    assert counted.numerator is not None
    assert counted.numerator <= len(records("commitment")) - len(outside)
    assert counted.chosen == {"level": ("metropole", "interpellation")}


def test_three_statements_about_one_set_are_three_comparisons(every: list[Gap]) -> None:
    said = {gap.stated for gap in every if gap.comparison.key == "engagements" and gap.process}
    for words in ("« une centaine d'actions »", "« une centaine de pistes d'action »", "« Les 102 engagements »"):
        assert words in said
    assert one(every, "engagements", "pistes").verdict == FITS


@pytest.mark.parametrize(("status", "total"), [("realise", 29), ("en_cours", 59), ("a_ouvrir", 14)])
def test_a_stated_status_stands_beside_the_records_that_say_it_and_the_unknown_ones(
    every: list[Gap], status: str, total: int
) -> None:
    gap = one(every, "statuts", str(total))
    statuses = Counter(each["status"] for each in own())
    assert gap.count.numerator == statuses[status]
    assert gap.count.denominator == len(own())
    assert gap.count.more == statuses["inconnu"]
    assert gap.verdict == PARTIAL
    assert f"{statuses['inconnu']} fiches de statut inconnu" in gap.difference


def test_a_status_no_text_says_is_not_said_to_be_at_zero(every: list[Gap]) -> None:
    gap = one(every, "statuts", "14")
    assert gap.count.text == f"aucune fiche sur {len(own())}"
    assert gap.difference.startswith("aucune fiche ne le dit")


def test_85_per_cent_stays_as_quoted_beside_86_3_computed_from_the_stated_totals(every: list[Gap]) -> None:
    exact, more = one(every, "parts", "« 85 % »"), one(every, "parts", "« plus de 85 % »")
    for gap in (exact, more):
        assert (gap.count.numerator, gap.count.denominator) == (29 + 59, 102)
        assert gap.count.text == "86,3\u00a0% (88 sur 102)"
        assert gap.difference == "1,3 point de plus au calcul"
        assert [each.data["quantity"]["value"] for each in gap.count.made_of] == [59, 29, 102]
    assert (exact.verdict, more.verdict) == (DIFFERS, FITS)


def test_a_third_stays_as_quoted_beside_28_4_computed(every: list[Gap]) -> None:
    gap = one(every, "parts", "un tiers")
    assert gap.count.text == "28,4\u00a0% (29 sur 102)"
    assert gap.difference == "4,9 points de moins au calcul"
    assert gap.verdict == DIFFERS


def test_more_than_20_deliberations_stand_beside_those_cited_and_those_that_follow_the_promise(
    every: list[Gap],
) -> None:
    cited = {name for each in records("commitment") for name in each.get("deliberation_ids", ())}
    assert any(name.startswith("voeu") for name in cited)
    all_dates, since = one(every, "deliberations", "plus de 20"), one(every, "deliberations_depuis", "plus de 20")
    voted = {each.remote_id for each in all_dates.count.made_of}
    assert all_dates.count.numerator == len(voted) == sum(name.startswith("deliberation") for name in cited)
    before = {name for name in voted if name[13:20] < "2021-07"}
    assert before
    assert since.count.numerator == len(voted - before)
    assert {all_dates.verdict, since.verdict} == {PARTIAL}
    assert "toutes ne sont pas citées" in since.difference


def test_near_thirty_priority_works_is_compatible_with_those_that_are_numbered(every: list[Gap]) -> None:
    gap = one(every, "types", "trentaine")
    assert gap.count.numerator == len(own(type="chantier_prioritaire")) == 28
    assert gap.verdict == FITS


def test_what_is_stated_of_an_orientation_stands_beside_its_records(every: list[Gap]) -> None:
    near, left = one(every, "orientations", "près de 30"), one(every, "orientations_statuts", "5 restent")
    assert near.count.numerator == len(own(orientation=TRANSITIONS))
    assert near.verdict == FITS
    assert left.count.denominator == len(own(orientation=TRANSITIONS))
    assert left.verdict == PARTIAL
    assert left.label == f"« {TRANSITIONS} » : à ouvrir"


def test_a_dozen_and_as_many_are_compared_together(every: list[Gap]) -> None:
    gap = one(every, "orientations_parts", "douzaine")
    assert gap.stated == "« la douzaine de chantiers à ouvrir » et « autant d’actions à accélérer »"
    assert gap.value == 24
    assert gap.count.numerator == len(own(orientation=BONDS))
    assert gap.verdict == FITS


def test_commitments_of_communes_are_two_statements_and_no_count(every: list[Gap]) -> None:
    assert not records("commitment", level="communes")
    for words in ("plus de 70", "70 actions"):
        gap = one(every, "communes_fiches", words)
        assert (gap.count.value, gap.count.numerator, gap.verdict) == (None, None, NOTHING)
        assert "ce n'est pas zéro" in gap.difference
    both = one(every, "communes_enonces", "plus de 70 mesures")
    assert both.count.text == "« 70 actions » dans un autre passage"
    assert both.verdict == DIFFERS


def test_commitments_of_another_plan_are_compared_with_no_record_rather_than_with_the_102(every: list[Gap]) -> None:
    gap = one(every, "engagements", "131 engagements métropolitains")
    assert gap.process is not None
    assert gap.process.remote_id == "grand-debat-longevite"
    assert gap.verdict == NOTHING


def test_five_sessions_stand_beside_one_and_three(every: list[Gap]) -> None:
    gap = one(every, "seances", "Cinq")
    assert (gap.label, gap.count.text) == ("Séances de travail 2025", "1 en présentiel + 3 en ligne = 4")
    assert (gap.difference, gap.verdict) == ("1 de moins que 5", DIFFERS)


def test_a_year_without_a_stated_total_makes_no_comparison(every: list[Gap]) -> None:
    assert [gap.label for gap in every if gap.comparison.key == "seances"] == ["Séances de travail 2025"]


def test_equal_numbers_agree(every: list[Gap]) -> None:
    assert one(every, "communes", "24 communes").verdict == AGREES
    assert {gap.verdict for gap in every if gap.comparison.key == "retours"} == {AGREES}
    assert one(every, "communes", "24 communes").difference == "aucun écart"


def test_every_comparison_leads_to_the_statement_and_is_said_in_words(every: list[Gap]) -> None:
    for gap in every:
        assert all(said.thing.data["trace"] for said in gap.statements), gap.label
        assert gap.label
        assert gap.difference
        assert gap.verdict in VERDICTS.keys() & VERDICT_NOTES.keys()
        assert (gap.count.value is None) == (gap.verdict == NOTHING)


def test_comparing_writes_nothing_and_adjusts_no_statement(founded: Flask) -> None:
    assert founded
    number = select(func.count()).select_from(Facet).where(Facet.kind == "observation")
    before, said = db.session.scalar(number), [gap.stated for gap in gaps()]
    assert db.session.scalar(number) == before
    assert said == [gap.stated for gap in gaps()]


def test_comparisons_are_narrowed_to_a_metropole(founded: Flask) -> None:
    assert founded
    assert gaps(("rennes",)) == []
    assert {gap.statements[0].thing.metropole for gap in gaps(("nantes",))} != {None}
    assert all(gap.comparison.metric == "seances" for gap in gaps(metrics=("seances",)))


def test_any_metropole_s_documents_are_compared_the_same_way(app: Flask) -> None:
    assert app
    source = make_source("essai-rennes", RENNES)
    promise = {"process_id": "118", "orientation": "Bouger", "promised_on": "2024-01"}
    run(
        source,
        [
            process("118"),
            *(Record("commitment", f"c{n}", {"title": f"C{n}", "status": status, **promise}, f"L{n}")
              for n, status in enumerate(("realise", "realise", "en_cours"))),
            statement("tous", {"value": 3}),
            statement("faits", {"value": 3}, ("statut_engagement", "realise")),
            statement("bouger", {"value": 4, "qualifier": "au_moins"}, ("autre", "Bouger")),
        ],
    )  # fmt: skip
    found = {gap.comparison.key: gap for gap in gaps(("rennes",))}
    assert set(found) == {"engagements", "statuts", "orientations"}
    assert found["engagements"].verdict == AGREES
    assert (found["statuts"].count.numerator, found["statuts"].verdict) == (2, DIFFERS)
    assert found["orientations"].verdict == DIFFERS


def statement(name: str, quantity: dict[str, Any], part: tuple[str, str] | None = None) -> Record:
    breakdown = [{"dimension": part[0], "value": part[1]}] if part else []
    data = {
        "subject": {"kind": "process", "remote_id": "118"},
        "metric": "engagements",
        "period": {"precision": "inconnue"},
        "basis": "instantane",
        "quantity": {"qualifier": "exact"} | quantity,
        "breakdown": breakdown,
    }
    return Record("observation", name, data, "L9")


@pytest.mark.parametrize(
    ("value", "qualifier", "inside", "outside"),
    [
        (30, "pres_de", (28, 30, 33), (26, 34)),
        (24, "environ", (22, 25), (20, 27)),
        (70, "plus_de", (71, 200), (70, 69)),
        (70, "au_moins", (70, 71), (69,)),
        (70, "moins_de", (69, 0), (70,)),
        (70, "au_plus", (70, 0), (71,)),
        (102, "exact", (102,), (101, 103)),
    ],
)
def test_a_quantity_leaves_possible_what_its_words_say(
    value: float, qualifier: str, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    low, high = span(value, qualifier)
    assert all(low <= number <= high for number in inside)
    assert not any(low <= number <= high for number in outside)


def test_a_share_is_exact_to_its_last_written_digit() -> None:
    low, high = span(0.86, "exact", share=True)
    assert low <= 88 / 102 <= high
    low, high = span(0.85, "exact", share=True)
    assert not low <= 88 / 102 <= high
    assert not math.isinf(high)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"status": "inconnu"}, "sans_echeance"),
        ({"status": "inconnu", "due_on": "2022-06-30"}, "depassee"),
        ({"status": "en_cours", "due_on": "2026"}, "a_venir"),
        ({"status": "en_cours", "due_on": "2026-01"}, "a_venir"),
        ({"status": "realise", "due_on": "2023", "history": [{"on": "2022-03", "status": "realise"}]}, "tenue"),
        ({"status": "realise", "due_on": "2023", "history": [{"on": "2023-05", "status": "realise"}]}, "tenue"),
        ({"status": "realise", "due_on": "2022", "history": [{"on": "2023", "status": "realise"}]}, "tenue_en_retard"),
        ({"status": "realise", "due_on": "2022-06-30", "history": [{"on": "2022", "status": "realise"}]}, None),
        ({"status": "realise", "due_on": "2022-06-30"}, None),
    ],
)
def test_the_calendar_is_computed_and_a_date_too_vague_says_nothing(data: dict[str, Any], expected: str | None) -> None:
    assert calendar(data, date(2026, 1, 31)) == expected


def test_load_founding_prints_both_numbers_of_each_comparison(founded: Flask) -> None:
    assert founded
    printed = CliRunner().invoke(load_founding_command).output
    for words in (
        "Énoncé ≠ compté :",
        "Écart · Engagements, sans les interpellations (Convention citoyenne de Nantes) : "
        f"énoncé « Les 102 engagements », compté {len(own())} fiches",
        "énoncé « un tiers », compté 28,4\u00a0% (29 sur 102)",
        "Écart · Séances de travail 2025 : énoncé « Cinq », compté 1 en présentiel + 3 en ligne = 4",
    ):
        assert words in printed
