"""« Ce fichier contient tout »: a person's file concludes absence as a snapshot does, and says so first (§12)."""

from __future__ import annotations

import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from connectors.sheet_cells import row_of
from hub.access.rights import AGENT
from hub.db import db
from hub.harvest.holds import approve, held_run
from hub.models import AuditLine, Facet, PushSnapshot, Run, Source
from hub.push import workbook
from tests.make import counts
from tests.people import entered, token
from tests.sending import demarche, send, sender
from tests.test_deposits import PAGE, said, text_of
from tests.test_deposits import deposit as _deposit
from tests.test_schemas import MINIMAL

HEAD = "identifiant;titre;etat;debut\n"
LATER = "2026-02-20T12:00:00Z"


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """An agent of Nantes, whose files hold twelve démarches."""
    sender()
    found = entered(app, AGENT)
    register(found, deposit(found, rows(range(12)))[1])
    return found


def rows(ranks: range, year: int = 2024) -> str:
    return HEAD + "".join(f"{rank};Rue {rank};En cours;{year}-03-01\n" for rank in ranks)


def plain(page: str) -> str:
    """A page with ordinary spaces and apostrophes, in which sentences are looked for."""
    return html.unescape(text_of(page)).replace("’", "'")


def deposit(client: FlaskClient, content: str) -> tuple[int, str]:
    """Send a partial file; return the status and its preview."""
    status, page = _deposit(client, content)
    return status, plain(page)


def whole(client: FlaskClient, content: bytes | str, **scope: str) -> tuple[int, str]:
    """Deposit a file that holds everything; return the status and its preview."""
    body = content.encode() if isinstance(content, str) else content
    name = "demarches.csv" if isinstance(content, str) else "fiches.xlsx"
    form = {"csrf_token": token(client, PAGE), "fichier": FileStorage(io.BytesIO(body), name), "portee": "tout"}
    boundary, sent = encode_multipart(form | scope)
    answer = client.post(PAGE, data=sent, content_type=f"multipart/form-data; boundary={boundary}")
    return answer.status_code, plain(answer.get_data(as_text=True))


def register(client: FlaskClient, page: str) -> tuple[int, str]:
    """Press « Enregistrer » on a preview, with all that its form holds."""
    form = dict(re.findall(r'name="(depot|absentes)" value="([^"]+)"', page))
    answer = client.post(f"{PAGE}/enregistrer", data=form | {"csrf_token": token(client, PAGE)}, follow_redirects=True)
    return answer.status_code, plain(answer.get_data(as_text=True))


def missed() -> dict[str, str]:
    """What is not present, by identifier."""
    db.session.rollback()
    found = select(Facet.remote_id, Facet.presence).where(Facet.presence != "present")
    return dict(iter(db.session.execute(found)))


def test_a_file_that_holds_everything_says_what_would_leave_then_concludes_it(app: Flask, agent: FlaskClient) -> None:
    before = counts()
    status, page = whole(agent, rows(range(11)))
    assert (status, counts()) == (200, before)
    assert said(page) == "11 fiches lues : 11 inchangées."
    assert "1 fiche déposée n'est pas dans ce fichier : 0 serait retirée, 1 notée absente." in page
    assert ">Rue 11<" in page
    assert "Une décision serait demandée" not in page
    register(agent, page)
    assert missed() == {"11": "not_seen"}
    app.config["CLOCK"] = LATER
    later = entered(app, AGENT, name="Plus tard")
    _, page = whole(later, rows(range(11)))
    assert "1 serait retirée, 0 notée absente." in page
    register(later, page)
    assert missed() == {"11": "gone"}
    run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    assert (run.writer, run.mode, run.state, run.counts["gone"]) == ("upload", "full", "complete", 1)
    lines = [
        line.content["object"] for line in db.session.scalars(select(AuditLine)) if line.content["verb"] == "deposit"
    ]
    assert lines[-1] == f"run:{run.ref}"
    register(later, deposit(later, rows(range(12)))[1])
    assert missed() == {}


def test_a_partial_deposit_still_concludes_nothing(agent: FlaskClient) -> None:
    _, page = deposit(agent, rows(range(2)))
    assert "Ce qui disparaîtrait" not in page
    register(agent, page)
    assert missed() == {}


def test_too_many_absences_wait_for_a_person_and_the_preview_says_so(agent: FlaskClient) -> None:
    _, page = whole(agent, rows(range(3)) + "13;Neuve;En cours;2024-03-01\n")
    assert "9 fiches déposées ne sont pas dans ce fichier" in page
    assert "Une décision serait demandée" in page
    assert "Démarches : 12 avant, 4 maintenant." in page
    _, done = register(agent, page)
    assert "4 fiches lues. Ce dépôt complet attend une décision : rien n'en est encore entré." in done
    assert missed() == {}
    assert db.session.scalar(select(Facet.id).where(Facet.remote_id == "13")) is None
    run = held_run(db.session.scalars(select(Source).where(Source.connector == "push")).one())
    assert run is not None
    approve(run, "essai", "vérifié")
    assert len(missed()) == 9
    assert db.session.scalar(select(Facet.id).where(Facet.remote_id == "13")) is not None


def test_a_later_complete_file_takes_the_place_of_one_that_waits_not_of_a_programs(agent: FlaskClient) -> None:
    for _ in range(2):
        register(agent, whole(agent, rows(range(3)))[1])
    states = db.session.scalars(select(Run.state).where(Run.mode == "full").order_by(Run.id)).all()
    assert list(states) == ["superseded", "held"]


def test_what_programs_sent_is_not_missed_by_a_file(agent: FlaskClient) -> None:
    send(*(demarche(f"api-{rank}") for rank in range(3)))
    _, page = whole(agent, rows(range(12)))
    assert "Rien : le fichier contient toutes vos fiches déposées" in page
    register(agent, page)
    assert missed() == {}


def test_all_of_a_year_says_nothing_of_the_others(agent: FlaskClient) -> None:
    register(agent, deposit(agent, HEAD + "v1;Avant;En cours;2021-03-01\nv2;Avant aussi;En cours;2021-03-01\n")[1])
    _, page = whole(agent, HEAD + "v1;Avant;En cours;2021-03-01\n", annee="2021")
    assert "1 fiche déposée n'est pas dans ce fichier" in page
    register(agent, page)
    assert missed() == {"v2": "not_seen"}


def test_a_record_that_is_refused_is_not_missing(agent: FlaskClient) -> None:
    _, page = whole(agent, rows(range(11)) + "11;Rue 11;?;2024-03-01\n")
    assert "Rien : le fichier contient toutes vos fiches déposées" in page
    _, page = whole(agent, rows(range(11)) + ";Rue 11;En cours;2024-03-01\n")
    assert "n'a pas d'identifiant lisible" in page
    register(agent, page)
    assert missed() == {}


def test_a_file_of_which_nothing_can_enter_concludes_nothing(agent: FlaskClient) -> None:
    _, page = whole(agent, HEAD + "1;Rue;?;2024-03-01\n")
    assert "Enregistrer</button>" not in page
    assert "Ce qui disparaîtrait" not in page


def test_what_would_leave_is_what_was_shown_or_nothing_is_written(app: Flask, agent: FlaskClient) -> None:
    _, page = whole(agent, rows(range(11)))
    other = entered(app, AGENT, name="Autre")
    register(other, deposit(other, HEAD + "99;Entre-temps;En cours;2024-03-01\n")[1])
    before = counts()
    status, done = register(agent, page)
    assert (status, counts()) == (409, before)
    assert "Rien n'a été enregistré" in done
    assert missed() == {}


def test_everything_is_said_of_one_kind_and_of_a_year_that_can_be(agent: FlaskClient) -> None:
    book, _ = workbook.own_records(
        {
            "process": [{"identifiant": "d1"} | row_of("process", MINIMAL["process"])],
            "document": [{"identifiant": "p1"} | row_of("document", {"title": "Un texte"})],
        }
    )
    status, page = whole(agent, book)
    assert (status, "démarches, documents. Déposez un fichier par genre" in page) == (422, True)
    for year in ("deux mille", "0021", "3000"):
        status, page = whole(agent, rows(range(2)), annee=year)
        assert (status, "Écrivez une année à quatre chiffres" in page) == (422, True)
        assert 'value="tout" checked' in page
    status, page = whole(agent, rows(range(2)), theme="inconnu")
    assert status == 422
    assert db.session.query(PushSnapshot).count() == 0
