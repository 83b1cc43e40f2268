"""Sc2: what a cell of a source says, as a value and a state; an absence is never a zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas

SILENT = (None, None)


@pytest.mark.parametrize(
    ("text", "value", "state"),
    [
        (None, None, None),
        ("", None, None),
        ("   ", None, None),
        ("\u00a0", None, None),
        ("-", None, None),
        ("–", None, None),
        ("—", None, None),
        ("…", None, None),
        ("...", None, None),
        ("N/A", None, "non_collecte"),
        ("n/a", None, "non_collecte"),
        ("nd", None, "non_collecte"),
        ("n.d.", None, "non_collecte"),
        ("N.D.", None, "non_collecte"),
        ("NC", None, "non_communique"),
        ("n.c.", None, "non_communique"),
        ("///", None, "sans_objet"),
        ("s.o.", None, "sans_objet"),
        (" Sans  objet ", None, "sans_objet"),
        ("s", None, "masque"),
        ("< 11", None, "masque"),
        ("<11", None, "masque"),
        ("<\u202f11", None, "masque"),
        ("0", 0, "observe"),
        ("0,0", 0, "observe"),
        ("12", 12, "observe"),
        ("12,5", 12.5, "observe"),
        ("0.85", 0.85, "observe"),
        ("-3", -3, "observe"),
    ],
)
def test_sc2_each_word_of_the_sources_has_its_value_and_its_state(
    text: str | None, value: float | None, state: str | None
) -> None:
    assert schemas.cell_state(text) == (value, state)


@pytest.mark.parametrize(
    ("text", "dot_groups", "value"),
    [
        ("2300", False, 2300),
        ("12 000", False, 12000),
        ("656\u00a0275", False, 656275),
        ("656\u202f275", False, 656275),
        ("1 234 567,5", False, 1234567.5),
        ("1.800", True, 1800),
        ("1.800", False, 1.8),
        ("1.234.567", False, 1234567),
        ("0.125", True, 0.125),
        ("1.800,5", True, 1800.5),
        ("+ 4", False, None),
        ("+4", False, 4),
        ("1 2", False, None),
        ("12 00", False, None),
        ("1,234,567", False, None),
        ("85 %", False, None),
        ("9000h", False, None),
        ("1e3", False, None),
        ("nan", False, None),
        ("inf", False, None),
        ("douze", False, None),
    ],
)
def test_one_parser_reads_all_the_ways_to_write_a_number(text: str, dot_groups: bool, value: float | None) -> None:
    if value is None:
        with pytest.raises(ValueError, match="nombre"):
            schemas.number(text, dot_groups=dot_groups)
    else:
        assert schemas.number(text, dot_groups=dot_groups) == value


def test_a_number_without_decimals_is_an_integer() -> None:
    assert isinstance(schemas.number("12,0"), int)


@given(st.text(max_size=12))
def test_h47_a_cell_is_a_value_a_reason_or_silence_and_zero_is_never_invented(text: str) -> None:
    try:
        value, state = schemas.cell_state(text)
    except ValueError:
        return
    assert (value, state) == SILENT or (value is not None) == (state == "observe")
    assert state is None or state in schemas.schema("common")["$defs"]["ValueState"]["enum"]
    assert value != 0 or any(letter.isdigit() for letter in text)
