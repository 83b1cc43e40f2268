"""Small counts of persons: what is hidden, what is shown, and an attacker who fails (C7, C9, C10)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.benchmark.small_counts import Counts, hidden
from tests.attacker import recovered, table

PUBLIC, PEERS = 11, 5
AGES = {"ensemble": -1, "18-24": 1, "25-64": 1, "65 et plus": 1}


@pytest.mark.parametrize(
    ("threshold", "start"), [*((PUBLIC, at) for at in range(0, 200, 20)), (PEERS, 0), (PEERS, 100)]
)
def test_no_attacker_recovers_a_hidden_cell_of_two_hundred_tables(start: int, threshold: int) -> None:
    concealed = 0
    for seed in range(start, start + 20):
        values, lines = table(random.Random(seed))
        found = hidden(Counts(values, lines), threshold)
        assert {key for key, value in values.items() if 0 < value < threshold} <= found
        assert recovered(lines, values, found, found, threshold) == [], (seed, values)
        concealed += len(found)
    assert concealed > 50


def test_the_attacker_succeeds_where_only_small_counts_are_hidden() -> None:
    values, lines = {"ensemble": 50, "18-24": 3, "25-64": 27, "65 et plus": 20}, [AGES]
    assert recovered(lines, values, {"18-24"}, {"18-24"}, PUBLIC) == [("18-24", 3.0, 3.0)]
    found = hidden(Counts(values, lines), PUBLIC)
    assert found == {"18-24", "65 et plus"}
    assert recovered(lines, values, found, found, PUBLIC) == []


def test_a_zero_stays_a_zero_and_hides_nothing() -> None:
    values = {"ensemble": 47, "18-24": 0, "25-64": 27, "65 et plus": 20}
    assert hidden(Counts(values, [AGES]), PUBLIC) == set()
    values = {"ensemble": 34, "18-24": 4, "25-64": 0, "65 et plus": 30}
    assert hidden(Counts(values, [AGES]), PUBLIC) == {"18-24", "65 et plus"}


def test_equal_neighbours_are_chosen_in_the_order_of_their_codes() -> None:
    values = {"ensemble": 43, "18-24": 3, "25-64": 20, "65 et plus": 20}
    assert hidden(Counts(values, [AGES]), PUBLIC) == {"18-24", "25-64"}


def test_hidden_cells_of_a_line_make_the_threshold_together() -> None:
    values = {"ensemble": 44, "18-24": 2, "25-64": 2, "65 et plus": 40}
    assert hidden(Counts(values, [AGES]), PUBLIC) == {"18-24", "25-64", "65 et plus"}


def test_a_total_that_must_stay_is_never_hidden_and_its_parts_are() -> None:
    values = {"ensemble": 40, "18-24": 3, "25-64": 17, "65 et plus": 20}
    assert hidden(Counts(values, [AGES], fixed={"ensemble", "25-64"}), PUBLIC) == {"18-24", "65 et plus"}


def test_a_small_remainder_is_protected_as_a_cell_though_nobody_publishes_it() -> None:
    values = {"ensemble": 50, "18-24": 25, "25-64": 21, "reste": 4}
    lines = [{"ensemble": -1, "18-24": 1, "25-64": 1, "reste": 1}]
    assert hidden(Counts(values, lines, unpublished={"reste"}), PUBLIC) == {"25-64"}
    assert hidden(Counts(values, lines, unpublished={"reste"}, fixed={"reste"}), PUBLIC) == set()


def test_what_was_small_once_stays_hidden() -> None:
    values = {"ensemble": 90, "18-24": 30, "25-64": 35, "65 et plus": 25}
    assert hidden(Counts(values, [AGES], small={"18-24"}), PUBLIC) == {"18-24", "65 et plus"}


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_cells_come_changes_nothing(parts: list[int], rng: random.Random) -> None:
    values = {f"c{rank}": value for rank, value in enumerate(parts)} | {"ensemble": sum(parts)}
    line = dict.fromkeys((f"c{rank}" for rank in range(len(parts))), 1) | {"ensemble": -1}
    shuffled = list(values)
    rng.shuffle(shuffled)
    turned = {key: values[key] for key in shuffled}
    expected = hidden(Counts(values, [line]), PUBLIC)
    assert hidden(Counts(turned, [{key: line[key] for key in shuffled}]), PUBLIC) == expected
    assert all(values[key] > 0 for key in expected)
    assert expected or not any(0 < value < PUBLIC for value in parts)
