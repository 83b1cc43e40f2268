"""Workbooks and archives: what is read of them, and what is refused (`platforms/files.md` §2, `harvest.md` §14)."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime

import pytest

from connectors import tabular_archive
from connectors.base import SourceChanged
from connectors.tabular_read import read_table, read_tables
from tests.platforms.files import archive, workbook
from tests.test_connector_tabular import DEMARCHES, read, records, refused

HEAD = ["identifiant", "titre", "date_debut", "date_fin", "etat", "resume"]


def test_stored_values_dates_and_whole_numbers_are_read() -> None:
    rows = [HEAD, [118, "Rue", date(2024, 1, 31), 45322, "En cours", ("=1+1", 2)], ["Total", "", "", "", "", ""]]
    items = read(workbook({"Feuille": rows}))
    (record,) = records(items)
    assert record.remote_id == "118"
    assert record.data == {
        "title": "Rue",
        "starts_on": "2024-01-31",
        "ends_on": "2024-01-31",
        "state": "en_cours",
        "summary": "2",
    }
    assert record.pointer == "L2"
    assert refused(items) == [("ligne_de_total", "L3")]


def test_serial_numbers_count_from_1904_when_the_workbook_says_so() -> None:
    rows = [HEAD, [1, "Rue", date(2024, 1, 31), 43860, "", ""]]
    (record,) = records(read(workbook({"Feuille": rows}, since_1904=True)))
    assert (record.data["starts_on"], record.data["ends_on"]) == ("2024-01-31", "2024-01-31")


def test_an_hour_of_a_workbook_is_that_of_paris() -> None:
    head = ["identifiant", "titre", "debut", "fin", "annulee"]
    rows = [head, ["r1", "Atelier", datetime(2024, 7, 1, 18, 30), 45474.8125, True]]
    (record,) = records(read(workbook({"Feuille": rows})))
    assert (record.data["starts_at"], record.data["ends_at"]) == ("2024-07-01T16:30:00Z", "2024-07-01T17:30:00Z")
    assert record.data["cancelled"] is True


def test_errors_formulas_without_value_merges_and_hidden_rows_are_told() -> None:
    rows = [
        HEAD,
        [1, "Rue", ("=A9", "#REF!"), ("=A1+1", ""), "", ("=NA()", "#N/A")],
        [2, "Place", "", "", "", ""],
    ]
    items = read(workbook({"Feuille": rows}, hidden_row=2, merged="E5:F5"))
    assert records(items)[0].data == {"title": "Rue"}
    assert set(refused(items)) >= {
        ("cellule_en_erreur", "L2"),
        ("formule_sans_valeur", "L2"),
        ("lignes_masquees", "L3"),
        ("cellules_fusionnees", "L1"),
    }


def test_the_sheet_is_the_one_named_else_the_only_one_with_a_known_header() -> None:
    known, other = [HEAD, [1, "Rue", "", "", "", ""]], [["Lisez-moi"], ["Ce classeur…"]]
    book = workbook({"Lisez-moi": other, "Démarches": known})
    assert len(records(read(book))) == 1
    twice = workbook({"2024": known, "2025": [HEAD, [2, "Place", "", "", "", ""]]})
    with pytest.raises(SourceChanged, match="2024, 2025"):
        read(twice)
    assert [record.remote_id for record in records(read(twice, sheet="2025"))] == ["2"]
    with pytest.raises(SourceChanged, match="pas de feuille visible"):
        read(twice, sheet="2026")


def test_a_hidden_sheet_is_not_read_and_a_sheet_of_persons_is_refused() -> None:
    known, persons = [HEAD, [1, "Rue", "", "", "", ""]], [["nom", "prenom", "email"], ["Canari", "Jeanne", "a@b.fr"]]
    assert len(records(read(workbook({"A": known, "B": known}, hidden_sheet="B")))) == 1
    assert len(records(read(workbook({"A": known, "B": persons})))) == 1
    with pytest.raises(SourceChanged, match="fichier de personnes"):
        read(workbook({"B": persons}))


def test_a_header_below_empty_lines_keeps_the_numbers_of_lines() -> None:
    (record,) = records(read(workbook({"A": [[], [], HEAD, [], [1, "Rue", "", "", "", ""]]})))
    assert record.pointer == "L5"


def test_an_archive_holds_one_table_or_several() -> None:
    assert len(records(read(archive({"demarches.csv": DEMARCHES.encode()})))) == 2
    inside = workbook({"A": [HEAD, [1, "Rue", "", "", "", ""]]})
    assert len(records(read(archive({"a.xlsx": inside, "demarches.csv": DEMARCHES.encode()}), sheet="a.xlsx"))) == 1
    with pytest.raises(SourceChanged, match="aucun tableau"):
        read(archive({"notes.txt": b"x"}))
    with pytest.raises(SourceChanged, match="2 tableaux"):
        read_table(archive({"a.csv": DEMARCHES.encode(), "b.csv": DEMARCHES.encode()}))


@pytest.mark.parametrize(
    "name", ["../demarches.csv", "a/../../demarches.csv", "/etc/demarches.csv", "..\\demarches.csv"]
)
def test_a_path_that_leaves_its_folder_refuses_the_archive(name: str) -> None:
    with pytest.raises(SourceChanged, match="sort de son dossier"):
        read(archive({name: DEMARCHES.encode()}))


def test_a_bomb_is_stopped_before_it_unfolds() -> None:
    with pytest.raises(SourceChanged, match="démesurée"):
        read(archive({"demarches.csv": b"a" * 30_000_000}))


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "'XFD1048576'", "$xfd$1048576"])
def test_a_cell_written_far_away_is_stopped_before_room_is_made_for_all_those_before_it(place: str) -> None:
    """Five kilobytes ended the process: the reader of values asked for half a terabyte."""
    wide = [HEAD + [""] * 94]
    far = f"<row r='1048576'><c r={place if place[0] == chr(39) else chr(34) + place + chr(34)}><v>1</v></c></row>"
    book, out = workbook({"A": wide}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            is_sheet = name.startswith("xl/worksheets/sheet")
            after.writestr(
                name, content.replace(b"</sheetData>", far.encode() + b"</sheetData>") if is_sheet else content
            )
    with pytest.raises(SourceChanged, match="au-delà"):
        read_tables(out.getvalue(), room=1_000_000)


def test_a_workbook_of_before_2007_or_behind_a_password_is_named_as_such() -> None:
    with pytest.raises(SourceChanged, match="mot de passe"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_workbook_that_unfolds_into_a_bomb_is_stopped_too() -> None:
    book = workbook({"A": [HEAD]})
    out = io.BytesIO(book)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/image.bin", b"\0" * 30_000_000)
    with pytest.raises(SourceChanged, match="démesurée"):
        read(out.getvalue())


def test_sizes_that_lie_and_too_many_entries_refuse_the_archive() -> None:
    content = bytearray(archive({"demarches.csv": DEMARCHES.encode()}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 5)
    with pytest.raises(SourceChanged, match="illisible"):
        read(bytes(content))
    many = archive({f"{number}.csv": b"" for number in range(tabular_archive.MAX_ENTRIES + 1)})
    with pytest.raises(SourceChanged, match="plus de 1000 fichiers"):
        read(many)


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", b"PK\x05\x06"])
def test_a_broken_archive_is_refused(content: bytes) -> None:
    with pytest.raises(SourceChanged, match="illisible"):
        read(content)


def test_a_workbook_whose_parts_are_not_those_of_a_workbook_is_refused() -> None:
    with pytest.raises(SourceChanged, match="classeur est illisible"):
        read_tables(archive({"xl/workbook.xml": b"<workbook/>"}))
