"""The declared correspondence of columns: rows of any table to records, and nothing guessed on the way."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from connectors.base import Record, RecordRefused, SourceChanged
from connectors.casts import CASTS, Unreadable, cast, key_text
from connectors.declaration import declared, is_personal
from connectors.mapping import at, joined
from connectors.text import plain

FIGURES: dict[str, Any] = {
    "request": {"url": "https://exemple.fr/data.json", "paging": {"style": "none"}},
    "items": "data[*]",
    "kind": "observation",
    "key": ["demarche", "annee"],
    "fields": {
        "metric": {"const": "participants"},
        "subject.remote_id": {"from": "demarche"},
        "period": {"from": "annee", "as": "year"},
        "basis": {"const": "flux"},
        "quantity.value": {"from": "nb", "as": "integer", "null": {"NR": "non_communique"}},
        "quantity.unit": {"const": "personnes"},
        "channel": {"from": "canal", "table": {"web": "en_ligne", "papier": "presentiel"}, "else": "refuse"},
    },
    "drop": ["nom", "email"],
    "expect": {"min_rows": 10, "max_rows": 5000},
}
MEETINGS: dict[str, Any] = {
    "kind": "meeting",
    "key": ["commune", "ref"],
    "fields": {
        "title": {"from": "intitule"},
        "description": {"from": "texte", "as": "html"},
        "starts_at": {"from": "debut", "as": "datetime"},
        "attendees": {"from": "presents", "as": "integer"},
        "location.lat": {"from": "point.lat", "as": "decimal"},
        "location.lon": {"from": "point.lon", "as": "decimal"},
        "cancelled": {"from": "annulee", "as": "boolean"},
        "process_ids": {"from": "demarches"},
    },
}
FIGURE = {"demarche": 118, "annee": 2025, "nb": "1 234", "canal": "web"}
MEETING = {"commune": "44109", "ref": 7, "intitule": "Atelier", "debut": "15/03/2026 18:30"}


def one(mapping: dict[str, Any], row: dict[str, Any]) -> Record:
    record = declared(mapping).record(row, "/data/0")
    assert isinstance(record, Record), record
    assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    return record


def refused(mapping: dict[str, Any], row: dict[str, Any]) -> RecordRefused:
    item = declared(mapping).record(row, "/data/0")
    assert isinstance(item, RecordRefused), item
    return item


def changed(mapping: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(mapping), **changes}


def test_a_figure_is_named_by_what_it_says() -> None:
    record = one(FIGURES, FIGURE)
    assert record.remote_id == "process:118:participants:2025:en_ligne:"
    assert record.data == {
        "metric": "participants",
        "subject": {"kind": "process", "remote_id": "118"},
        "period": {"from": "2025", "to": "2025", "precision": "annee"},
        "basis": "flux",
        "quantity": {"value": 1234, "unit": "personnes"},
        "channel": "en_ligne",
    }


def test_a_figure_with_an_id_of_its_own_keeps_it() -> None:
    assert one(changed(FIGURES, key=["id"]), {**FIGURE, "id": "F-9"}).remote_id == "F-9"


@pytest.mark.parametrize(
    ("cell", "state"), [("NC", "non_communique"), ("NR", "non_communique"), ("nd", "non_collecte"), ("s", "masque")]
)
def test_a_figure_that_is_not_given_says_why(cell: str, state: str) -> None:
    data = one(FIGURES, {**FIGURE, "nb": cell}).data
    assert (data["quantity"], data["quantity_state"]) == (None, state)


@pytest.mark.parametrize("cell", [None, "", " ", "-", "…"])
def test_a_figure_that_says_nothing_is_refused_and_never_zero(cell: str | None) -> None:
    assert refused(FIGURES, {**FIGURE, "nb": cell}).rule == "valeur_ou_motif"
    assert one(FIGURES, {**FIGURE, "nb": 0}).data["quantity"]["value"] == 0


def test_harvested_votes_are_indicative_unless_the_source_says_they_decide() -> None:
    votes = changed(FIGURES, constant={"metric": "votes"})
    assert one(votes, FIGURE).data["indicative"] is True
    assert one(changed(votes, constant={"metric": "votes", "indicative": False}), FIGURE).data["indicative"] is False


def test_a_value_outside_the_table_refuses_the_row_or_takes_what_is_declared() -> None:
    item = refused(FIGURES, {**FIGURE, "canal": "pigeon"})
    assert (item.rule, item.pointer, item.remote_id) == ("code_inconnu", "/data/0", "118:2025")
    assert item.values == {"value": "pigeon", "pointer": "/canal", "field": "canal"}
    silent = changed(FIGURES)
    del silent["fields"]["channel"]["else"]
    assert refused(silent, {**FIGURE, "canal": "pigeon"}).rule == "code_inconnu"
    silent["fields"]["channel"]["else"] = "non_precise"
    assert one(silent, {**FIGURE, "canal": "pigeon"}).data["channel"] == "non_precise"
    assert "channel" not in one(silent, {**FIGURE, "canal": None}).data


def test_a_meeting_is_read_with_paris_time_places_and_lists() -> None:
    row = {
        **MEETING, "texte": "<p>Bonjour&nbsp;<b>tous</b></p>", "point": {"lat": 47.2, "lon": -1.5}, "annulee": "Non",
        "demarches": "12|13|12", "presents": "0",
    }  # fmt: skip
    record = one(MEETINGS, row)
    assert record.remote_id == "44109:7"
    assert record.data == {
        "title": "Atelier",
        "description": "Bonjour tous",
        "starts_at": "2026-03-15T17:30:00Z",
        "attendees": 0,
        "location": {"lat": 47.2, "lon": -1.5},
        "cancelled": False,
        "process_ids": ["12", "13"],
    }


def test_halves_are_not_kept() -> None:
    assert "location" not in one(MEETINGS, {**MEETING, "point": {"lat": 47.2, "lon": None}}).data
    assert "attendees" not in one(MEETINGS, {**MEETING, "presents": None}).data


def test_a_list_is_coded_one_by_one() -> None:
    mapping = changed(MEETINGS)
    mapping["fields"]["process_ids"] = {"from": "demarches", "table": {"A": "12", "B": "13"}}
    assert one(mapping, {**MEETING, "demarches": ["A", "B"]}).data["process_ids"] == ["12", "13"]
    assert refused(mapping, {**MEETING, "demarches": ["A", "C"]}).rule == "code_inconnu"


def test_a_missing_required_field_is_named() -> None:
    item = refused(MEETINGS, {**MEETING, "intitule": " "})
    assert (item.rule, item.values["key"]) == ("champ_manquant", "title")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("integer", "1 234", 1234), ("integer", "1\u202f234", 1234), ("integer", "1.800", 1800), ("integer", 12.0, 12),
        ("decimal", "1 234,5", 1234.5), ("decimal", "1,234.5", 1234.5), ("decimal", "12 000 €", 12000),
        ("percent", "85 %", 0.85), ("percent", 7, 0.07), ("percent", 1.125, 0.01125), ("percent", "0", 0.0),
        ("date", "31/12/2025", "2025-12-31"), ("date", "2025-12", "2025-12"), ("date", 2025, "2025"),
        ("date", "2025-12-31T23:30:00+00:00", "2026-01-01"), ("date", "NC", None),
        ("datetime", "2026-07-01T10:00:00+02:00", "2026-07-01T08:00:00Z"),
        ("datetime", "2026-07-01 10:00", "2026-07-01T08:00:00Z"), ("datetime", "2026-07-01", "2026-07-01"),
        ("datetime", "2026-01-01 00:15", "2025-12-31T23:15:00Z"),
        ("year", "2025", "2025"), ("boolean", "Oui", True), ("boolean", "0", False), ("boolean", "", None),
        ("text", " a ", "a"), ("text", "…", None), ("text", 12, "12"), ("list", ["a", None, ""], ["a"]),
        ("text", "écrire à jean@exemple.fr", "écrire à [adresse masquée]"),
    ],
)  # fmt: skip
def test_cells_are_read_as_declared(name: str, value: object, expected: object) -> None:
    assert cast(name, value)[0] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("integer", "1,5"), ("integer", "douze"), ("integer", True), ("integer", [1]), ("decimal", "1.800"),
        ("percent", "?"),
        ("datetime", "0001-01-01T00:00"), ("date", "12/31/2025"), ("date", "2025-02-30"), ("date", "demain"),
        ("date", "20251231"),
        ("datetime", "2025-W01-1"), ("year", "25"), ("year", "2025-01-01"), ("boolean", "bof"), ("text", {"a": 1}),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_read_for_sure_are_refused(name: str, value: object) -> None:
    with pytest.raises(Unreadable) as caught:
        cast(name, value)
    assert caught.value.rule in schemas.problems.rules()


@given(
    st.sampled_from(sorted(CASTS)),
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.text() | st.lists(st.text()),
)
def test_a_cell_is_read_or_refused_and_nothing_else(name: str, value: object) -> None:
    try:
        read, _ = cast(name, value)
    except Unreadable:
        return
    assert not (read == 0 and read is not False) or any(sign.isdigit() for sign in str(value))


@given(st.lists(st.text(min_size=1), min_size=2, max_size=3), st.lists(st.text(min_size=1), min_size=2, max_size=3))
def test_two_keys_never_make_one_identifier(first: list[str], second: list[str]) -> None:
    assert (joined(first) == joined(second)) == (first == second)


@pytest.mark.parametrize("value", ["1,23E+15", "1.5e+3", "Total", "SOMME", 1.5, True, ["a"]])
def test_what_a_spreadsheet_broke_is_no_identifier(value: object) -> None:
    with pytest.raises(Unreadable):
        key_text(value)


@pytest.mark.parametrize(
    "column",
    [
        "email", "E-mail", "adresse_mail", "Nom", "prénom", "nom_auteur", "author_username", "Téléphone", "pseudo",
        "ip", "authorEmail", "date_naissance", "Adresse postale", "firstName",
    ],
)  # fmt: skip
def test_columns_of_persons_are_known_and_refused(column: str) -> None:
    assert is_personal(column)
    mapping = changed(MEETINGS)
    mapping["fields"]["title"] = {"from": column}
    with pytest.raises(SourceChanged, match="personnes"):
        declared(mapping)
    with pytest.raises(SourceChanged, match="personnes"):
        declared(changed(MEETINGS, key=[column]))


@pytest.mark.parametrize(
    "column", ["nombre", "adresse", "COLL_NOM", "nom_projet", "economie", "description", "participants", "montant"]
)
def test_columns_of_things_are_not_taken_for_persons(column: str) -> None:
    assert not is_personal(column)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "person"}, "person"),
        ({"key": []}, "key"),
        ({"key": "ref"}, "key"),
        ({"key": ["intitule"]}, "intitule"),
        ({"group_by": ["autre"]}, "group_by"),
        ({"script": "x"}, "script"),
        ({"fields": {}}, "fields"),
        ({"fields": {"titre": {"from": "a"}}}, "titre"),
        ({"fields": {"title": {"from": "a", "const": "b"}}}, "title"),
        ({"fields": {"title": {"from": "a", "as": "python"}}}, "python"),
        ({"fields": {"attendees": {"from": "a", "null": {"NC": "zero"}}}}, "attendees"),
        ({"fields": {"title": {"from": "a"}}, "drop": ["a"]}, "« a »"),
    ],
)
def test_a_declaration_that_cannot_be_followed_is_named_in_french(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceChanged, match=message):
        declared(changed(MEETINGS, **changes))


def test_a_declaration_may_be_written_as_text() -> None:
    assert declared(json.dumps(FIGURES)).columns == ("demarche", "annee", "nb", "canal")
    for text in ("{", "[]", '{"kind": 1, "kind": 2}'):
        with pytest.raises(SourceChanged):
            declared(text)


def test_paths_reach_into_cells_but_a_column_of_that_name_comes_first() -> None:
    row = {"a": {"b": [{"c": 1}]}, "a.b": 2, "x": None}
    assert at(row, "a.b") == 2
    assert at(row, "a.b[0].c") == 1
    assert [at(row, path) for path in ("a.z.c", "x.y", "a.b[4]", "nulle")] == [None] * 4


def test_constants_are_not_shared_between_records() -> None:
    mapping = changed(FIGURES, constant={"breakdown": [{"dimension": "age", "value": "16-25 ans"}]})
    first, second = one(mapping, FIGURE), one(mapping, FIGURE)
    first.data["breakdown"].append("x")
    assert len(second.data["breakdown"]) == 1
    assert second.remote_id.endswith(":age=16-25 ans")


@given(st.text(st.characters(blacklist_characters="<&")))
def test_text_without_markup_reads_as_the_same_text_in_a_paragraph(text: str) -> None:
    assert plain(text) == plain(f"<p>{text}")
