"""Territories that are alike: distances, thresholds, and what brings closer (`benchmark.md` §7, B19, B20)."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import seuclidean

from hub.benchmark.neighbours import Closeness, distance, gaps, kept, ranked, scales
from hub.harvest.founding import DATA

SMALL = {"P": (500_000, 30), "Q": (520_000, 32), "R": (250_000, 20), "S": (7_000_000, 130)}
POPULATIONS = {name: people for name, (people, _) in SMALL.items()}
TWO = {name: {"people": math.log(people), "communes": math.log(n)} for name, (people, n) in SMALL.items()}
PAIRS = Closeness(shared=2)
values = st.dictionaries(st.sampled_from(["people", "communes", "share"]), st.integers(-50, 50), min_size=1)


def between(one: str, other: str) -> float:
    return distance(gaps(TWO[one], TWO[other], scales(TWO, TWO)))


def near(name: str, closeness: Closeness = PAIRS) -> list[str]:
    return [one.siren for one in kept(ranked(name, TWO, POPULATIONS, TWO, closeness), closeness)]


def test_b15_distances_have_their_reference_values() -> None:
    found = [between("P", "Q"), between("P", "R"), between("Q", "R"), between("P", "S")]
    assert found == pytest.approx([0.0681, 0.5594, 0.6218, 2.0745], abs=0.00005)


def test_b15_the_giant_has_no_peer() -> None:
    assert near("P") == ["Q", "R"]
    assert near("S") == []


def test_two_shared_variables_are_too_few_in_production() -> None:
    assert ranked("P", TWO, POPULATIONS, TWO) == []


def test_a_population_more_than_two_and_a_half_times_another_keeps_them_apart() -> None:
    assert near("P", Closeness(shared=2, ratio=1.99)) == ["Q"]
    assert near("P", Closeness(shared=2, ratio=2.0)) == ["Q", "R"]


def test_no_more_than_so_many_are_kept_and_none_too_far() -> None:
    assert near("P", Closeness(shared=2, most=1)) == ["Q"]
    assert near("P", Closeness(shared=2, furthest=0.0681)) == ["Q"]
    assert near("P", Closeness(shared=2, furthest=0.0680)) == []


def test_what_brings_closer_and_what_separates_are_told_apart_at_half_a_deviation() -> None:
    territories = {"A": {"x": 0.0, "y": 0.0, "z": 0.0}, "B": {"x": 1.0, "y": 0.4, "z": 2.0}}
    spread = {"C": {"x": 2.0, "y": 2.0, "z": 0.0}, "D": {"x": 0.0, "y": 0.0, "z": 2.0}}
    found = ranked("A", territories | spread, dict.fromkeys("ABCD", 1), ["B", "C", "D"])
    other = next(one for one in found if one.siren == "B")
    assert [gap.variable for gap in other.closer] == ["y"]
    assert [gap.variable for gap in other.apart] == ["z", "x"]
    assert all(gap.deviations > 0 for gap in other.gaps)


def test_a_variable_that_is_the_same_everywhere_or_unknown_to_one_is_not_compared() -> None:
    territories = {"A": {"x": 1.0, "same": 5.0}, "B": {"x": 3.0, "same": 5.0, "y": 1.0}, "C": {"x": 2.0, "y": 4.0}}
    scaled = scales(territories, territories)
    assert set(scaled) == {"x", "y"}
    assert [gap.variable for gap in gaps(territories["A"], territories["B"], scaled)] == ["x"]
    with pytest.raises(ValueError, match="no shared variable"):
        distance(gaps({"y": 1.0}, {"x": 1.0}, scaled))


def register() -> tuple[dict[str, dict[str, float]], dict[str, int], dict[str, str], list[str]]:
    """The variables of the 23 territories, their populations, SIREN by slug, and the metropoles alone."""
    rows = json.loads((DATA / "reference" / "metropoles.json").read_text("utf-8"))
    territories = {
        row["siren"]: {
            "population": math.log(row["population"]),
            "communes": math.log(len(row["communes"])),
            "main_commune_share": row["main_commune_share"],
        }
        for row in rows
    }
    populations = {row["siren"]: row["population"] for row in rows}
    named = {row["short_name"]: row["siren"] for row in rows}
    return territories, populations, named, [row["siren"] for row in rows if row["within"] is None]


def test_b19_nantes_has_its_five_neighbours_at_their_distances() -> None:
    territories, populations, named, metropoles = register()
    found = kept(ranked(named["Nantes"], territories, populations, metropoles))
    expected = {
        "Strasbourg": 0.530,
        "Rennes": 0.573,
        "Tours": 0.602,
        "Clermont Auvergne": 0.620,
        "Montpellier": 0.622,
    }
    assert [one.siren for one in found] == [named[name] for name in expected]
    assert [one.distance for one in found] == pytest.approx(list(expected.values()), abs=0.0005)


def test_b20_grand_paris_has_no_neighbour() -> None:
    territories, populations, named, metropoles = register()
    found = ranked(named["Grand Paris"], territories, populations, metropoles)
    assert found[0].distance == pytest.approx(1.227, abs=0.0005)
    assert kept(found) == []


def test_an_ept_is_placed_on_the_scale_of_the_metropoles_and_moves_nobody() -> None:
    territories, populations, named, metropoles = register()
    ept = named["Plaine Commune"]
    assert len(metropoles) == 22
    found = kept(ranked(ept, territories, populations, metropoles))
    assert [one.siren for one in found] == [
        named["Toulon-Provence-Méditerranée"],
        named["Grand Nancy"],
        named["Orléans"],
    ]
    alone = {siren: territories[siren] for siren in metropoles}
    nantes = named["Nantes"]
    assert ranked(nantes, territories, populations, metropoles) == ranked(nantes, alone, populations, metropoles)


@given(st.dictionaries(st.text("ABCDE", min_size=1, max_size=2), values, min_size=3))
def test_a_distance_is_the_same_both_ways_and_agrees_with_scipy(drawn: dict[str, dict[str, float]]) -> None:
    scaled = scales(drawn, drawn)
    one, other = list(drawn.values())[:2]
    found = gaps(one, other, scaled)
    if not found:
        return
    names = [gap.variable for gap in found]
    assert distance(found) == pytest.approx(distance(gaps(other, one, scaled)))
    variances = [scaled[name].deviation ** 2 for name in names]
    known = seuclidean([one[name] for name in names], [other[name] for name in names], variances)
    assert distance(found) == pytest.approx(known / math.sqrt(len(names)))
    assert distance(gaps(one, one, {name: scaled[name] for name in names})) == 0
