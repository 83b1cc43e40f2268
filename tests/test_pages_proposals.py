"""Corrections that are proposed: nothing changes until the metropole's administration answers (`identity.md` §6)."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.db import db
from hub.harvest.tick import tick
from hub.models import AuditLine, Notice, Proposal, Run
from tests.make import make_source, process, run, thing
from tests.people import NANTES, RENNES, entered
from tests.test_deposits import text_of
from tests.test_pages_corrections import applied, sent

DATA = "/metropoles/nantes/donnees"


@pytest.fixture
def fiche(sqlite_app: Flask) -> str:
    """The address where a démarche of Nantes is corrected."""
    run(make_source("essai-nantes", NANTES), [process("1", title="Faux titre", starts_on="2021")])
    return f"/corriger/{thing('process', '1').id}"


@pytest.fixture
def agent(sqlite_app: Flask) -> FlaskClient:
    return entered(sqlite_app, AGENT, name="Ana")


def decided(client: FlaskClient, fiche: str, decision: str, reason: str = "Vérifié", number: int = 1) -> TestResponse:
    return sent(client, f"{fiche}/proposition", proposition=str(number), decision=decision, reason=reason)


def plain(answer: TestResponse) -> str:
    return html.unescape(text_of(answer.text)).replace("’", "'")


def test_a_proposed_value_changes_nothing_until_it_is_accepted_as_a_correction(
    sqlite_app: Flask, fiche: str, agent: FlaskClient
) -> None:
    form = plain(agent.get(f"{fiche}?champ=title"))
    assert "Voir avant de proposer" in form
    assert "Proposer la correction" in plain(sent(agent, fiche, champ="title", value="<b>Bon</b>", reason="Coquille"))
    assert applied(agent, fiche, "title", "<b>Bon</b> titre").status_code == 303
    assert thing("process", "1").title == "Faux titre"
    page = agent.get(fiche)
    assert "En attente. Proposée le" in plain(page)
    assert "&lt;b&gt;Bon&lt;/b&gt;" in page.text
    assert "Accepter" not in page.text
    administration = entered(sqlite_app, ADMINISTRATION)
    waiting = administration.get(DATA)
    assert "Corrections proposées" in waiting.text
    assert f'href="{fiche}#propositions"' in waiting.text
    assert decided(administration, fiche, "accepter", "Oui, coquille").status_code == 303
    assert thing("process", "1").title == "<b>Bon</b> titre"
    last = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert last is not None
    assert (last.writer, last.message) == ("correction", "Administration de Nantes Métropole : Oui, coquille")
    assert "Acceptée" in plain(agent.get(fiche))
    assert "Corrections proposées" not in administration.get(DATA).text


def test_a_declined_proposal_changes_nothing_and_its_answer_is_read_by_who_proposed(
    sqlite_app: Flask, fiche: str, agent: FlaskClient
) -> None:
    applied(agent, fiche, "title", "Bon titre")
    administration = entered(sqlite_app, ADMINISTRATION)
    assert decided(administration, fiche, "decliner", "Le titre est celui du conseil").status_code == 303
    assert thing("process", "1").title == "Faux titre"
    assert "Le titre est celui du conseil" in agent.get(fiche).text
    again = decided(administration, fiche, "accepter")
    assert (again.status_code, "déjà reçu sa réponse" in plain(again)) == (400, True)
    assert thing("process", "1").title == "Faux titre"
    lines = [each.content for each in db.session.scalars(select(AuditLine)) if each.content["verb"] == "correct"]
    assert len(lines) == 2
    assert "Bon titre" not in str(lines)


def test_only_the_administration_of_the_metropole_answers_and_gives_a_reason(
    sqlite_app: Flask, fiche: str, agent: FlaskClient
) -> None:
    applied(agent, fiche, "title", "Bon titre")
    assert decided(agent, fiche, "accepter").status_code == 403
    assert decided(entered(sqlite_app, COORDINATION), fiche, "accepter").status_code == 403
    assert decided(entered(sqlite_app, ADMINISTRATION, RENNES), fiche, "accepter").status_code == 403
    administration = entered(sqlite_app, ADMINISTRATION)
    assert decided(administration, fiche, "accepter", "").status_code == 400
    assert decided(administration, fiche, "accepter", "vu avec ana@essais.fr").status_code == 400
    assert decided(administration, fiche, "autre").status_code == 400
    assert decided(administration, fiche, "accepter", number=99).status_code == 404
    assert db.session.scalars(select(Proposal.state)).all() == ["open"]
    for client in (agent, entered(sqlite_app, AGENT, RENNES), sqlite_app.test_client()):
        assert "Corrections proposées" not in client.get(DATA).text


def test_a_proposal_is_checked_like_a_correction_and_made_once(fiche: str, agent: FlaskClient) -> None:
    assert applied(agent, fiche, "ends_on", "2019").status_code == 422
    assert applied(agent, fiche, "title", "Écrire à ana@essais.fr").status_code == 422
    assert applied(agent, fiche, "title", "Bon titre", reason="").status_code == 422
    assert applied(agent, fiche, "title", "Bon titre").status_code == 303
    again = applied(agent, fiche, "title", "Bon titre")
    assert (again.status_code, "déjà proposée" in plain(again)) == (400, True)
    assert applied(agent, fiche, "title", "Meilleur titre").status_code == 303
    assert db.session.query(Proposal).count() == 2


def test_the_coordination_proposes_too_and_the_metropole_is_told(sqlite_app: Flask, fiche: str) -> None:
    client = entered(sqlite_app, COORDINATION)
    link = re.search(r'href="(/corriger/[^"]+)"', client.get(f"/provenance/{fiche.rpartition('/')[2]}").text)
    assert link
    assert applied(client, link[1], "title", "Bon titre").status_code == 303
    told = db.session.scalars(select(Notice).where(Notice.occasion.contains(":proposal:"))).all()
    assert [(each.role, fiche in each.body) for each in told] == [("metropole", True)]
    assert "coordination du réseau" in client.get(fiche).text


def test_an_answer_is_forgotten_after_a_year(sqlite_app: Flask, fiche: str, agent: FlaskClient) -> None:
    applied(agent, fiche, "title", "Bon titre")
    applied(agent, fiche, "title", "Meilleur titre")
    decided(entered(sqlite_app, ADMINISTRATION), fiche, "decliner")
    sqlite_app.config["CLOCK"] = "2027-02-15T12:00:00Z"
    tick()
    assert db.session.scalars(select(Proposal.state)).all() == ["open"]
