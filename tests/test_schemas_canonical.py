"""One writing for one content (Sc1), and the identity of a record in the hub."""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas

EXAMPLE = {"denominator": 102, "label": "Réponse argumentée", "numerator": 29, "state": "definitif"}
EXAMPLE_HASH = "732195b21143622ae54582777b82e7b819e9a8b8153dc40ebbd8bcde55d81847"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.map(lambda key: key + "é"), inner, max_size=4),
    max_leaves=12,
)


def normal(value: Any) -> Any:
    """The content of a value, as the rules of `schema.md` §1 see it: what must differ for hashes to differ."""
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, bool) or value is None:
        return (value,)
    return Decimal(repr(value)) if isinstance(value, float) and not value.is_integer() else Decimal(int(value))


def has_one_key_twice(value: Any) -> bool:
    if isinstance(value, dict):
        keys = {unicodedata.normalize("NFC", key) for key in value}
        return len(keys) < len(value) or any(map(has_one_key_twice, value.values()))
    return isinstance(value, list) and any(map(has_one_key_twice, value))


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_sc1_the_worked_example_has_its_hash() -> None:
    assert schemas.content_hash(EXAMPLE) == EXAMPLE_HASH


def test_sc1_order_unicode_form_and_decimals_do_not_change_the_hash() -> None:
    other = {"state": "definitif", "numerator": 29.0, "label": unicodedata.normalize("NFD", EXAMPLE["label"])}
    assert schemas.content_hash({**other, "denominator": 102.0}) == EXAMPLE_HASH


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (0.85, "0.85"),
        (1e-7, "0.0000001"),
        (1.5e-10, "0.00000000015"),
        (1e21, "1000000000000000000000"),
        (123456789.125, "123456789.125"),
        (2**70, "1180591620717411303424"),
        (float(2**70), "1180591620717411303424"),
        (Decimal("12.500"), "12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00"), "0"),
        (True, "true"),
        (None, "null"),
        ((1, "a"), '[1,"a"]'),
        ('é"\\\n\u0001\u2028', '"é\\"\\\\\\n\\u0001\u2028"'),
        ({"b": 1, "a": [], "é": {}}, '{"a":[],"b":1,"é":{}}'),
    ],
)
def test_each_value_has_one_writing(value: object, written: str) -> None:
    assert schemas.canonical(value).decode() == written
    assert schemas.canonical([value, 0.5, 1.0]).decode() == f"[{written},0.5,1]"


def test_keys_are_sorted_by_code_point_not_by_utf16() -> None:
    keys = {"\ufb01": 1, "\U0001f600": 2, "z": 3}
    assert list(json.loads(schemas.canonical(keys))) == ["z", "\ufb01", "\U0001f600"]
    assert list(json.loads(schemas.canonical({**keys, "é": 1.0}))) == ["z", "é", "\ufb01", "\U0001f600"]


def test_a_mark_after_a_line_break_stays_a_mark() -> None:
    assert json.loads(schemas.canonical("\n\u0303")) == "\n\u0303"


@given(JSON)
def test_canonical_json_does_not_depend_on_order_or_form_and_is_stable(value: Any) -> None:
    if has_one_key_twice(value):
        with pytest.raises(ValueError, match="Unicode"):
            schemas.canonical(value)
        return
    written = schemas.canonical(value)
    assert schemas.canonical(reversed_keys(value)) == written
    assert schemas.canonical(json.loads(written)) == written
    assert unicodedata.is_normalized("NFC", written.decode())


@given(JSON, JSON)
def test_two_values_have_one_writing_exactly_when_they_have_one_content(one: Any, other: Any) -> None:
    if not has_one_key_twice([one, other]):
        assert (schemas.canonical(one) == schemas.canonical(other)) == (normal(one) == normal(other))


@given(st.dictionaries(st.text("abc_", max_size=5), st.integers(-9, 9) | st.text("aé0.1,:e", max_size=9)))
def test_ordinary_data_are_written_as_the_standard_library_would(value: dict[str, Any]) -> None:
    normalised = {key: unicodedata.normalize("NFC", v) if isinstance(v, str) else v for key, v in value.items()}
    expected = json.dumps(normalised, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert schemas.canonical(value).decode() == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value_and_has_no_exponent(value: float) -> None:
    written = schemas.canonical([value]).decode()
    assert float(written[1:-1]) == value
    assert "e" not in written
    assert "-0]" not in written


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, {"a": math.nan}], "\ud800", {"\ud800": 1}])
def test_what_json_cannot_write_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|isolé"):
        schemas.canonical(value)


@pytest.mark.parametrize("value", [{1: 2}, {1, 2}, b"x", object(), [object(), 1.0]])
def test_what_json_does_not_know_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        schemas.canonical(value)


def test_a_pit_is_refused() -> None:
    pit: list[Any] = []
    for _ in range(5_000):
        pit = [pit]
    with pytest.raises(ValueError, match="imbriquées"):
        schemas.canonical(pit)


def test_the_identity_in_the_hub_is_13_characters_made_of_the_first_65_bits() -> None:
    digest = hashlib.sha256(b"nantes-decidim\tprocess\t118").digest()
    bits = "".join(f"{byte:08b}" for byte in digest)[:65]
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    expected = "".join(letters[int(bits[start : start + 5], 2)] for start in range(0, 65, 5))
    assert schemas.hub_id("nantes-decidim", "process", "118") == expected == "qwmc2zg7jakma"


@given(TEXTS, st.sampled_from(schemas.KINDS), TEXTS)
def test_an_identity_is_stable_and_readable(slug: str, kind: str, remote_id: str) -> None:
    identity = schemas.hub_id(slug, kind, remote_id)
    assert identity == schemas.hub_id(slug, kind, remote_id)
    assert len(identity) == 13
    assert set(identity) <= set("0123456789abcdefghjkmnpqrstvwxyz")
    assert identity != schemas.hub_id(slug, kind, remote_id + "x")


def test_the_fast_path_and_the_exact_path_agree_on_the_examples() -> None:
    for kind in schemas.KINDS:
        example = schemas.schema(kind)["examples"][0]
        exact = schemas.canonical({**example, "\u00e9": 1.0})
        assert schemas.canonical({**example, "\u00e9": 1}) == exact
        assert orjson.loads(schemas.canonical(example)) == example
