"""What removes persons from payloads: nothing else changes, and what cannot be told apart is not kept."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import BUILT_IN
from connectors.personal import stripped
from connectors.personal_texts import masked_text
from connectors.text import plain
from schemas.personal import masked

NAMES = ("author", "e-mail", "Date de naissance")
POINTERS = ("/data/*/owner", "/data/nodes/*/author", "/jwt", "/a~1b/c")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = (
    st.sampled_from(["author", "Author", "titre", "data", "nodes", "owner", "e_mail", "dateNaissance", "x"]) | st.text()
)
VALUES = st.recursive(LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=5))


def without(value: Any, names: set[str]) -> Any:
    """The plain way: build the value again without the keys."""
    if isinstance(value, dict):
        bare = {key: key.encode("ascii", "ignore").decode().casefold() for key in value}
        return {
            key: without(inside, names)
            for key, inside in value.items()
            if "".join(filter(str.isalnum, bare[key])) not in names
        }
    return [without(inside, names) for inside in value] if isinstance(value, list) else value


def masked_within(value: Any, key: str = "") -> Any:
    """The plain way: build the value again with its texts masked, those of identifiers excepted."""
    if isinstance(value, dict):
        return {name: masked_within(inside, name) for name, inside in value.items()}
    if isinstance(value, list):
        return [masked_within(inside) for inside in value]
    return masked_text(value) if isinstance(value, str) and not key.casefold().endswith("id") else value


@given(VALUES)
def test_named_properties_go_wherever_they_stand_and_nothing_else_changes(value: Any) -> None:
    content = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    found = stripped(content, "application/json", ("author", "e-mail", "date_naissance"))
    assert found is not None
    before = json.loads(content)
    assert json.loads(found) == masked_within(without(before, {"author", "email", "datenaissance"}))
    assert (found is content) == (json.loads(found) == before)
    assert stripped(found, "application/json", ("author", "e-mail", "date_naissance")) is found


def test_a_pointer_with_stars_removes_what_it_leads_to() -> None:
    value = {"data": {"nodes": [{"author": {"name": "Jeanne"}, "id": 1}, {"id": 2}], "b": {"owner": "Jeanne", "c": 1}}}
    content = json.dumps({**value, "jwt": "x", "a/b": {"c": 1, "d": 2}, "author": "kept"}).encode()
    assert json.loads(stripped(content, "application/json; charset=utf-8", POINTERS) or b"") == {
        "data": {"nodes": [{"id": 1}, {"id": 2}], "b": {"c": 1}},
        "a/b": {"d": 2},
        "author": "kept",
    }
    everything = stripped(b'{"list": [1, 2], "x": 1}', "application/json", ("/list/*",))
    assert everything == b'{"list":[],"x":1}'


def test_a_page_without_persons_is_the_very_same_object() -> None:
    content = b'{ "titre" : "Rue des Alouettes" , "n": 1.10 }'
    assert stripped(content, "application/json", POINTERS + NAMES) is content
    assert stripped(b"", "text/csv", NAMES) == b""


@pytest.mark.parametrize(
    "number", ["9007199254740993", "123456789012345678901234567890", "-0", "1e5", "0.1", "1.5e-300", "100000.0"]
)
def test_numbers_are_not_altered_by_a_removal(number: str) -> None:
    found = stripped(f'{{"author": 1, "n": {number}}}'.encode(), "application/json", NAMES)
    assert json.loads(found or b"") == {"n": json.loads(number)}
    assert type(json.loads(found or b"")["n"]) is type(json.loads(number))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": {"author": "Jeanne"}, "a": {}}',
        b'{"author": 1, "n": NaN}',
        b'{"author": 1, "n": 1e999}',
        b'{"author": 1',
        b"[" * 2_000 + b"]" * 2_000,
        b'{"author": "\xff"}',
    ],
)
def test_json_that_may_hide_a_person_or_cannot_be_read_is_not_kept(content: bytes) -> None:
    assert stripped(content, "application/json", NAMES) is None


def test_json_lines_are_stripped_line_by_line() -> None:
    content = b'{"author": "Jeanne", "id": 1}\n{"id": 2}\n'
    assert stripped(content, "application/jsonl", NAMES) == b'{"id":1}\n{"id": 2}\n'
    clean = b'{"id": 1}\n{"id": 2}\n'
    assert stripped(clean, "application/jsonl", NAMES) is clean
    assert stripped(b'{"id": 1}\n{"id": ', "application/jsonl", NAMES) is None


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_each_connector_declares_is_removed(name: str) -> None:
    for declared in BUILT_IN[name].PERSONAL:
        value: Any = "Jeanne Canari"
        steps = declared.split("/")[1:] or [declared]
        for step in reversed(steps):
            value = [value, value] if step == "*" else {step: value}
        found = stripped(json.dumps(value).encode(), "application/json", BUILT_IN[name].PERSONAL)
        assert found is not None
        assert b"Canari" not in found


def test_a_page_of_35_kb_takes_less_than_a_few_milliseconds() -> None:
    nodes = [{"id": str(rank), "author": {"name": "x"}, "body": "y" * 300, "votes": rank} for rank in range(95)]
    content = json.dumps({"data": {"component": {"proposals": {"nodes": nodes}}}}).encode()
    personal = BUILT_IN["decidim"].PERSONAL
    stripped(content, "application/json", personal)
    began = time.process_time()
    for _ in range(20):
        stripped(content, "application/json", personal)
    assert (time.process_time() - began) / 20 < 0.005


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), st.sampled_from([";", ",", "\t", "|"]))
def test_columns_of_persons_leave_a_csv_and_no_other_cell_changes(rows: list[Any], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(
        [("titre", "Nom", "url"), *(("x" + a, b, "y" + c) for a, b, c in rows)]
    )
    content = out.getvalue().encode()
    found = stripped(content, "text/csv", ())
    assert found is not None
    read = list(csv.reader(io.StringIO(found.decode(), newline=""), delimiter=delimiter))
    expected = [["titre", "url"], *(["x" + a, "y" + c] for a, _, c in rows)]
    assert read == expected or "@" in str(rows)
    assert stripped(found, "text/csv", ()) is found


@pytest.mark.parametrize(
    "content",
    [
        b"email;nom;prenom\na@b.fr;C;J\n",
        b"export_participant_email,export_participant_username\na@b.fr,j\n",
        b"id;participant_email;votes\n1;a@b.fr;2\n",
        b"email\na@b.fr\nc@d.fr\n",
        b"\x00\x01\x02",
        "titre;nom\n\x81\n".encode("latin-1"),
    ],
)
def test_a_file_of_persons_and_a_file_that_is_no_table_are_not_kept(content: bytes) -> None:
    assert stripped(content, "text/csv", ()) is None


def test_a_table_is_known_by_its_content_whatever_its_type_says() -> None:
    content = "titre;Prénom;mes notes\r\nRue;Jeanne;x\r\n".encode("cp1252")
    for media_type in ("application/vnd.ms-excel", "application/octet-stream", ""):
        assert stripped(content, media_type, ("Mes Notes",)) == b"titre\r\nRue\r\n"
    assert stripped(content, "application/pdf", ()) is None
    bom = "﻿titre;courriel\nRue;a@b.fr\n".encode()
    assert stripped(bom, "text/csv", ()) == "﻿titre\nRue\n".encode()


@pytest.mark.parametrize("content", [b"PK\x03\x04zip", b"\x1f\x8bgzip", b"\xd0\xcf\x11\xe0xls", b"<html><body>"])
def test_packed_files_and_web_pages_are_not_kept(content: bytes) -> None:
    assert stripped(content, "text/html" if content[:1] == b"<" else "application/zip", ()) is None


def test_the_people_of_a_calendar_leave_with_their_folded_lines() -> None:
    content = (
        b"BEGIN:VEVENT\r\nSUMMARY:Atelier\r\nATTENDEE;CN=Jeanne:mailto:j@ex\r\n emple.fr\r\n\tsuite\r\n"
        b"organizer:mailto:a@b.fr\r\nDESCRIPTION:Suite\r\n et fin\r\nCONTACT:Jeanne\r\nEND:VEVENT\r\n"
    )
    found = stripped(b"BEGIN:VCALENDAR\r\n" + content, "type/calendar", ())
    assert (
        found == b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Atelier\r\nDESCRIPTION:Suite\r\n et fin\r\nEND:VEVENT\r\n"
    )
    assert stripped(found, "text/calendar", ()) is found


def test_the_authors_of_a_feed_leave_and_every_other_byte_stays() -> None:
    head = b"<?xml version='1.0'?>\n<rss xmlns:dc='d' xmlns:itunes='i'><channel>"
    people = (
        b"<managingEditor>j@b.fr</managingEditor><webMaster/><dc:creator a='>'>Jeanne</dc:creator>"
        b"<author><name>Jeanne</name><author>x</author></author ><itunes:owner/>"
    )
    item = b"<item><title><![CDATA[ <author>du titre</author> ]]></title><!-- note --></item>"
    found = stripped(head + people + item + b"</channel></rss>", "application/rss+xml", ())
    assert found == head + item + b"</channel></rss>"
    assert stripped(found, "text/xml", ()) is found
    assert stripped(b"<!DOCTYPE rss><rss><author>x</author></rss>", "text/xml", ()) is None
    assert stripped(b"<rss><author>x</rss>", "text/xml", ()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Écrire à jeanne.d@exemple.fr.", "Écrire à [adresse masquée]."),
        ("«a+b@c-d.example.org»", "«[adresse masquée]»"),
        ("06 12 34 56 78, 0612345678 et 06.12.34.56.78", "[numéro masqué], [numéro masqué] et [numéro masqué]"),
        ("+33 (0)6 12 34 56 78 ou 0033612345678", "[numéro masqué] ou [numéro masqué]"),
        ("+44 20 7946 0958", "[numéro masqué]"),
        ("10 000 000 € le 2026-01-31T12:00:00+0100", "10 000 000 € le 2026-01-31T12:00:00+0100"),
    ],
)
def test_addresses_and_numbers_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@given(st.text(st.sampled_from("a@.+0 1(-é")))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


def test_a_number_does_not_swallow_the_one_that_follows_it() -> None:
    assert masked("+33 6 12 34 56 78 06 12 34 56 78") == "[numéro masqué] [numéro masqué]"
    assert masked("+33 (0)6 12 34 56 78 ou 0033612345678") == "[numéro masqué] ou [numéro masqué]"


@pytest.mark.parametrize("unit", ["a", "a@", "@", "+1", "0 1", "(((", "06 12 34 56 7", "a.", ".@."])
def test_masking_takes_a_time_that_grows_with_the_text(unit: str) -> None:
    began = time.process_time()
    masked(unit * (600_000 // len(unit)))
    assert time.process_time() - began < 2


@given(
    st.binary(max_size=300), st.sampled_from(["text/csv", "application/json", "text/xml", "text/calendar", "", "x/y"])
)
def test_any_bytes_at_all_are_stripped_or_not_kept(content: bytes, media_type: str) -> None:
    found = stripped(content, media_type, POINTERS + NAMES)
    assert found is None or stripped(found, media_type, POINTERS + NAMES) == found


def test_a_date_and_an_hour_are_no_telephone_number() -> None:
    for words in ("le 05/06/2024 14h30", "05.06.2024 14:30", "du 01-02-2024 10 au 03-04-2024", "2 000 000 000 €"):
        assert masked(words) == words


WORDS = (
    "Écrire", "à", "a.canari@exemple.fr", "a.canari@exemple.fr&nbsp;ou", "06 12 34 56 78", "+33 6 12 34 56 78", "<p>",
    "</p>", "&amp;", "<a href='mailto:a.canari@exemple.fr'>", "</a>", "du 01/02/2024", "48.0012345678, 2.35", "\n",
    "&lt;br&gt;", "a.canari@exemple.fr.</p>",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_a_text_masked_before_it_is_kept_is_read_as_the_one_that_came(words: list[str]) -> None:
    text = " ".join(words)
    assert plain(masked_text(text)) == plain(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("À a.canari@exemple.fr&nbsp;ou au 06 12 34 56 78.", "À [adresse masquée]&nbsp;ou au [numéro masqué]."),
        ("a.canari@exemple.fr", "[adresse masquée]"),
        ("06 12 34 56 78", "[numéro masqué]"),
        ("0612345678", "0612345678"),
        ("48.0012345678, 2.35", "48.0012345678, 2.35"),
        ("https://reseau.exemple.fr/@ville", "https://reseau.exemple.fr/@ville"),
        ("2024-03-01 10:00:00 +0100", "2024-03-01 10:00:00 +0100"),
    ],
)  # fmt: skip
def test_texts_of_a_payload_lose_persons_and_codes_addresses_and_places_do_not(value: str, expected: str) -> None:
    assert masked_text(value) == expected
    assert json.loads(stripped(json.dumps({"x": [value], "id": value}).encode(), "application/json", ()) or b"") == {
        "x": [expected],
        "id": value,
    }


def test_cells_elements_and_properties_lose_the_persons_of_their_texts_and_keep_their_lines() -> None:
    words = "Écrire à a.canari@exemple.fr ou au 06 12 34 56 78"
    masked_words = "Écrire à [adresse masquée] ou au [numéro masqué]"
    table = f'titre;texte\n\n"Rue ""A""";"{words}"\n'
    assert stripped(table.encode(), "text/csv", ()) == table.replace(words, masked_words).encode()
    item = f"<rss><item><guid>a@b.fr</guid><title>{words}</title><x><![CDATA[<p>{words}</p>]]></x></item></rss>"
    assert stripped(item.encode(), "text/xml", ()) == item.replace(words, masked_words).encode()
    folded = f"DESCRIPTION:Fête\\n{words}"
    calendar = (
        f"BEGIN:VCALENDAR\r\nUID:un@exemple.fr\r\n{folded[:30]}\r\n {folded[30:]}\r\n"
        "BEGIN:VALARM\r\nDESCRIPTION:Jeanne\r\nEND:VALARM\r\nEND:VCALENDAR\r\n"
    )
    expected = f"BEGIN:VCALENDAR\r\nUID:un@exemple.fr\r\nDESCRIPTION:Fête\\n{masked_words}\r\nEND:VCALENDAR\r\n"
    assert stripped(calendar.encode(), "text/calendar", ()) == expected.encode()
