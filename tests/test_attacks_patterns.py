"""Texts that lead regular expressions astray: no search takes a time that grows faster than its text (C38)."""

from __future__ import annotations

import re

import pytest

from tests.patterns import Asked, every_pattern, misled

MADE_OF = {
    "connectors/feeds_items.py": "2 000 characters of a link at most",
    "connectors/personal_texts.py": "a class of characters, without repetition to go back into",
    "connectors/sheet_cells.py": "the patterns of our own schemas, read by the linear engine too",
    "connectors/tabular_rows.py": "a class of characters",
    "connectors/tabular_workbook.py": "a tag of a bounded length, by the name of two elements",
    "hub/config.py": "the settings, which the operator writes",
}
"""Where a pattern is made of what a function is given, and why it cannot be misled."""


@pytest.mark.parametrize(
    ("pattern", "function"),
    [(r"(a+)+$", "search"), (r"\s*€\s*$", "sub"), (r"\w+@", "search"), (r"(a|aa)*b", "fullmatch"), (r"«(.*?)»", "sub")],
)
def test_a_pattern_that_can_be_misled_is_found(pattern: str, function: str) -> None:
    assert misled(Asked("essai", re.compile(pattern), function))


@pytest.mark.parametrize(("pattern", "function"), [(r"\d+", "findall"), (r"(?<!\s)\s*€", "sub"), (r"[^,]*,", "match")])
def test_an_honest_pattern_is_left_alone(pattern: str, function: str) -> None:
    assert misled(Asked("essai", re.compile(pattern), function)) is None


def test_no_pattern_takes_a_time_that_grows_faster_than_its_text() -> None:
    found, unread = every_pattern()
    assert len(found) > 100
    assert {place.partition(":")[0] for place in unread} == set(MADE_OF)
    assert {str(each): why for each in found if (why := misled(each))} == {}
