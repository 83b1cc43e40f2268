"""The strict reader of JSON: fast where it can prove a text well written, and never another value for it."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.strict import MAX_DEPTH, DuplicateKey, TooDeep, are_proven, exact, parse

TEXTS = st.text() | st.sampled_from([":", '":', "\\", "a", "\u003a", "é", "\ud83d"])
NUMBERS = (
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**63, 2**64, -(2**63) - 1])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)
PAIRS = st.lists(st.tuples(st.sampled_from(["a", "b", ":", "\\", '"']), st.integers(0, 2) | TEXTS), max_size=4)


def outcome(read: Any, content: bytes) -> tuple[str, str]:
    """What a reader gives: the value with its types, or the name of what it raises."""
    try:
        return "value", repr(read(content))
    except ValueError as error:
        return type(error).__name__, str(error)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_the_fast_reader_gives_the_values_of_the_exact_one(value: Any, ascii_only: bool, indent: int | None) -> None:
    content = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert outcome(parse, content) == outcome(exact, content)


@given(st.lists(PAIRS, max_size=4), st.booleans())
def test_texts_proven_together_are_read_alike(texts: list[list[tuple[str, Any]]], ascii_only: bool) -> None:
    written = [
        ",".join(f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=ascii_only)}" for key, value in pairs)
        for pairs in texts
    ]
    contents = [f"{{{text}}}".encode("utf-8", "surrogatepass") for text in written]
    try:
        values = [orjson.loads(content) for content in contents]
    except ValueError:
        return
    if are_proven(contents, values):
        assert [repr(value) for value in values] == [repr(exact(content)) for content in contents]


@given(st.binary(max_size=40) | st.text('{}[]":,\\u003a10eE.-+ nult', max_size=40).map(str.encode))
def test_any_bytes_are_read_alike(content: bytes) -> None:
    assert outcome(parse, content) == outcome(exact, content.removeprefix(b"\xef\xbb\xbf"))


@given(PAIRS, st.booleans(), st.sampled_from([":", " :", "\n\t: "]))
def test_a_key_written_twice_is_always_seen(pairs: list[tuple[str, Any]], ascii_only: bool, colon: str) -> None:
    written = [(json.dumps(key), json.dumps(value, ensure_ascii=ascii_only)) for key, value in pairs]
    text = "[{" + ",".join(f"{key}{colon}{value}" for key, value in written) + "}]"
    content = text.encode("utf-8", "surrogatepass")
    assert outcome(parse, content) == outcome(exact, content)
    if len({key for key, _ in pairs}) < len(pairs) and "\ud83d" not in text:
        with pytest.raises(DuplicateKey):
            parse(content)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}', '{"a": 1, "\\u0061": 2}', '{"a": 1, "a": "\\u003a"}', '{"a": 1, "a": "\\u003A"}',
        '{"x": [{"a": 1}, {"b": {"c": 1, "c": 2}}]}', '{"a" : 1, "a" : ":x"}',
    ],
)  # fmt: skip
def test_a_duplicate_key_is_refused_however_it_is_hidden(text: str) -> None:
    with pytest.raises(DuplicateKey):
        parse(text.encode())


@pytest.mark.parametrize("inner", [b"", b"1", b"1.5", b"{}", b'{"a": 1}'])
def test_the_sixty_fourth_level_is_the_last(inner: bytes) -> None:
    for levels in (MAX_DEPTH - 2, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 300, 3_000):
        content = b"[" * levels + inner + b"]" * levels
        assert outcome(parse, content) == outcome(exact, content)
    parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for content in (
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 100_000,
        b"[" * MAX_DEPTH + b"1" + b"]" * 64,
    ):
        assert outcome(parse, content)[0] != "value"
    with pytest.raises(TooDeep):
        parse(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)


@pytest.mark.parametrize("text", ["123456789012345678901", "[-9223372036854775809]", "18446744073709551616"])
def test_a_long_integer_stays_exact(text: str) -> None:
    assert json.dumps(parse(text.encode())) == text


def test_a_byte_order_mark_is_dropped_once_and_other_encodings_are_refused() -> None:
    assert parse(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == {"a": "é"}
    for content in (b"\xef\xbb\xbf\xef\xbb\xbf1", b'"\xe9"', b"NaN", b"[Infinity]", b"", b"{"):
        assert outcome(parse, content)[0] != "value"
