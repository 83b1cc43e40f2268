"""A record written as a row comes back the same, whatever it says (`push-api.md` §5, P21, P42)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from connectors.sheet_cells import record_of_row, row_of
from tests.hostile import FORMULAS, SCRIPTS, put
from tests.test_schemas import MINIMAL

AWKWARD = (
    *FORMULAS, *SCRIPTS,
    "a | b", "|", '"entre guillemets"', '"a" et "b"', "[1]", "{}", "[]", "null", "  bord ", "\tx", "a\nb", "a\r\nb",
    "'apostrophe", "'=1", "＝1+1", "_x0041_", "\x0b", "\x7f", "\ufeffx", "\uffff", "é", "e\u0301", "🚲", "0123", "1e5",
    "1,23E+15", "12/05/2023", "2023-05-12", "oui", "NC", "-", "s.o.", "Total", "-0", "1.800",
    "Terminée", "«\u00a0x\u00a0»",
)  # fmt: skip
NUMBERS = (0, 1, -0.0, 0.1 + 0.2, 1e-7, 1.8, 47.218, 12_345.678, 2**53 - 1, 1_800, 0.5, 1e15 + 0.5, 5e-324)
VALUES = st.one_of(
    st.sampled_from(AWKWARD),
    st.sampled_from(NUMBERS),
    st.text(min_size=1, max_size=60),
    st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=20)), max_size=4),
    st.sampled_from(({}, [], None, True, False, "2023", "2023-04", "2024-02-29T23:59:59.123456Z", ["44109", "2A004"])),
    st.sampled_from(("non_collecte", "masque", "observe", "mobilites", "autre", "fourchette", "reseau", "metropole")),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.integers(-(2**53) + 1, 2**53 - 1),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value, its own branches included."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, inside in steps for place in places(inside, (*path, step)))]


@st.composite
def records(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A valid record of some kind: the whole example of its schema, less some fields, others said otherwise."""
    kind = draw(st.sampled_from(schemas.KINDS))
    data = deepcopy(draw(st.sampled_from((schemas.schema(kind)["examples"][0], MINIMAL[kind]))))
    for _ in range(draw(st.integers(0, 8))):
        path = draw(st.sampled_from(places(data)[1:] + [(name,) for name in schemas.schema(kind)["properties"]]))
        changed = put(data, path, draw(VALUES))
        if not schemas.check(kind, changed):
            data = changed
    for key in draw(st.sets(st.sampled_from(sorted(data)))):
        lighter = {name: value for name, value in data.items() if name != key}
        data = data if schemas.check(kind, lighter) else lighter
    return kind, data


@settings(max_examples=500, deadline=None)
@given(records())
def test_a_record_comes_back_out_of_its_cells_as_the_door_stores_it(found: tuple[str, dict[str, Any]]) -> None:
    kind, data = found
    back = record_of_row(kind, row_of(kind, data))
    assert schemas.complete(kind, back) == schemas.complete(kind, data)
    assert schemas.content_hash(schemas.complete(kind, back)) == schemas.content_hash(schemas.complete(kind, data))


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_the_whole_example_of_a_kind_comes_back_the_very_same(kind: str) -> None:
    for data in (*schemas.schema(kind)["examples"], MINIMAL[kind]):
        assert record_of_row(kind, row_of(kind, data)) == data
