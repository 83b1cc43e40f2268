"""Nobody appears without a consent that stands; the rescue access of operators is short, motivated and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION, OPERATION
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, Contact
from tests.conftest import ready
from tests.harvesting import later
from tests.make import make_source, process, run
from tests.people import NANTES, RENNES, entered, token

FUNCTION, EMAIL = "Mission dialogue citoyen", f"ana-{NANTES}@essais.fr"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Flask]:
    for application in ready(tmp_path / "instance", ""):
        load_metropoles()
        yield application


def consent(client: FlaskClient, diffusion: str, **form: str) -> None:
    data = {"csrf_token": token(client, "/compte"), "function": FUNCTION, "diffusion": diffusion, **form}
    assert client.post("/compte/contact", data=data).status_code == 303


def seen(client: FlaskClient) -> set[str]:
    """Where a reader sees the person: the members' page, the public page and its data."""
    pages = ("/contacts", "/metropoles/nantes", "/metropoles/nantes.json", "/metropoles/nantes.csv", "/")
    return {path for path in pages if FUNCTION in client.get(path).text or EMAIL in client.get(path).text}


def test_without_consent_nobody_appears_anywhere(house: Flask) -> None:
    entered(house, AGENT, name="Ana")
    for who in (house.test_client(), entered(house, COORDINATION), entered(house, AGENT, RENNES)):
        assert seen(who) == set()


def test_each_purpose_is_consented_to_by_itself_and_withdrawn_at_the_next_request(house: Flask) -> None:
    ana, member, visitor = entered(house, AGENT, name="Ana"), entered(house, AGENT, RENNES), house.test_client()
    consent(ana, "pairs")
    assert seen(member) == {"/contacts", "/metropoles/nantes"}
    assert seen(visitor) == set()
    consent(ana, "public", named="oui")
    assert seen(visitor) == {"/metropoles/nantes"}
    assert "Ana" in visitor.get("/metropoles/nantes").text
    db.session.rollback()
    for ref in db.session.scalars(select(Contact.ref)).all():
        ana.post(f"/compte/contact/{ref}/retirer", data={"csrf_token": token(ana, "/compte")})
    assert seen(member) == seen(visitor) == set()


def test_a_consent_ends_after_twelve_months_and_with_the_account(house: Flask) -> None:
    ana = entered(house, AGENT, name="Ana")
    consent(ana, "public")
    consent(ana, "public")
    ana.post("/compte/effacer", data={"csrf_token": token(ana, "/compte")})
    assert seen(house.test_client()) == set()
    consent(entered(house, AGENT, name="Bertille"), "public")
    assert seen(house.test_client()) == {"/metropoles/nantes"}
    later(house, days=366)
    assert seen(house.test_client()) == set()


def test_nobody_withdraws_the_consent_of_another(house: Flask) -> None:
    ana, other = entered(house, AGENT, name="Ana"), entered(house, AGENT, name="Bertille")
    consent(ana, "public")
    ref = db.session.scalars(select(Contact.ref)).one()
    assert other.post(f"/compte/contact/{ref}/retirer", data={"csrf_token": token(other, "/compte")}).status_code == 404
    assert seen(house.test_client()) == {"/metropoles/nantes"}


def test_a_rescue_shows_drafts_for_one_hour_and_is_told_to_the_administration(house: Flask) -> None:
    run(make_source("nantes", siren=NANTES, diffusion="brouillon"), [process("1", title="Démarche secrète")])
    operator, administration = entered(house, OPERATION), entered(house, ADMINISTRATION)
    assert "Démarche secrète" not in operator.get("/demarches").text
    form = {"csrf_token": token(operator, "/compte"), "siren": NANTES}
    assert operator.post("/compte/secours", data=form | {"motive": "x"}).status_code == 400
    assert operator.post("/compte/secours", data=form | {"motive": "Fiche bloquée, ticket 12"}).status_code == 303
    assert "Démarche secrète" in operator.get("/demarches").text
    assert "Démarche secrète" not in house.test_client().get("/demarches").text
    assert "Fiche bloquée, ticket 12" in str(db.session.scalars(select(AuditLine.content)).all())
    own = {"csrf_token": token(administration, "/compte"), "siren": NANTES}
    assert administration.post("/compte/secours", data=own).status_code == 403
    later(house, hours=1, minutes=1)
    assert "Démarche secrète" not in operator.get("/demarches").text
