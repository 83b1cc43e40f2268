"""Whatever is sent, `check` answers with problems: it never raises, and costs no more than what was sent."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas

KINDS = [*schemas.KINDS, "record"]
KEYS = st.sampled_from(sorted({key for kind in KINDS for key in schemas.schema(kind)["properties"]})) | st.text()
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


def pit(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(depth):
        data = {"title": data}
    return data


def mutations(kind: str) -> st.SearchStrategy[Any]:
    """The full example of a kind, with some of its fields replaced by anything."""
    example = schemas.schema(kind)["examples"][0]
    spoilt = st.dictionaries(st.sampled_from(sorted(example)), JSON, max_size=3)
    return spoilt.map(lambda changes: {**example, **changes})


def assert_readable(problems: list[schemas.Problem]) -> None:
    assert len({found.pointer for found in problems}) == len(problems)
    for found in problems:
        assert found.rule in schemas.rules()
        assert found.value is None or len(found.value) <= 200
        assert found.message
        repr(found).encode()
        (found.pointer + found.message + found.how + (found.expected or "")).encode()


@given(st.sampled_from(KINDS), JSON)
def test_any_json_gets_an_answer(kind: str, data: Any) -> None:
    problems = schemas.check(kind, data, today=datetime.date(2026, 6, 30), communes=frozenset({"44109"}))
    assert_readable(problems)
    assert_readable(schemas.check_record(data))
    assert_readable(schemas.check_record({"kind": kind, "remote_id": "1", "data": data}))


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), mutations(kind))))
def test_p22_every_place_told_stands_in_the_data_or_is_a_missing_key_of_it(made: tuple[str, Any]) -> None:
    kind, data = made
    problems = schemas.check(kind, data)
    assert_readable(problems)
    for found in problems:
        place: Any = data
        steps = [step.replace("~1", "/").replace("~0", "~") for step in found.pointer.split("/")[1:]]
        if any("?" in step for step in steps):
            continue
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        last = steps[-1] if steps else None
        if last is not None and isinstance(place, list):
            assert int(last) < len(place)
        elif last is not None and found.value is not None:
            assert last in place


@given(st.sampled_from(KINDS), JSON)
def test_valid_data_can_always_be_written_in_canonical_form(kind: str, data: Any) -> None:
    if not schemas.check(kind, data):
        schemas.canonical(data)


@pytest.mark.parametrize("depth", [10, 70, 250, 300, 5_000, 50_000])
def test_a_pit_has_a_bottom(depth: int) -> None:
    problems = schemas.check("process", pit(depth))
    assert problems
    assert_readable(problems)
    assert {found.rule for found in problems} <= {"trop_profond", "type_invalide"}


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("x" * 5_000_000, "texte_trop_long"),
        (" " * 5_000_000, "texte_trop_long"),
        ("\0" * 100, "texte_invalide"),
        ("\ud800", "texte_invalide"),
        (10**400, "type_invalide"),
        (float("nan"), "nombre_invalide"),
        (datetime.date(2026, 1, 1), "type_invalide"),
        ({1, 2}, "type_invalide"),
        (b"octets", "type_invalide"),
        (object(), "type_invalide"),
        ({1: 2}, "cle_invalide"),
    ],
)
def test_each_hostile_value_is_one_problem(value: object, rule: str) -> None:
    problems = schemas.check("process", {"title": value})
    assert_readable(problems)
    assert [(found.rule, found.pointer) for found in problems] == [(rule, "/title")]


def test_a_flood_of_problems_is_told_a_hundred_times_at_most() -> None:
    flood = {f"cle_{rank}": rank for rank in range(15_000)}
    assert len(schemas.check("process", {"title": "x", **flood})) == 100
    assert len(schemas.check("process", {"title": "x", "themes": ["?"] * 15_000})) == 100


@pytest.mark.parametrize(
    "flood",
    [
        {"title": "x", "themes": ["?"] * 300_000},
        {"title": "x", "themes": ["mobilites"] * 300_000},
        {"title": "x", "trace": [{"certainty": "ambigu"}] * 100_000},
        {f"cle_{rank}": rank for rank in range(100_000)},
    ],
)
def test_a_thing_larger_than_any_has_at_least_its_first_problem(flood: dict[str, Any]) -> None:
    problems = schemas.check("process", flood)
    assert problems
    assert_readable(problems)


@pytest.mark.parametrize("kind", [None, 3, ["process"], {}, "\ud800"])
def test_a_kind_of_any_shape_is_an_unknown_kind(kind: Any) -> None:
    assert [found.rule for found in schemas.check(kind, {})] == ["genre_inconnu"]
    assert_readable(schemas.check_record({"kind": kind, "remote_id": "1", "data": {}}))
