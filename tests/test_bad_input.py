"""Bad files: French problems with place and cure, the good records kept, nothing lost, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from hub.harvest import upload
from tests.forked import command
from tests.make import NANTES, issues, make_source, ndjson, process, run, thing

GOOD = {"kind": "process", "remote_id": "bonne", "data": {"title": "Une bonne démarche"}}


def with_data(**data: Any) -> bytes:
    record = {"kind": "process", "remote_id": "x", "data": {"title": "x", **data}}
    return json.dumps(record, ensure_ascii=False).encode()


def figure(siren: str) -> bytes:
    data = {
        "subject": {"kind": "metropole", "remote_id": siren},
        "metric": "comptes",
        "period": {"precision": "inconnue"},
        "basis": "cumul",
        "quantity": {"value": 1},
    }
    return json.dumps({"kind": "observation", "remote_id": "x", "data": data}).encode()


BAD: dict[str, tuple[bytes, str, str]] = {
    "SIREN inconnu": (figure("123456789"), "siren_inconnu", "/subject/remote_id"),
    "mauvais type": (with_data(title=12), "type_invalide", "/title"),
    "mauvais type, liste": (with_data(themes="mobilites"), "type_invalide", "/themes"),
    "code inconnu": (with_data(state="ouvert"), "code_inconnu", "/state"),
    "champ inconnu": (with_data(titre="x"), "champ_inconnu", "/titre"),
    "date qui n'existe pas": (with_data(starts_on="2021-02-30"), "date_invalide", "/starts_on"),
    "date dans l'avenir": (with_data(published_at="2099-01-01"), "date_future", "/published_at"),
    "fin avant début": (with_data(starts_on="2021", ends_on="2020"), "dates_inversees", "/ends_on"),
    "texte de 5 Mo": (with_data(description="é" * 5_000_000), "texte_trop_long", "/description"),
    "UTF-8 invalide": (b'{"kind": "process", "remote_id": "x", "data": {"title": "Lyc\xe9e"}}', "utf8_invalide", ""),
    "fichier coupé": (b'{"kind": "process", "remote_id": "x", "data": {"title": "Une d', "json_invalide", ""),
    "genre inconnu": (b'{"kind": "projet", "remote_id": "x", "data": {}}', "genre_inconnu", "/kind"),
    "sans identifiant": (b'{"kind": "process", "data": {"title": "x"}}', "identifiant_manquant", ""),
    "identifiant vide": (b'{"kind": "process", "remote_id": " ", "data": {"title": "x"}}', "identifiant_manquant", ""),
    "pas un objet": (b"[1, 2]", "fiche_illisible", ""),
    "données qui ne sont pas un objet": (b'{"kind": "process", "remote_id": "x", "data": []}', "type_invalide", ""),
    "clé en double": (b'{"kind": "process", "kind": "stage", "remote_id": "x", "data": {}}', "cle_en_double", ""),
    "NaN": (b'{"kind": "process", "remote_id": "x", "data": {"title": NaN}}', "json_invalide", ""),
    "gouffre": (b'{"kind": "process", "remote_id": "x", "data": ' + b"[" * 100_000, "trop_profond", ""),
    "octets nuls": (b"\x00\x00\x00", "json_invalide", ""),
}  # fmt: skip


def file_of(path: Path, line: bytes) -> Path:
    path.write_bytes(json.dumps(GOOD, ensure_ascii=False).encode() + b"\n" + line)
    return path


@pytest.mark.postgresql_once("octets nuls", "UTF-8", "5 Mo")
@pytest.mark.parametrize("name", BAD)
def test_the_bad_record_is_told_and_the_good_one_enters(app: Flask, tmp_path: Path, name: str) -> None:
    line, rule, pointer = BAD[name]
    source = make_source()
    run(source, [process("déjà là")])
    done = upload(source, file_of(tmp_path / "envoi.ndjson", line))
    assert (done.state, done.counts["created"], done.counts["problems"]) == ("complete", 1, 1)
    (issue,) = issues()
    assert (issue.rule, issue.pointer, issue.place) == (rule, pointer, "L2")
    assert issue.message[0].isupper() or issue.message[0] in "«É"
    assert issue.how
    assert len(issue.value or "") <= 200
    assert thing("process", "bonne").title == "Une bonne démarche"
    assert thing("process", "déjà là").presence == "present"


@pytest.mark.parametrize("name", BAD)
def test_hub_check_lists_the_problem_and_exits_1(tmp_path: Path, name: str) -> None:
    line, rule, pointer = BAD[name]
    path = file_of(tmp_path / "envoi.ndjson", line)
    done = command("--instance", str(tmp_path), "check", str(path))
    assert (done.returncode, done.stderr) == (1, "")
    assert f"  {rule} : " in done.stdout
    assert done.stdout.startswith("L2")
    assert pointer in done.stdout.splitlines()[0]
    assert "  → " in done.stdout
    assert done.stdout.endswith("Fiches lues : 2. Correctes : 1. À corriger : 1.\n")


def test_two_records_of_one_identifier_are_both_set_aside(app: Flask, tmp_path: Path) -> None:
    records = [GOOD, GOOD | {"data": {"title": "Une autre"}}, GOOD | {"remote_id": "2"}]
    done = upload(make_source(), ndjson(tmp_path / "envoi.ndjson", records))
    assert [issue.rule for issue in issues()] == ["identifiant_en_double"]
    assert thing("process", "2").title == "Une bonne démarche"
    assert done.counts["problems"] == 1


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\n\n\n"),
        lambda path: path.write_bytes(b"\xef\xbb\xbf"),
        lambda path: path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 50),
        lambda path: path.write_text("<!doctype html><html><body>Connexion</body></html>"),
    ],
    ids=["vide", "lignes vides", "BOM seul", "archive", "page HTML"],
)
def test_a_file_without_one_record_changes_nothing_and_says_so(
    app: Flask, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    source = make_source()
    run(source, [process("1")])
    make(path := tmp_path / "envoi.ndjson")
    done = upload(source, path)
    assert (done.state, done.message) == ("failed", "Aucune fiche acceptable n'a été lue.")
    assert thing("process", "1").presence == "present"


@pytest.mark.postgresql_once
@pytest.mark.parametrize("form", ["list", "records", "ndjson", "bom"])
def test_the_same_records_in_every_form_of_file_give_the_same_things(app: Flask, tmp_path: Path, form: str) -> None:
    records = [GOOD, GOOD | {"remote_id": "2"}]
    text = {
        "list": json.dumps(records),
        "records": json.dumps({"records": records}, indent=1),
        "ndjson": "\n".join(map(json.dumps, records)),
        "bom": "\ufeff" + "\r\n".join(map(json.dumps, records)),
    }[form]
    (tmp_path / "envoi.json").write_text(text, "utf-8")
    assert upload(make_source(), tmp_path / "envoi.json").counts["created"] == 2
    assert thing("process", "2").data == {"title": "Une bonne démarche", "state": "inconnu"}


def test_a_pretty_printed_file_cut_in_the_middle_is_told(app: Flask, tmp_path: Path) -> None:
    text = json.dumps({"records": [GOOD] * 3}, indent=2)
    (tmp_path / "envoi.json").write_text(text[: len(text) // 2])
    assert upload(make_source(), tmp_path / "envoi.json").state == "failed"
    assert [issue.rule for issue in issues()] == ["json_invalide"]


def test_a_line_beyond_the_limit_is_refused_without_being_kept_in_memory(app: Flask, tmp_path: Path) -> None:
    app.config["MAX_LINE_BYTES"] = 1000
    done = upload(make_source(siren=NANTES), file_of(tmp_path / "envoi.ndjson", b"x" * 5000 + b"\n" + with_data()))
    assert (done.counts["created"], [issue.rule for issue in issues()]) == (2, ["ligne_trop_longue"])
