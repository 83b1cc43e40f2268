"""Intervals, places, bands and quarters: the reference values of `benchmark.md` §14, SciPy's answers, and laws."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hub.benchmark.intervals import Z95, Z998, Estimate, difference, poisson, wilson
from hub.benchmark.ranks import BANDS, FEWEST, band, rank_intervals, spread

INHABITANTS = 683_981


def close(*expected: float) -> object:
    """Equal to four decimals, as the reference values are written."""
    return pytest.approx(expected, abs=0.00005)


def share(k: int, n: int) -> Estimate:
    return Estimate(k / n, *wilson(k, n))


def rate(k: int, population: int) -> Estimate:
    """A rate per 100 000 inhabitants."""
    return Estimate(*(100_000 * events / population for events in (k, *poisson(k))))


counted = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
places = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20)), min_size=5, max_size=22)


def cells(drawn: list[tuple[int, int, int]]) -> dict[str, Estimate]:
    return {str(i): Estimate(value, value - below, value + above) for i, (value, below, above) in enumerate(drawn)}


@pytest.mark.parametrize(
    ("k", "n", "z", "low", "high"),
    [
        (29, 102, Z95, 0.2058, 0.3784),
        (29, 102, Z998, 0.1695, 0.4360),
        (59, 102, Z95, 0.4815, 0.6697),
        (14, 102, Z95, 0.0836, 0.2173),
        (88, 102, Z95, 0.7827, 0.9164),
        (0, 12, Z95, 0, 0.2425),
        (9, 12, Z95, 0.4677, 0.9111),
        (12, 12, Z95, 0.7575, 1),
        (2, 10, Z95, 0.0567, 0.5098),
        (0, 5, Z95, 0, 0.4345),
        (6, 10, Z95, 0.3127, 0.8318),
        (3, 8, Z95, 0.1368, 0.6943),
        (5, 7, Z95, 0.3589, 0.9178),
    ],
)
def test_b15_the_interval_of_a_proportion_has_its_reference_values(
    k: int, n: int, z: float, low: float, high: float
) -> None:
    assert wilson(k, n, z) == close(low, high)


@pytest.mark.parametrize(
    ("k", "z", "low", "high"),
    [
        (0, Z95, 0, 3.6889),
        (1, Z95, 0.0253, 5.5716),
        (4, Z95, 1.0899, 10.2416),
        (6, Z95, 2.2019, 13.0595),
        (9, Z95, 4.1154, 17.0848),
        (10, Z95, 4.7874, 18.3915),
        (22, Z95, 13.7825, 33.3098),
        (22, Z998, 10.2540, 40.7414),
        (0, Z998, 0, 6.9078),
        (100, Z95, 81.3621, 121.6279),
    ],
)
def test_b15_the_interval_of_a_count_has_its_reference_values(k: int, z: float, low: float, high: float) -> None:
    assert poisson(k, z) == close(low, high)


def test_b15_a_rate_has_the_limits_of_its_count() -> None:
    assert rate(22, INHABITANTS) == close(3.2165, 2.0150, 4.8700)
    assert rate(4, 500_000) == close(0.8, 0.2180, 2.0483)


def test_b15_differences_have_their_reference_values() -> None:
    assert difference(share(48, 80), share(56, 70)) == close(0.2000, 0.0524, 0.3339)
    assert difference(share(12, 40), share(26, 44)) == close(0.2909, 0.0779, 0.4690)
    assert difference(share(12, 40), share(16, 44)) == close(0.0636, -0.1354, 0.2535)
    assert difference(rate(22, INHABITANTS), rate(44, INHABITANTS)) == close(3.2165, 0.8021, 5.7259)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_proportion_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(k, n)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="no count"):
        poisson(-1)


@given(counted, st.sampled_from([Z95, Z998]))
def test_a_proportion_agrees_with_scipy_and_lies_in_its_interval(drawn: tuple[int, int], z: float) -> None:
    k, n = drawn
    low, high = wilson(k, n, z)
    level = 2 * stats.norm.cdf(z) - 1
    assert (low, high) == pytest.approx(stats.binomtest(k, n).proportion_ci(level, "wilson"), abs=1e-9)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high


@given(counted)
def test_the_same_proportion_of_more_cases_has_a_narrower_interval(drawn: tuple[int, int]) -> None:
    k, n = drawn
    low, high = wilson(k, n)
    inner_low, inner_high = wilson(2 * k, 2 * n)
    assert inner_high - inner_low < high - low


@given(st.integers(0, 9), st.sampled_from([Z95, Z998]))
def test_a_small_count_has_the_exact_limits_that_scipy_reads_from_chi_square(k: int, z: float) -> None:
    tail = stats.norm.sf(z)
    low = stats.chi2.ppf(tail, 2 * k) / 2 if k else 0
    assert poisson(k, z) == pytest.approx((low, stats.chi2.isf(tail, 2 * k + 2) / 2), abs=1e-6)


@given(st.integers(10, 5000))
def test_a_larger_count_is_within_one_in_a_hundred_of_the_exact_limits(k: int) -> None:
    tail = stats.norm.sf(Z95)
    exact = stats.chi2.ppf(tail, 2 * k) / 2, stats.chi2.isf(tail, 2 * k + 2) / 2
    assert poisson(k) == pytest.approx(exact, rel=0.01)


@given(st.integers(0, 2000))
def test_the_interval_of_a_count_contains_it_and_moves_up_with_it(k: int) -> None:
    low, high = poisson(k)
    next_low, next_high = poisson(k + 1)
    assert 0 <= low <= k < high
    assert low < next_low
    assert high < next_high


@given(counted, counted)
def test_a_difference_contains_itself_and_turns_its_sign_with_its_ends(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    there, back = difference(share(*one), share(*two)), difference(share(*two), share(*one))
    assert there.low <= there.value <= there.high
    assert there == pytest.approx((-back.value, -back.high, -back.low))
    assert there.low >= -1 - 1e-12
    assert there.high <= 1 + 1e-12


FIVE = {"A": share(18, 20), "B": share(14, 20), "C": share(30, 60), "D": share(9, 30), "E": share(2, 25)}
RATES = {
    "F": rate(44, 400_000),
    "G": rate(22, 400_000),
    "H": rate(6, 200_000),
    "I": rate(30, 1_200_000),
    "J": rate(0, 300_000),
}


def test_b15_places_have_their_reference_values() -> None:
    assert FIVE["A"][1:] == close(0.6990, 0.9721)
    assert FIVE["E"][1:] == close(0.0222, 0.2497)
    assert rank_intervals(FIVE, "plus") == {"A": (1, 2), "B": (1, 3), "C": (2, 4), "D": (3, 5), "E": (4, 5)}
    assert RATES["F"][1:] == close(7.9918, 14.7673)
    assert RATES["I"][1:] == close(1.6864, 3.5690)
    assert rank_intervals(RATES, "plus") == {"F": (1, 2), "G": (1, 4), "H": (2, 5), "I": (2, 4), "J": (4, 5)}


def test_when_less_is_better_the_lowest_comes_first() -> None:
    assert rank_intervals(FIVE, "moins") == {"A": (4, 5), "B": (3, 5), "C": (2, 4), "D": (1, 3), "E": (1, 2)}


def test_b10_fewer_than_five_cells_have_no_place() -> None:
    assert rank_intervals({name: FIVE[name] for name in "ABCD"}, "plus") == {}
    assert FEWEST == 5


@pytest.mark.parametrize("polarity", ["aucune", "", "Plus"])
def test_what_has_no_better_side_has_no_place(polarity: str) -> None:
    with pytest.raises(ValueError, match="no order"):
        rank_intervals(FIVE, polarity)


@given(places, st.sampled_from(["plus", "moins"]))
def test_the_places_of_a_cell_contain_its_place_by_value(drawn: list[tuple[int, int, int]], polarity: str) -> None:
    found = cells(drawn)
    for name, (best, worst) in rank_intervals(found, polarity).items():
        mine = found[name].value
        ahead = sum(other.value > mine if polarity == "plus" else other.value < mine for other in found.values())
        level = sum(other.value == mine for other in found.values())
        assert 1 <= best <= ahead + 1 <= ahead + level <= worst <= len(found)


@given(places)
def test_the_places_turn_round_with_the_polarity(drawn: list[tuple[int, int, int]]) -> None:
    up, down = rank_intervals(cells(drawn), "plus"), rank_intervals(cells(drawn), "moins")
    last = len(drawn) + 1
    assert down == {name: (last - worst, last - best) for name, (best, worst) in up.items()}


def test_b15_bands_have_their_reference_values() -> None:
    found = {}
    for name, k, n in (("A", 18, 20), ("B", 14, 20), ("C", 30, 60), ("D", 9, 30), ("E", 2, 25)):
        found[name] = band(*wilson(k, n, Z998), *wilson(k, n), 0.5)
    assert found == {
        "A": "net_au_dessus",
        "B": "pas_net",
        "C": "pas_net",
        "D": "a_confirmer",
        "E": "net_au_dessous",
    }
    assert wilson(18, 20, Z998)[0] == pytest.approx(0.5567, abs=0.00005)
    assert wilson(2, 25, Z998)[1] == pytest.approx(0.3800, abs=0.00005)


def test_a_median_at_the_limit_is_inside_the_interval() -> None:
    assert band(0.5, 0.9, 0.5, 0.8, 0.5) == "pas_net"
    assert band(0.2, 0.9, 0.6, 0.8, 0.5) == "a_confirmer"


@given(counted, st.floats(0, 1))
def test_a_clear_gap_is_a_gap_at_95_percent_too(drawn: tuple[int, int], median: float) -> None:
    low95, high95 = wilson(*drawn)
    found = band(*wilson(*drawn, Z998), low95, high95, median)
    assert found in BANDS
    assert (found == "pas_net") == (low95 <= median <= high95)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=22))
def test_quarters_agree_with_numpy_and_are_in_order(values: list[float]) -> None:
    found = spread(values)
    assert found == pytest.approx(numpy.quantile(values, [0, 0.25, 0.5, 0.75, 1]), abs=1e-6)
    assert found.low == min(values) <= found.q1 <= found.median <= found.q3 <= found.high == max(values)


def test_no_value_has_no_spread() -> None:
    with pytest.raises(ValueError, match="no value"):
        spread([])
    assert spread([3]) == (3, 3, 3, 3, 3)


def test_the_levels_are_those_they_are_called() -> None:
    assert math.erf(Z95 / math.sqrt(2)) == pytest.approx(0.95, abs=1e-6)
    assert math.erf(Z998 / math.sqrt(2)) == pytest.approx(0.998, abs=1e-6)
