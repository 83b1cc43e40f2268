"""Delays that still run are never dropped: the curve and its median (`benchmark.md` §10 and §14)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hub.benchmark.survival import curve, median

AS_OF = "2026-06-30"
DATED = (
    ("2023-09-15", "2023-12-10"),
    ("2023-11-20", None),
    ("2024-02-01", "2024-10-15"),
    ("2024-06-30", "2024-12-20"),
    ("2024-10-10", None),
    ("2025-01-15", "2025-05-05"),
    ("2025-06-30", "2026-03-31"),
    ("2025-12-29", None),
    ("2026-01-20", "2026-03-21"),
    ("2026-05-05", None),
)
delays = st.lists(st.integers(0, 900), max_size=25)


def days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def test_b15_the_curve_has_its_reference_values() -> None:
    steps = curve([30, 60, 60, 120, 200, 365], [45, 90, 183, 400])
    assert [step.days for step in steps] == [30, 60, 120, 200, 365]
    assert [step.at_risk for step in steps] == [10, 8, 5, 3, 2]
    assert [step.events for step in steps] == [1, 2, 1, 1, 1]
    assert [step.share_left for step in steps] == pytest.approx([0.9, 0.675, 0.54, 0.36, 0.18])
    assert median(steps, 400) == (200, True)


def test_b15_the_dated_set_has_its_reference_values() -> None:
    answered = [days(handed, answer) for handed, answer in DATED if answer]
    running = [days(handed, AS_OF) for handed, answer in DATED if not answer]
    steps = curve(answered, running)
    assert [step.days for step in steps] == [60, 86, 110, 173, 257, 274]
    expected = [0.8889, 0.7778, 0.6667, 0.5556, 0.4167, 0.2778]
    assert [step.share_left for step in steps] == pytest.approx(expected, abs=0.00005)
    assert median(steps, max([*answered, *running])) == (257, True)


def test_b15_the_commitments_have_their_reference_median() -> None:
    assert median(curve([193, 518, 365], [729, 729, 531]), 729) == (518, True)
    assert (days("2024-07-01", "2025-01-10"), days("2024-07-01", "2025-12-01")) == (193, 518)


def test_b26_two_quick_answers_do_not_hide_eight_silent_avis() -> None:
    silent = [200, 250, 300, 400, 450, 500, 600, 700]
    assert median(curve([40, 60], silent), max(silent)) == (700, False)


def test_no_answer_at_all_has_no_step_and_its_longest_follow_up() -> None:
    assert curve([], [10, 20]) == []
    assert median([], 20) == (20, False)


def test_a_delay_of_the_day_itself_counts() -> None:
    assert curve([0], [5]) == [(0, 2, 1, 0.5)]


def test_what_still_waits_is_followed_on_its_last_day() -> None:
    assert curve([10], [10]) == [(10, 2, 1, 0.5)]


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(ValueError, match="never negative"):
        curve([5], [-1])


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40))
def test_when_nothing_waits_the_curve_is_what_is_left_of_the_answers(answered: list[int]) -> None:
    for step in curve(answered, []):
        assert step.share_left == sum(delay > step.days for delay in answered) / len(answered)
    middle, reached = median(curve(answered, []), max(answered))
    assert reached
    assert middle == sorted(answered)[(len(answered) - 1) // 2]


@given(delays, delays)
def test_the_curve_agrees_with_scipy_and_never_rises(answered: list[int], running: list[int]) -> None:
    steps = curve(answered, running)
    shares = [step.share_left for step in steps]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= one <= 1 for one in shares)
    if answered:
        known = stats.ecdf(stats.CensoredData(uncensored=answered, right=running)).sf
        assert shares == pytest.approx(known.evaluate([step.days for step in steps]))


@given(delays.filter(bool), delays)
def test_one_more_silent_avis_never_shortens_the_median(answered: list[int], running: list[int]) -> None:
    longest = max([*answered, *running, 900])
    before, _ = median(curve(answered, running), longest)
    after, _ = median(curve(answered, [*running, longest]), longest)
    assert after >= before
