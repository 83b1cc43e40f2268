"""Files that agents deposit: looked at first, then registered by the door of all that is pushed (`push-api.md` §12)."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import time
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

import schemas
from connectors.sheet_cells import row_of
from connectors.sheet_write import csv_of
from hub.access.rights import AGENT, COORDINATION
from hub.db import db
from hub.errors import UnknownThing
from hub.harvest import raw
from hub.harvest.tick import tick
from hub.models import AuditLine, Facet, FacetVersion, Run
from hub.push import waiting, workbook
from hub.spreadsheet import MEDIA_TYPE
from schemas.columns import SHEETS, slug_of
from tests.make import NANTES, RENNES, counts, thing
from tests.people import entered, token
from tests.sending import send, sender
from tests.test_schemas import MINIMAL

PAGE = "/mes-donnees/deposer"
DEMARCHES = (
    "Identifiant;Titre;État;Début;Thèmes\r\n1;Rue;Terminée;12/05/2023;Mobilités | Santé\r\n2;Place;?;31/02/2026;\r\n"
)


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """An agent of Nantes who has entered."""
    sender()
    return entered(app, AGENT)


def deposit(client: FlaskClient, content: bytes | str, name: str = "demarches.csv", genre: str = "") -> tuple[int, str]:
    """Send a file to the page; return the status and the page."""
    body = content.encode() if isinstance(content, str) else content
    form = {"csrf_token": token(client, PAGE), "fichier": FileStorage(io.BytesIO(body), name), "genre": genre}
    boundary, sent = encode_multipart(form)
    answer = client.post(PAGE, data=sent, content_type=f"multipart/form-data; boundary={boundary}")
    return answer.status_code, text_of(answer.get_data(as_text=True))


def text_of(page: str) -> str:
    """The page with ordinary spaces, in which sentences are looked for."""
    return page.replace("\u00a0", " ").replace("\u202f", " ")


def said(page: str) -> str:
    """The sentence that a preview begins with."""
    return re.sub(r"<[^>]+>", "", re.findall(r'<p class="lede">(.*?)</p>', page)[0])


def register(client: FlaskClient, page: str) -> str:
    """Press « Enregistrer » on a preview; return the page of the run."""
    secret = re.findall(r'name="depot" value="([^"]+)"', page)[-1]
    form = {"csrf_token": token(client, PAGE), "depot": secret}
    answer = client.post(f"{PAGE}/enregistrer", data=form, follow_redirects=True)
    return text_of(answer.get_data(as_text=True))


def test_a_file_is_looked_at_with_its_problems_by_cell_then_registered(agent: FlaskClient) -> None:
    before = counts()
    status, page = deposit(agent, DEMARCHES)
    assert (status, counts()) == (200, before)
    assert "2 fiches lues : 1 nouvelle, 1 à corriger." in page
    assert "C3" in page
    assert "D3" in page
    assert "Cette date n" in page or "cette date n" in page
    done = register(agent, page)
    assert "1 nouvelle" in done
    found = thing("process", "1")
    assert found.data["starts_on"] == "2023-05-12"
    assert found.data["themes"] == ["mobilites", "sante"]
    run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    assert (run.writer, run.filename, run.message) == ("upload", "demarches.csv", "agent·e de la métropole")


def test_registering_writes_one_line_of_audit_that_names_the_run(agent: FlaskClient) -> None:
    register(agent, deposit(agent, DEMARCHES)[1])
    ref = db.session.scalars(select(Run.ref).order_by(Run.id.desc())).first()
    lines = [line.content for line in db.session.scalars(select(AuditLine)) if line.content["verb"] == "deposit"]
    assert [line["object"] for line in lines] == [f"run:{ref}"]


def test_a_file_is_registered_once_and_only_by_who_deposited_it(app: Flask, agent: FlaskClient) -> None:
    _, page = deposit(agent, DEMARCHES)
    other = entered(app, AGENT, name="Autre")
    assert "attend plus" in register(other, page)
    assert counts()["facet"] == 0
    register(agent, page)
    assert "attend plus" in register(agent, page)
    assert counts()["facet"] == 1


def test_what_a_metropole_takes_out_and_puts_back_changes_nothing(app: Flask, agent: FlaskClient) -> None:
    """P42, in a workbook and in CSV, for every kind."""
    examples = {kind: schemas.schema(kind)["examples"][0] for kind in SHEETS if kind != "contribution"}
    examples["process"] = examples["process"] | {"title": "=1+1", "summary": "  bord", "themes": [], "parent_id": "1e5"}
    records = [
        {"kind": kind, "remote_id": remote_id, "data": data, "diffusion": "pairs", "public_on": "2027-01-01"}
        for kind, whole in examples.items()
        for remote_id, data in (("0118", whole), ("1e5", MINIMAL[kind]))
    ]
    report = send(*records, by=sender(writer="upload"))
    assert report.counts["created"] == len(records), report.results
    _, page = deposit(agent, agent.get("/mes-donnees/mes-fiches.xlsx").data, "mes-fiches.xlsx")
    assert said(page) == f"{len(records)} fiches lues : {len(records)} inchangées."
    for kind in examples:
        name = f"mes-fiches-{slug_of(kind)}.csv"
        _, page = deposit(agent, agent.get(f"/mes-donnees/{name}").data, name)
        assert "2 fiches lues : 2 inchangées." in page, kind


def test_the_template_is_read_without_its_example_and_a_line_added_to_it_enters(agent: FlaskClient) -> None:
    book = agent.get("/mes-donnees/modele.xlsx")
    assert "attachment" in book.headers["Content-Disposition"]
    status, page = deposit(agent, book.data, "modele.xlsx")
    assert (status, "aucune fiche" in page) == (422, True)
    for kind in SHEETS:
        name = f"modele-{slug_of(kind)}.csv"
        assert deposit(agent, agent.get(f"/mes-donnees/{name}").data, name)[0] == 422
    filled = csv_of(
        "document", [workbook.example("document"), {"identifiant": "d1"} | row_of("document", {"title": "Un"})]
    )
    assert "1 fiche lue : 1 nouvelle." in deposit(agent, filled, "modele-documents.csv")[1]


def test_the_template_has_a_sheet_a_kind_lists_to_choose_from_and_explanations(agent: FlaskClient) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(agent.get("/mes-donnees/modele.xlsx").data))
    assert book.sheet_names == ["Lisez-moi", "Listes", *SHEETS.values()]
    head = book.get_sheet_by_name("Démarches").to_python()[0]
    assert head[:3] == ["Identifiant *", "Titre *", "Résumé"]
    assert "Terminée" in [row[0] for row in book.get_sheet_by_name("Listes").to_python()]


def test_the_annotated_workbook_bears_each_problem_in_its_cell(agent: FlaskClient) -> None:
    _, page = deposit(agent, DEMARCHES)
    secret = re.findall(r'name="depot" value="([^"]+)"', page)[0]
    answer = agent.post(f"{PAGE}/annoter", data={"csrf_token": token(agent, PAGE), "depot": secret})
    assert answer.mimetype == MEDIA_TYPE
    comments = comments_of(answer.data)
    assert set(comments) == {"C3", "D3"}
    assert "Comment corriger" in comments["D3"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_name("Démarches").to_python()
    assert rows[2][:4] == ["2", "Place", "?", "31/02/2026"]


def test_a_preview_names_the_fields_that_would_change_and_what_would_be_withdrawn(agent: FlaskClient) -> None:
    register(agent, deposit(agent, "identifiant;titre;etat\n1;Rue;Terminée\n2;Place;En cours\n3;Quai;En cours\n")[1])
    _, page = deposit(agent, "identifiant;titre;etat;supprimee\n1;Rue neuve;Terminée;\n2;;;oui\n3;Quai;En cours;\n")
    assert "3 fiches lues : 1 modifiée, 1 inchangée, 1 retirée." in page
    assert ">Titre<" in page
    register(agent, page)
    gone = db.session.scalars(select(Facet.remote_id).where(Facet.presence == "gone")).all()
    assert gone == ["2"]


def test_ndjson_comes_by_the_same_page(agent: FlaskClient) -> None:
    line = b'{"kind": "process", "remote_id": "1", "data": {"title": "Rue", "state": "en_cours"}}\n'
    _, page = deposit(agent, line + b"{\n", "fiches.ndjson")
    assert "2 fiches lues : 1 nouvelle, 1 à corriger." in page
    assert "ligne 2" in page


def test_the_same_records_as_json_ndjson_csv_and_workbook_have_the_same_hashes(app: Flask, agent: FlaskClient) -> None:
    """P21: whatever form comes second, nothing changes."""
    for kind in SHEETS:
        whole, writer = schemas.schema(kind)["examples"][0], sender(writer="upload")
        report = send({"kind": kind, "remote_id": "118", "data": whole}, by=writer)
        assert report.results[0]["status"] == "created", report.results
        line = json.dumps({"kind": kind, "remote_id": "118", "data": whole}).encode() + b"\n"
        row = {"identifiant": "118"} | row_of(kind, whole)
        sheet, _ = workbook.own_records({kind: [row]})
        for name, content in (("a.ndjson", line), (f"{slug_of(kind)}.csv", csv_of(kind, [row])), ("a.xlsx", sheet)):
            assert said(deposit(agent, content, name)[1]) == "1 fiche lue : 1 inchangée.", (kind, name)


def test_a_file_that_nobody_registers_is_forgotten_after_an_hour(app: Flask, agent: FlaskClient) -> None:
    _, page = deposit(agent, DEMARCHES)
    (file,) = (Path(app.instance_path) / waiting.FOLDER).iterdir()
    assert file.stat().st_mode & 0o077 == 0
    waiting.sweep()
    assert file.exists()
    old = time.time() - waiting.KEPT - 1
    os.utime(file, (old, old))
    tick()
    assert not file.exists()
    assert "attend plus" in register(agent, page)


def test_a_file_prepared_for_one_metropole_is_not_registered_for_another(app: Flask, agent: FlaskClient) -> None:
    secret = waiting.keep("p", waiting.Waiting(b"x", "a.csv", RENNES))
    with pytest.raises(UnknownThing, match="autre métropole"):
        waiting.opened("p", secret, NANTES)
    assert waiting.opened("p", secret, RENNES).content == b"x"


def test_a_line_of_the_file_is_where_its_record_is_found_again(app: Flask, agent: FlaskClient) -> None:
    register(agent, deposit(agent, 'identifiant;titre;etat\n1;"Rue\nneuve";En cours\n2;Place;En cours\n')[1])
    version = db.session.scalars(select(FacetVersion).where(FacetVersion.remote_id == "2")).one()
    assert version.raw_pointer == "L4"
    assert version.raw_sha256 is not None
    kept = gzip.decompress(raw.place(version.raw_sha256).read_bytes()).split(b"\n")
    assert json.loads(kept[3])["data"]["title"] == "Place"


def test_two_sheets_keep_their_records_apart(app: Flask, agent: FlaskClient) -> None:
    sheet, _ = workbook.own_records(
        {
            "process": [{"identifiant": "d1"} | row_of("process", MINIMAL["process"])],
            "document": [{"identifiant": "p1"} | row_of("document", {"title": "Un texte"})],
        }
    )
    register(agent, deposit(agent, sheet, "a.xlsx")[1])
    versions = db.session.scalars(select(FacetVersion).order_by(FacetVersion.raw_pointer)).all()
    assert [(each.kind, each.raw_pointer) for each in versions] == [("process", "L1"), ("document", "L2")]


def test_a_record_too_long_for_a_workbook_is_left_to_the_csv_and_the_workbook_says_so() -> None:
    long = {"title": "Rue", "trace": [{"certainty": "affirme", "quote": "x" * 900}] * 40}
    rows = [{"identifiant": "1"} | row_of("document", long), {"identifiant": "2"} | row_of("document", {"title": "Un"})]
    content, left = workbook.own_records({"document": rows})
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert left == 1
    assert [row[0] for row in book.get_sheet_by_name("Documents").to_python()[1:]] == ["2"]
    said_there = [str(row[0]) for row in book.get_sheet_by_name("Lisez-moi").to_python()]
    assert any("à prendre en CSV : 1." in sentence for sentence in said_there)


def test_only_those_who_deposit_for_a_metropole_see_the_page(app: Flask, agent: FlaskClient) -> None:
    assert app.test_client().get(PAGE).status_code == 303
    assert entered(app, COORDINATION).get(PAGE).status_code == 403
    assert "Rennes" in entered(app, AGENT, RENNES).get(PAGE).get_data(as_text=True)


def test_a_metropole_takes_out_its_own_records_alone(app: Flask, agent: FlaskClient) -> None:
    register(agent, deposit(agent, DEMARCHES)[1])
    other = entered(app, AGENT, RENNES)
    own = other.get("/mes-donnees/mes-fiches-demarches.csv").data.decode("utf-8-sig")
    assert own.splitlines()[1:] == []
    assert agent.get("/mes-donnees/mes-fiches-demarches.csv").data.count(b"Rue") == 1


def test_a_file_of_another_metropole_is_refused_whole(agent: FlaskClient) -> None:
    head = "identifiant;sujet_genre;sujet_identifiant;indicateur;periode_precision;nature;valeur\n"
    status, page = deposit(agent, head + f"1;metropole;{RENNES};participants;inconnue;flux;12\n", "chiffres.csv")
    assert status == 422
    assert "La fiche parle de la métropole 243500139" in page


def test_a_file_too_large_is_refused_before_it_is_read(app: Flask, agent: FlaskClient) -> None:
    app.config["MAX_DEPOSIT_BYTES"] = 20_000
    assert deposit(agent, b"x" * 30_000)[0] == 413
    app.config["MAX_DEPOSIT_BYTES"] = 5_000_000
    long = "identifiant;titre;etat\n" + "".join(f"{rank};Rue {'x' * 250};En cours\n" for rank in range(5_000))
    assert len(long) > app.config["MAX_FORM_BYTES"]
    assert deposit(agent, long)[0] == 200


def comments_of(content: bytes) -> dict[str, str]:
    """The comments of the first sheet of a workbook, by cell."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        xml = parts.read("xl/comments1.xml").decode()
    found = re.findall(r'(?s)<comment ref="([A-Z]+[0-9]+)"(.*?)</comment>', xml)
    return {cell: re.sub(r"<[^>]+>", "", text) for cell, text in found}


def test_a_record_that_was_withdrawn_comes_back_by_the_same_file(agent: FlaskClient) -> None:
    head = "identifiant;titre;etat;supprimee\n"
    register(agent, deposit(agent, head + "1;Rue;En cours;\n2;Place;En cours;\n")[1])
    register(agent, deposit(agent, head + "1;;;oui\n")[1])
    _, page = deposit(agent, head + "1;Rue;En cours;\n")
    assert said(page) == "1 fiche lue : 1 inchangée, 1 revenue."
    register(agent, page)
    assert set(db.session.scalars(select(Facet.presence))) == {"present"}
