"""Tables in files, by address or deposited: how they are read, what refuses them (`platforms/files.md` §1–3, §11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from connectors import tabular
from connectors.answer import Answer, Forgetful
from connectors.base import Checkpoint, Endpoint, Item, Record, RecordRefused, SourceChanged, SourceDown, Unchanged
from connectors.fetch import Fetch, Manners
from connectors.tabular_read import read_table
from tests.platforms.files import CANARIES, DEMARCHES, Drive, archive, table

HEADER = "identifiant;titre;etat;url\n"


@pytest.fixture
def drive() -> Iterator[Drive]:
    running = Drive()
    yield running
    running.close()


def harvest(url: str, fetch: Fetch | None = None, **options: Any) -> list[Item]:
    fetch = fetch or Fetch(Manners(pace=0, private=True, retries=()))
    return list(tabular.harvest(Endpoint(url, options), fetch))


def read(content: str | bytes, name: str = "", **options: Any) -> list[Item]:
    content = content.encode() if isinstance(content, str) else content
    items = list(tabular.records_of(content, name, options))
    assert not any(canary in str(items) for canary in CANARIES)
    return items


def records(items: list[Item], kind: str | None = None) -> list[Record]:
    found = [item for item in items if isinstance(item, Record)]
    for record in found:
        assert schemas.check(record.kind, schemas.complete(record.kind, record.data)) == []
    return [record for record in found if kind in (None, record.kind)]


def refused(items: list[Item]) -> list[tuple[str, str]]:
    found = [item for item in items if isinstance(item, RecordRefused)]
    for item in found:
        words = dict(item.values)
        assert schemas.problem(item.rule, words.pop("pointer", ""), words.pop("value", None), **words).message
    return [(item.rule, item.pointer) for item in found]


def titles(items: list[Item]) -> list[str]:
    return [record.data["title"] for record in records(items)]


def test_a_file_at_an_address_is_one_request_one_page_one_checkpoint_with_its_end(drive: Drive) -> None:
    items = harvest(drive.put("/demarches.csv", DEMARCHES, content_type="text/csv"))
    assert [record.remote_id for record in records(items)] == ["118", "119"]
    assert [item for item in items if isinstance(item, Checkpoint)] == [Checkpoint(items[-1].cursor, end=True)]
    assert records(items)[0].pointer == "L2"
    assert len(drive.asked) == 1


def test_what_is_not_said_is_not_written(drive: Drive) -> None:
    assert records(read(DEMARCHES))[1].data == {"title": "Plan vélo"}


class Remembering(Forgetful):
    """A memory in which the bytes of an address are those in force, with what was noted of them."""

    def __init__(self, note: Any = None) -> None:
        self.noted = note

    def keep(self, answer: Answer) -> Answer:
        return replace(super().keep(answer), unchanged=self.noted is not None, note=self.noted)

    def note(self, _request: str, value: Any) -> None:
        self.noted = value


def test_the_same_bytes_are_not_read_again_unless_the_options_changed(drive: Drive) -> None:
    url, memory = drive.put("/demarches.csv", DEMARCHES), Remembering()
    fetch = Fetch(Manners(pace=0, private=True, retries=()), memory)
    assert len(records(harvest(url, fetch))) == 2
    again = harvest(url, fetch)
    assert isinstance(again[0], Unchanged)
    assert [type(item) for item in again] == [Unchanged, Checkpoint]
    assert isinstance(again[-1], Checkpoint)
    assert again[-1].end
    assert len(records(harvest(url, fetch, bodies=True))) == 2


def test_a_file_concludes_nothing_from_absence_unless_a_person_says_it_is_complete() -> None:
    option = next(option for option in tabular.OPTIONS if option.name == "complete")
    assert (option.kind, option.default) == ("boolean", False)


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_stops_the_reading(drive: Drive, status: int) -> None:
    with pytest.raises(SourceChanged, match="plus à cette adresse"):
        harvest(drive.put("/a.csv", "gone", status=status))


def test_a_web_page_behind_a_200_is_not_a_table(drive: Drive) -> None:
    with pytest.raises(SourceChanged, match="page web"):
        harvest(drive.put("/a.csv", "﻿ <!DOCTYPE html><html>Connexion</html>", content_type="text/csv"))


def test_a_redirect_then_an_archive_is_followed(drive: Drive) -> None:
    target = drive.put("/blob/1", archive({"demarches.csv": DEMARCHES.encode()}), content_disposition="attachment")
    items = harvest(drive.put("/download", b"", status=302, location=target))
    assert len(records(items)) == 2


def test_the_name_that_the_server_gives_says_what_the_file_is(drive: Drive) -> None:
    url = drive.put("/1", DEMARCHES, content_disposition='attachment; filename="participants_projet.csv"')
    with pytest.raises(SourceChanged, match="fichier de personnes"):
        harvest(url)


@pytest.mark.parametrize(
    "content",
    [
        DEMARCHES.encode("cp1252"),
        DEMARCHES.encode("utf-8-sig"),
        DEMARCHES.encode("utf-16"),
        DEMARCHES.replace(";", "\t").encode("utf-16"),
        DEMARCHES.replace(";", ",").encode(),
        DEMARCHES.replace("|", " / ").replace(";", "|").encode(),
        DEMARCHES.replace("\n", "\r\n").encode(),
        ("\n\n" + DEMARCHES).encode(),
    ],
)
def test_encodings_and_delimiters_are_known_without_guessing(content: bytes) -> None:
    assert titles(read(content)) == ["Rue des Alouettes", "Plan vélo"]


def test_the_euro_of_an_old_spreadsheet_is_read() -> None:
    content = "identifiant;titre;statut;montant\n1;Un banc à 3 €;En cours;1 234,50 €\n".encode("cp1252")
    (record,) = records(read(content))
    assert (record.data["title"], record.data["amount"]) == ("Un banc à 3 €", 1234.5)


@pytest.mark.parametrize("content", [b"identifiant;titre\n1;\x81\x8d\n", b"identifiant\x00;titre\n", b"\xff\xfea"])
def test_an_encoding_that_nobody_knows_refuses_the_file(content: bytes) -> None:
    with pytest.raises(SourceChanged, match="ni UTF-8"):
        read(content)


def test_a_cell_may_hold_line_breaks_delimiters_and_a_whole_page() -> None:
    page = "<html>\n" + "x;y\n" * 50_000 + "</html>"
    rows = [["identifiant", "titre", "resume", "etat"], ["1", "Un;deux", "<p>a</p>", ""], ["2", "B", page, ""]]
    items = list(tabular.records_of(table(rows, ";"), "", {}))
    found = [item for item in items if isinstance(item, Record)]
    assert [(one.remote_id, one.pointer) for one in found] == [("1", "L2"), ("2", "L3")]
    assert found[0].data["title"] == "Un;deux"


@pytest.mark.parametrize("text", [f"{HEADER}1;A;;\n2;B", f'{HEADER}1;A;;"https', f'{HEADER}1;A;"a\nb;c\n'])
def test_a_file_cut_in_the_middle_of_a_row_is_to_be_read_later(text: str) -> None:
    with pytest.raises(SourceDown, match="coupé au milieu de la ligne"):
        read(text)


def test_a_stray_quote_does_not_make_a_file_cut() -> None:
    assert titles(read(f'{HEADER}1;Tuyau 5" pouces;;\n')) == ['Tuyau 5" pouces']
    assert titles(read(f'{HEADER}1;Tuyau 5" pouces;;https://a.fr')) == ['Tuyau 5" pouces']


def test_a_lone_quote_is_no_table() -> None:
    with pytest.raises(SourceChanged, match="En-tête lu : rien"):
        read('"')


@pytest.mark.parametrize("text", ["", " \n", "\n"])
def test_an_empty_file_is_not_an_empty_list(text: str) -> None:
    with pytest.raises(SourceChanged, match="vide"):
        read(text)


def test_a_row_that_has_not_as_many_cells_as_the_header_is_set_aside() -> None:
    items = read(f"{HEADER}1;A;;\n2;B\n3;C;;;perdu\n4;D;;;\n")
    assert titles(items) == ["A", "D"]
    assert refused(items) == [("ligne_mal_formee", "L3"), ("ligne_mal_formee", "L4")]


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    with pytest.raises(SourceChanged, match="« titre » figure deux fois"):
        read("identifiant;titre;Titre\n1;a;b\n")


def test_a_header_that_no_template_knows_is_refused_with_the_header_and_never_a_row() -> None:
    with pytest.raises(SourceChanged, match="En-tête lu : « alpha, beta") as caught:
        read("alpha;beta\nJeanne Canari;2\n")
    assert "Canari" not in str(caught.value)


def test_a_required_column_that_is_missing_is_named() -> None:
    with pytest.raises(SourceChanged, match=r"Il manque à « demarches\.csv » : « titre »"):
        read("identifiant;resume;niveau_engagement;etat\n1;a;b;c\n")


def test_without_an_identifier_nothing_is_invented_unless_a_person_declares_columns() -> None:
    text = "titre;date_debut;etat;niveau_engagement\nRue;2024;;\n"
    with pytest.raises(SourceChanged, match="« identifiant »"):
        read(text)
    assert [record.remote_id for record in records(read(text, key=["Titre", "date_debut"]))] == ["Rue:2024"]
    with pytest.raises(SourceChanged, match="doit identifier"):
        read(text, key=["numero"])


@pytest.mark.parametrize("key", [["titre"], ["url"]])
def test_a_title_or_an_address_alone_never_identifies_a_row(key: list[str]) -> None:
    with pytest.raises(SourceChanged, match="ne peut servir d'identifiant"):
        read("titre;date_debut;etat;niveau_engagement;url\nRue;2024;;;u\n", key=key)


def test_columns_of_persons_are_dropped_and_named() -> None:
    items = read(
        "identifiant;titre;etat;Prénom;e-mail;Téléphone;Auteur;adresse\n"
        "1;Rue;;Jeanne Canari;jeanne.canari@exemple.fr;06 12 34 56 78;Canari;1 rue\n"
    )
    issue = next(item for item in items if isinstance(item, RecordRefused))
    assert issue.rule == "colonnes_de_personnes"
    assert issue.values["key"] == "« Prénom », « e-mail », « Téléphone », « Auteur »"
    assert schemas.rules()[issue.rule]["severity"] == "info"
    assert refused(items)[1] == ("colonnes_inconnues", "L1")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("export_participant_username,export_participant_email\nJeanne Canari,jeanne.canari@exemple.fr\n", ""),
        ("nom;prenom;courriel\nCanari;Jeanne;jeanne.canari@exemple.fr\n", ""),
        (DEMARCHES, "participants_projet_etape.csv"),
        (DEMARCHES, "users.csv"),
        (DEMARCHES, "votes_etape_simplified.csv"),
        (DEMARCHES, "contributions_projet_etape_grouped.csv"),
        (DEMARCHES, "site.exemple.fr-open-data-moderated_users.csv"),
    ],
)
def test_a_file_of_participants_is_refused_whole(text: str, name: str) -> None:
    with pytest.raises(SourceChanged, match="fichier de personnes") as caught:
        read(text, name)
    assert not any(canary in str(caught.value) for canary in CANARIES)


def test_unknown_columns_are_told_and_never_silently_dropped() -> None:
    items = read("identifiant;titre;etat;Mes notes\n1;Rue;;x\n")
    assert refused(items) == [("colonnes_inconnues", "L1")]


def test_a_row_that_repeats_a_key_is_refused_the_first_one_stays() -> None:
    rows = "".join(f"{number};Titre {number};;\n" for number in range(150))
    items = read(f"{HEADER}{rows}7;Autre;;\n")
    assert len(records(items)) == 150
    assert refused(items) == [("identifiant_en_double", "L152")]


def test_a_file_in_which_more_than_one_row_in_a_hundred_repeats_a_key_is_refused() -> None:
    with pytest.raises(SourceChanged, match="Plus d'une ligne sur cent"):
        read(f"{HEADER}1;A;;\n1;B;;\n2;C;;\n")


def test_a_row_of_totals_is_not_a_record() -> None:
    items = read(f"{HEADER}1;A;;\nTotal;;;\n;Somme;;\n")
    assert titles(items) == ["A"]
    assert refused(items) == [("ligne_de_total", "L3"), ("ligne_de_total", "L4")]


@pytest.mark.parametrize("key", ["1,23E+15", "1.2e+9"])
def test_an_identifier_that_a_spreadsheet_shortened_is_refused(key: str) -> None:
    assert refused(read(f"{HEADER}{key};A;;\n2;B;;\n")) == [("identifiant_invalide", "L2")]


def test_an_identifier_keeps_its_zeros_and_its_dashes() -> None:
    assert [record.remote_id for record in records(read(f"{HEADER}0123;A;;\n1-2;B;;\n"))] == ["0123", "1-2"]


def test_a_table_that_stops_where_spreadsheets_stop_never_ends_its_walk() -> None:
    text = HEADER + "".join(f"{number};T;;\n" for number in range(65_535))
    items = read(text, complete=True)
    assert refused(items) == [("lignes_coupees", "L65536")]
    assert isinstance(items[-1], Checkpoint)
    assert not items[-1].end


def test_a_leading_quote_that_guards_against_formulas_is_removed() -> None:
    items = read(f"{HEADER}1;'=1+1;;\n2;'-bien;;\n3;'été;;\n")
    assert titles(items) == ["=1+1", "-bien", "'été"]


def test_columns_may_be_renamed_by_the_source() -> None:
    text = "Numéro interne;Nom du chantier;Statut\n1;Rue;En cours\n"
    labels = ["Numéro interne=identifiant", "Nom du chantier = titre"]
    assert titles(read(text, labels=labels)) == ["Rue"]
    with pytest.raises(SourceChanged, match="portent le même nom"):
        read(text, labels=["Numéro interne=titre", "Nom du chantier=titre"])


def test_the_options_name_a_template_when_a_header_could_be_several() -> None:
    text = "identifiant;titre;url\n1;Rue;https://a.exemple.fr/1\n"
    with pytest.raises(SourceChanged, match="demarches ou documents"):
        read(text)
    assert [record.kind for record in records(read(text, template="demarches"))] == ["process"]
    assert [record.kind for record in records(read(text, name="documents.csv"))] == ["document"]
    with pytest.raises(SourceChanged, match="n'existe pas"):
        read(text, template="chantiers")


def test_reading_twice_gives_the_same_records_in_the_same_order() -> None:
    assert read(DEMARCHES) == read(DEMARCHES)


def test_a_deposited_file_is_read_by_the_same_function() -> None:
    found = read_table(DEMARCHES.encode(), "demarches.csv")
    assert found.columns[:2] == ("identifiant", "titre")
    assert [line for line, _ in found.rows()] == [2, 3]
    assert [row["titre"] for _, row in found.rows() if row] == ["Rue des Alouettes", "Plan vélo"]


WORD = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="@'\""), min_size=1)


@given(
    st.lists(WORD.filter(lambda word: word not in "-–—…"), min_size=1, max_size=30, unique=True),
    st.permutations([0, 1, 2, 3]),
)
def test_the_order_of_columns_changes_nothing(words: list[str], order: list[int]) -> None:
    rows = [["identifiant", "titre", "etat", "demarche_parente"]]
    rows += [[f"id-{rank}", f"t{word}", "", "p1"] for rank, word in enumerate(words)]
    straight = list(tabular.records_of(table(rows, ";"), "", {}))
    mixed = list(tabular.records_of(table([[row[rank] for rank in order] for row in rows], ";"), "", {}))
    assert straight[:-1] == mixed[:-1]


CELL = st.sampled_from(
    [
        "",
        "1",
        "Total",
        "NC",
        "31/01/2024",
        "1,23E+15",
        "x;y",
        '"',
        "'=1",
        "é€",
        "{",
        '{"fr"=>"a"}',
        "https://a.fr/1",
        "45 %",
    ]
)
COLUMN = st.sampled_from(
    ["identifiant", "titre", "demarche", "etape", "statut", "debut", "fin", "indicateur", "periode", "valeur",
     "nb_votes", "themes", "id", "title/fr", "is_amend", "url", "state", "participatory_space/id", "start_time",
     "attendees", "export_proposal_id", "export_proposal_title", "siren", "objet", "nom"]
)  # fmt: skip


@given(st.lists(COLUMN, unique=True, min_size=2, max_size=9).flatmap(
    lambda header: st.lists(st.lists(CELL, min_size=len(header), max_size=len(header)), max_size=5).map(
        lambda rows: [header, *rows])))  # fmt: skip
def test_whatever_the_cells_hold_a_table_is_read_refused_or_set_aside(rows: list[list[str]]) -> None:
    try:
        items = list(tabular.records_of(table(rows, ";"), "", {"process": "p", "siren": "244400404"}))
    except (SourceChanged, SourceDown):
        return
    refused(items)
    assert isinstance(items[-1], Checkpoint)
    for record in (item for item in items if isinstance(item, Record)):
        assert record.remote_id
        schemas.check(record.kind, schemas.complete(record.kind, record.data))


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"identifiant;titre;etat;url\n"]))
def test_any_bytes_at_all_end_in_records_or_in_a_french_sentence(content: bytes, start: bytes) -> None:
    message = "Lu."
    try:
        list(tabular.records_of(start + content, "", {}))
    except (SourceChanged, SourceDown) as error:
        message = str(error)
    assert message.endswith(".")
