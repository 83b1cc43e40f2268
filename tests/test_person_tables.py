"""The tables that counts of persons make: all that is published is one table, and no difference gives a cell away."""

from __future__ import annotations

from typing import Any

import pytest

from hub.benchmark.person_figures import Stated, figures
from hub.benchmark.person_tables import Tables
from tests.attacker import recovered

PUBLIC = 11
GRAND_PARIS, PLAINE = ("metropole", "200054781"), ("metropole", "200057867")


def said(rank: int, value: float, subject: tuple[str, str] = ("process", "p"), **more: Any) -> Stated:
    """A figure of a démarche."""
    data = {
        "subject": {"kind": subject[0], "remote_id": subject[1]},
        "metric": more.pop("metric", "participants"),
        "period": more.pop("period", {"from": "2024", "to": "2024", "precision": "annee"}),
        "basis": more.pop("basis", "flux"),
        "origin": "enonce",
        "quantity": {"value": value, "qualifier": "exact", **more.pop("quantity", {})},
        **more,
    }
    return Stated(f"h{rank}", "observation", f"o{rank}", "s", "244400404", data)


def of(**dims: str) -> list[dict[str, str]]:
    """The breakdown of a figure."""
    return [{"dimension": name, "value": value} for name, value in dims.items()]


def hidden_of(*records: Stated, **more: Any) -> set[str]:
    """The numbers of the hidden figures; the attacker gets none of them."""
    tables = Tables(list(figures(records)), **more)
    found = {hub_id for hub_id, _ in tables.pattern(PUBLIC)}
    cells = {each.cell for each in tables.figures if each.hub_id in found and each.cell in tables.values}
    assert recovered(tables.lines, tables.values, cells, cells | tables.rests, PUBLIC) == []
    return found


def test_a_small_count_of_a_demarche_is_hidden_alone_and_a_zero_is_not() -> None:
    tables = Tables(list(figures([said(1, 7), said(2, 0, ("process", "q")), said(3, 11, ("process", "r"))])))
    assert tables.pattern(PUBLIC) == {("h1", "quantity"): True}
    assert tables.pattern(5) == {}


@pytest.mark.parametrize(
    "stays",
    [
        said(1, 7, ("metropole", "244400404")),
        said(1, 7, ("plateforme", "s")),
        said(1, 7, metric="votes"),
        said(1, 7, metric="contributions"),
        said(1, 7, trace=[{"document_id": "rapport", "certainty": "affirme"}]),
        said(1, 7, basis="objectif"),
    ],
)
def test_totals_of_a_metropole_things_votes_and_quoted_figures_stay(stays: Stated) -> None:
    assert hidden_of(stays) == set()


@pytest.mark.parametrize("metric", ["votes", "participants"])
def test_a_cross_with_a_personal_attribute_is_hidden_whatever_the_subject(metric: str) -> None:
    crossed = said(1, 7, ("metropole", "244400404"), metric=metric, breakdown=of(age="18-24"))
    assert hidden_of(crossed) == {"h1"}
    assert hidden_of(said(1, 7, ("metropole", "244400404"), breakdown=of(theme="velo"))) == set()


def test_a_table_hides_a_second_group_and_a_rest_that_nobody_publishes() -> None:
    young, old = of(age="18-24"), of(age="65 et plus")
    assert hidden_of(said(1, 60), said(2, 4, breakdown=young), said(3, 56, breakdown=old)) == {"h2", "h3"}
    assert hidden_of(said(1, 60), said(2, 20, breakdown=young), said(3, 36, breakdown=old)) == {"h2"}


def test_a_grid_with_its_grand_total_alone_is_a_table_too() -> None:
    cells = [
        said(rank, value, breakdown=of(age=age, sexe=sex))
        for rank, (age, sex, value) in enumerate((("j", "f", 3), ("j", "h", 20), ("v", "f", 30), ("v", "h", 40)), 1)
    ]
    assert hidden_of(said(9, 93), *cells) == {"h1", "h2"}


def test_channels_and_meetings_do_not_give_each_other_away() -> None:
    whole, away = said(1, 100, metric="participations"), said(2, 94, metric="participations", channel="numerique")
    near = said(3, 6, metric="participations", channel="presentiel")
    assert hidden_of(whole, away, near) == {"h2", "h3"}
    held = [
        Stated(f"m{rank}", "meeting", f"m{rank}", "s", None, {"starts_at": "2024-03-01T18:00:00Z", "attendees": count})
        for rank, count in enumerate((4, 30, 66))
    ]
    within = {("meeting", f"s/m{rank}"): (("process", "s/p"),) for rank in range(3)}
    assert hidden_of(whole, *held, within=within) == {"m0", "m1"}


def test_the_one_small_demarche_of_a_metropole_is_not_the_difference_of_the_others() -> None:
    total = said(1, 200, ("plateforme", "s"), metric="participations")
    parts = [said(rank, value, ("process", f"p{rank}"), metric="participations") for rank, value in ((2, 5), (3, 195))]
    within = {("process", f"s/p{rank}"): (("plateforme", "s"),) for rank in (2, 3)}
    assert hidden_of(total, *parts, within=within) == {"h2", "h3"}


def test_the_pattern_of_a_table_is_carried_from_period_to_period() -> None:
    before = {"from": "2023", "to": "2023", "precision": "annee"}
    young, middle, old = of(age="18-24"), of(age="25-64"), of(age="65 et plus")
    this = [said(1, 100), *(said(r, v, breakdown=b) for r, v, b in ((2, 4, young), (3, 36, middle), (4, 60, old)))]
    last = [
        said(5, 120, period=before),
        *(said(r, v, breakdown=b, period=before) for r, v, b in ((6, 30, young), (7, 50, middle), (8, 40, old))),
    ]
    assert hidden_of(*this, *last) == {"h2", "h3", "h6", "h7"}


def test_a_cumulated_figure_does_not_give_the_year_it_holds_away() -> None:
    since = {"from": "2020", "to": "2024", "precision": "annee"}
    apart = {"from": "2019", "to": "2019", "precision": "annee"}
    assert hidden_of(said(1, 8), said(2, 300, period=since), said(3, 40, period=apart)) == {"h1", "h2"}


def test_what_an_earlier_version_said_small_stays_hidden() -> None:
    first, then = said(1, 6), said(1, 40)
    tables = Tables(list(figures([first, then])))
    assert tables.pattern(PUBLIC) == {("h1", "quantity"): False}


def test_a_territory_inside_another_does_not_give_the_rest_away() -> None:
    young = of(age="18-24")
    outer, inner = said(1, 90, GRAND_PARIS, breakdown=young), said(2, 84, PLAINE, breakdown=young)
    assert hidden_of(outer, inner, outer={PLAINE: GRAND_PARIS}) == {"h2"}
    assert hidden_of(outer, inner) == set()


def test_a_share_goes_with_the_persons_it_counts_with_those_it_leaves_out_and_with_few_in_all() -> None:
    def share(value: float, whole: int) -> Stated:
        return said(1, value, basis="part", denominator={"value": whole, "qualifier": "exact"})

    assert [bool(hidden_of(share(value, whole))) for value, whole in ((0.1, 60), (0.9, 60), (0.5, 8), (0.5, 60))] == [
        True, True, True, False,
    ]  # fmt: skip
    young = of(age="18-24")
    assert hidden_of(said(1, 60), said(2, 4, breakdown=young), said(3, 0.07, basis="part", breakdown=young)) >= {
        "h2", "h3",
    }  # fmt: skip
