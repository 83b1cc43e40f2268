"""The detector of personal data: what it finds, what it leaves alone, the time it takes (C2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.harvest.founding import DATA
from schemas import personal
from tests.persons import harmless
from tests.persons import personal as with_persons


def strings(value: Any) -> Iterator[str]:
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inside)


def test_of_two_hundred_texts_with_personal_data_99_in_100_at_least_are_found() -> None:
    texts = list(with_persons())
    missed = [(family, text) for family, text in texts if not personal.found(text)]
    assert len(texts) == 200
    assert len(missed) <= 2, missed


def test_of_two_hundred_french_texts_without_any_2_in_100_at_most_are_suspected() -> None:
    texts = list(harmless())
    suspected = [(text, personal.found(text)) for text in texts if personal.found(text)]
    assert len(texts) == len(set(texts)) == 200
    assert len(suspected) <= 4, suspected


def test_nothing_is_found_in_a_text_that_was_masked() -> None:
    for _, text in with_persons():
        assert personal.found(personal.masked(text)) == []
        assert bool(personal.found(text)) == bool(personal.marked(personal.masked(text)))


@given(st.text(st.sampled_from("a@.+0 1(-éFR76Nom:\n")))
def test_masking_any_text_twice_changes_nothing_more(text: str) -> None:
    assert personal.masked(personal.masked(text)) == personal.masked(text)


@given(st.text(), st.text())
def test_what_is_found_is_what_is_masked(before: str, after: str) -> None:
    text = f"{before} {after}"
    assert bool(personal.found(text)) == (personal.masked(text) != text)


def test_nothing_is_suspected_in_the_founding_documents() -> None:
    files = sorted(Path(DATA / "founding").rglob("*.ndjson"))
    assert len(files) >= 17
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            for text in strings(json.loads(line)):
                assert not personal.found(text), (file.name, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nom : Canari, 12 ans", "Nom : [nom masqué], 12 ans"),
        ("<b>Prénom</b>&nbsp;: Camille<br>", "<b>Prénom</b>&nbsp;: [nom masqué]<br>"),
        ("FR76 3000 6000 0112 3456 7890 189 merci", "[numéro masqué] merci"),
        ("FR76 3000 6000 0112 3456 7890 188 est mal recopié", "FR76 3000 6000 0112 3456 7890 188 est mal recopié"),
        ("1 85 05 78 006 084 91", "[numéro masqué]"),
        ("1 85 05 78 006 084 36", "1 85 05 78 006 084 36"),
        ("site.fr/@ville et K@rioles", "site.fr/@ville et K@rioles"),
        ("https://ville.fr/?mail=a.canari@exemple.fr", "https:[adresse masquée]"),
    ],
)
def test_what_has_a_key_is_judged_by_it_and_the_rest_of_the_text_stays(text: str, expected: str) -> None:
    assert personal.masked_markup(text) == expected


@pytest.mark.parametrize(
    "unit", ["a", "a@", "+1", "0 1", "06 12 34 56 7", ".@.", "Nom : A", "FR76 3000 60", "1 85 05 78 ", "[at] ", "4970-"]
)
def test_a_text_twice_as_long_is_masked_piece_by_piece_as_two_halves(unit: str) -> None:
    """No rule looks further than a bounded number of characters: cutting between two lines changes nothing."""
    half = unit * (20_000 // len(unit)) + "\n"
    assert personal.masked(half + half) == personal.masked(half) * 2


PIECES = st.sampled_from(
    [
        "a.canari@exemple.fr",
        "prenom [at] site.fr",
        "+33 6 12 34 56 78",
        "06 12 34 56 78",
        "Nom : Canari",
        "de nom",
        "12345",
        "2026-01-31T12:00:00Z",
    ]
) | st.text(max_size=12)


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_what_one_glance_calls_bare_no_rule_would_have_changed(text: str) -> None:
    if personal.is_bare(text):
        assert [rule(text) for rule, _ in (*personal._RULES.values(), *personal._IN_MARKUP.values())] == [text] * 12
    assert personal.marked(personal.masked(text)) == personal.marked(text) or not personal.is_bare(text)
