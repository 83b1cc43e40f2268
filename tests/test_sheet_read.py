"""Tables in the flat form, read: headers, lines, what is told of a table as a whole (`push-api.md` §5, P21, P23)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from connectors.base import Record, RecordRefused, SourceChanged
from connectors.personal_table import are_persons, is_person_column
from connectors.sheet_cells import row_of
from connectors.sheet_read import EXAMPLE, NAMINGS, csv_items, kind_named
from connectors.sheet_write import csv_of
from connectors.text import folded
from hub.push import workbook
from hub.push.files import read_file
from schemas.columns import SHEETS, Column, columns_of, slug_of
from tests.test_sheet_cells import records


def items(text: str | bytes, kind: str = "process") -> list[tuple[int, int, Record | RecordRefused]]:
    """What a CSV says."""
    return list(csv_items(text.encode() if isinstance(text, str) else text, kind))


def data_of(text: str | bytes, kind: str = "process") -> list[dict[str, Any]]:
    """The data of the records of a CSV."""
    return [item.data for _, _, item in items(text, kind) if isinstance(item, Record)]


def machine(kind: str, data: dict[str, Any], naming: Callable[[Column], str]) -> bytes:
    """A record as a program writes it in a CSV: codes, numbers and truths as JSON does."""
    cells: dict[str, str] = {"remote_id": "118"}
    for column in columns_of(kind):
        value: Any = data
        for step in column.path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None and not column.envelope:
            cells[column.key] = value if isinstance(value, str) else schemas.canonical(value).decode()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([naming(column) for column in columns_of(kind)])
    writer.writerow([cells.get(column.key, "") for column in columns_of(kind)])
    return out.getvalue().encode()


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_each_way_of_naming_columns_tells_them_all_apart_and_none_is_a_persons(kind: str) -> None:
    for naming in NAMINGS:
        names = [naming(column) for column in columns_of(kind)]
        assert len(set(map(folded, names))) == len(names)
        assert not [name for name in names if is_person_column(name)]
        assert not are_persons(names)
    for column in columns_of(kind):
        labels = [folded(label) for _, label in column.options]
        assert len(set(labels)) == len(labels), column.label
        strangers = {folded(code): folded(label) for code, label in column.options}
        assert all(strangers.get(label, label) == label for label in labels), column.label


@pytest.mark.parametrize("kind", schemas.KINDS)
@pytest.mark.parametrize("naming", NAMINGS[:2])
def test_what_a_program_writes_as_csv_says_what_it_writes_as_json(kind: str, naming: Callable[[Column], str]) -> None:
    whole = schemas.schema(kind)["examples"][0]
    (data,) = data_of(machine(kind, whole, naming), kind)
    assert schemas.content_hash(schemas.complete(kind, data)) == schemas.content_hash(schemas.complete(kind, whole))


@settings(max_examples=150, deadline=None)
@given(records(), st.text(min_size=1, max_size=30).map(str.strip).filter(lambda text: text.isprintable() and text))
def test_a_record_comes_back_out_of_a_csv_and_out_of_a_workbook(found: Any, remote_id: str) -> None:
    kind, data = found
    row = row_of(kind, data) | {"identifiant": f'"{remote_id}"' if '"' not in remote_id else "x"}
    book, left = workbook.own_records({kind: [row]})
    read = [items(csv_of(kind, [row]), kind)[0][2]] + ([] if left else [read_file(book, "f.xlsx").sent[0].item])
    for item in read:
        assert isinstance(item, Record)
        assert schemas.complete(kind, item.data) == schemas.complete(kind, data)


@pytest.mark.parametrize("latitude", [5e-324, -2.5e-219, 47.21837412345679])
def test_the_smallest_number_comes_back_out_of_a_csv(latitude: float) -> None:
    kind, data = "meeting", {**schemas.schema("meeting")["examples"][0], "location": {"lat": latitude, "lon": 0.0}}
    (read,) = items(csv_of(kind, [row_of(kind, data) | {"identifiant": "1"}]), kind)
    assert read[2].data["location"]["lat"] == latitude


def test_lines_are_those_of_the_file_its_header_and_quoted_breaks_counted() -> None:
    text = 'identifiant;titre;description\n1;Rue;"une\r\ndeux\ntrois"\n\n2;Place;x\n3;Quai;"a\nb"\n4;Pont;y\n'
    assert [line for _, line, _ in items(text)] == [2, 6, 7, 9]
    assert [rank for rank, _, _ in items(text)] == [0, 1, 2, 3]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings_change_nothing(delimiter: str, encoding: str) -> None:
    lines = [["Identifiant", "Titre", "État"], ["1", "Forêt d'été", "Terminée"]]
    text = "\n".join(delimiter.join(line) for line in lines) + "\n"
    assert data_of(text.encode(encoding)) == [{"title": "Forêt d'été", "state": "terminee"}]


def test_people_write_numbers_days_truths_and_codes_their_own_way() -> None:
    head = "identifiant;Titre;ETAT;Date_debut;Date_fin;Budget;conditions.childcare;themes;communes\n"
    text = (
        head
        + "1;Rue;en cours;12/05/2023;2024;12 000,50 €;OUI;Mobilités | sante;44109|44162\n2;Place;En cours;;;0;non;;\n"
    )
    assert data_of(text) == [
        {
            "title": "Rue",
            "state": "en_cours",
            "starts_on": "2023-05-12",
            "ends_on": "2024",
            "budget": {"value": 12_000.5},
            "conditions": {"childcare": True},
            "themes": ["mobilites", "sante"],
            "communes": ["44109", "44162"],
        },
        {"title": "Place", "state": "en_cours", "budget": {"value": 0}, "conditions": {"childcare": False}},
    ]


def test_an_empty_cell_says_nothing_and_a_motive_says_why_there_is_no_number() -> None:
    text = "identifiant;demarche;type;titre;votes;commentaires;montant\n1;d;Avis;Une;;NC;s.o.\n"
    (data,) = data_of(text, "contribution")
    assert "votes" not in data
    assert (data["comments"], data["comments_state"]) == (None, "non_communique")
    assert (data["amount"], data["amount_state"]) == (None, "sans_objet")


def test_a_number_that_may_be_two_numbers_is_left_for_the_schema_to_refuse() -> None:
    text = "identifiant;demarche;type;titre;montant;lieu_latitude;lieu_longitude\n1;d;avis;Une;1.800;47.218;-1.553\n"
    (data,) = data_of(text, "contribution")
    assert data["location"] == {"lat": 47.218, "lon": -1.553}
    assert [(each.rule, each.pointer) for each in schemas.check("contribution", data)] == [("type_invalide", "/amount")]
    exact = "remote_id;process_id;type;title;amount\n1;d;avis;Une;1.800\n"
    assert data_of(exact, "contribution")[0]["amount"] == 1.8


def test_a_short_name_is_understood_where_only_one_column_bears_it() -> None:
    text = "identifiant;demarche;type;titre;latitude;longitude\n1;d;avis;Une;47,2;-1,5\n"
    assert data_of(text, "contribution")[0]["location"] == {"lat": 47.2, "lon": -1.5}


def test_type_is_what_its_header_means_by_it() -> None:
    assert data_of("Identifiant;Titre;Type\n1;Rue;Budget participatif\n")[0]["type"] == "budget_participatif"
    assert data_of("identifiant;titre;type\n1;Rue;Concertation\n")[0]["type_raw"] == "Concertation"
    assert data_of("remote_id;title;type\n1;Rue;budget_participatif\n")[0]["type"] == "budget_participatif"


def test_the_example_row_is_passed_over() -> None:
    assert [rank for rank, _, _ in items(f"identifiant;titre\n{EXAMPLE};Rue\n1;Place\n")] == [0]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (";Rue;", "identifiant_manquant"),
        ("1,23E+15;Rue;", "identifiant_abime"),
        ("Total;12;", "ligne_de_total"),
        ("1;Rue", "ligne_mal_formee"),
        ("1;Rue;peut-être", "type_invalide"),
    ],
)
def test_a_row_without_a_sound_identity_is_refused_with_its_reason(row: str, rule: str) -> None:
    (_, line, item), _ = items(f"identifiant;titre;supprimee\n{row}\n2;Place;\n")
    assert isinstance(item, RecordRefused)
    assert (item.rule, line) == (rule, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("titre;etat\nRue;en_cours\n", "« Identifiant »"),
        ("identifiant;titre;title\n1;a;b\n", "la même chose"),
        ("identifiant;titre;Titre\n1;a;b\n", "deux fois"),
        ("nom;prenom;email\nx;y;z\n", "fichier de personnes"),
        ("\n", "vide"),
    ],
)
def test_a_header_that_cannot_be_followed_refuses_the_file(text: str, sentence: str) -> None:
    with pytest.raises(SourceChanged, match=sentence):
        items(text)


def test_an_unknown_column_is_told_once_with_the_nearest_name() -> None:
    rows = "".join(f"{rank};Rue;x;y\n" for rank in range(50))
    deposit = read_file(f"identifiant;titre;resumee;couleur\n{rows}".encode(), "demarches.csv")
    assert len(deposit.sent) == 50
    ((_, told),) = deposit.notices
    assert told.rule == "colonnes_inconnues"
    assert "« resumee » (peut-être « Résumé »), « couleur »" in told.message


def test_a_sheet_is_known_by_the_name_of_its_kind() -> None:
    for kind, name in SHEETS.items():
        assert kind_named(name) == kind
        assert kind_named(f"modele-{slug_of(kind)} (2).csv") == kind
    assert kind_named("Feuil1") is None
    assert kind_named("demarches et etapes") is None


def test_the_cells_of_a_row_are_those_of_its_kind() -> None:
    whole = deepcopy(schemas.schema("process")["examples"][0])
    assert set(row_of("process", whole)) <= {column.name for column in columns_of("process")}
