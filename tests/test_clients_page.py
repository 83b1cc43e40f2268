"""« Accès API »: an administrator makes clients for their metropole, sees each secret once, stops them (§2)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.access import audit, people
from hub.access.reader import MAIL_LINK
from hub.access.rights import ADMINISTRATION, AGENT
from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, Client, Person
from hub.models.client import secrets_of
from hub.models.entry import Session
from tests.clients import made, row
from tests.conftest import FIXED, ready
from tests.people import ESSAIS, NANTES, RENNES, entered, token
from tests.platforms.mailbox import Mailbox

PAGE = "/mes-donnees/acces"
ASKED = {"name": "SIG", "siren": NANTES, "environment": "production", "scopes": ["push:figures", "own:read"]}


@pytest.fixture
def house(app: Flask) -> Flask:
    """The hub with its metropoles."""
    load_metropoles()
    return app


@pytest.fixture
def admin(house: Flask) -> FlaskClient:
    """The browser of an administrator of Nantes."""
    return entered(house, ADMINISTRATION)


def post(client: FlaskClient, path: str, **data: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": token(client, "/compte"), **data})


def secret_in(answer: TestResponse) -> str:
    found = re.findall(r"rmp_(?:prod|test)_[\w-]{43}", answer.get_data(as_text=True))
    assert len(found) == 1
    return str(found[0])


def test_the_secret_is_shown_once_works_and_is_kept_nowhere(house: Flask, admin: FlaskClient) -> None:
    answer = post(admin, f"{PAGE}/nouveau", **ASKED)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    secret, client = secret_in(answer), db.session.scalars(select(Client)).one()
    assert (client.siren, client.scopes, client.kinds) == (NANTES, ["push:figures", "own:read"], ["observation"])
    given = house.test_client().post(
        "/oauth/token", auth=(client.ref, secret), data={"grant_type": "client_credentials"}
    )
    assert given.status_code == 200
    for path in (PAGE, f"{PAGE}/{client.ref}", "/compte", "/compte/donnees.json", "/journal-des-actes"):
        assert secret not in admin.get(path).get_data(as_text=True), path
    assert secret not in repr([each.data for each in db.session.scalars(select(Session))])


def test_what_is_wrong_is_said_beside_each_field_and_nothing_typed_is_lost(house: Flask, admin: FlaskClient) -> None:
    wrong = {"name": " ", "siren": NANTES, "environment": "ailleurs", "kinds": ["process"], "ranges": "10.0.0.0/33"}
    answer = post(admin, f"{PAGE}/nouveau", contact="personne", keys="{}", **wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("name", "environment", "scopes", "ranges", "contact", "keys"):
        assert f'id="erreur-{field}"' in page, field
    assert "10.0.0.0/33" in page
    answer = post(admin, f"{PAGE}/nouveau", **ASKED | {"kinds": ["process"]})
    assert 'id="erreur-kinds"' in answer.get_data(as_text=True)
    assert db.session.scalars(select(Client)).all() == []


def test_a_client_of_another_metropole_looks_as_if_it_did_not_exist(house: Flask, admin: FlaskClient) -> None:
    other = made(siren=RENNES).ref
    theirs = db.session.scalars(secrets_of(row(other).id)).one().ref
    assert other not in admin.get(PAGE).get_data(as_text=True)
    unknown = admin.get(f"{PAGE}/c-inconnu")
    assert admin.get(f"{PAGE}/{other}").status_code == unknown.status_code == 404
    for path in ("secrets", f"secrets/{theirs}/fin", "cles", "suspendre", "reprendre", "revoquer"):
        assert post(admin, f"{PAGE}/{other}/{path}", keys="{}").status_code == 404, path
    assert post(admin, f"{PAGE}/nouveau", **ASKED | {"siren": RENNES}).status_code == 403
    db.session.rollback()
    assert (row(other).suspended_at, row(other).revoked_at) == (None, None)
    assert len(db.session.scalars(select(Client)).all()) == 1


def test_the_secret_of_one_client_is_not_ended_through_another(house: Flask, admin: FlaskClient) -> None:
    mine, theirs = made().ref, made(siren=RENNES).ref
    secret = db.session.scalars(secrets_of(row(theirs).id)).one()
    assert post(admin, f"{PAGE}/{mine}/secrets/{secret.ref}/fin").status_code == 404
    db.session.rollback()
    assert db.session.scalars(secrets_of(row(theirs).id)).one().ends_at > FIXED["CLOCK"]


def test_agents_those_who_came_by_a_letter_and_an_old_proof_create_nothing(house: Flask) -> None:
    assert post(entered(house, AGENT), f"{PAGE}/nouveau", **ASKED).status_code == 403
    by_letter = entered(house, ADMINISTRATION, way=MAIL_LINK, name="lettre")
    assert post(by_letter, f"{PAGE}/nouveau", **ASKED).status_code == 403
    late = entered(house, ADMINISTRATION, name="tard")
    house.config["CLOCK"] = iso(now() + timedelta(minutes=16))
    answer = post(late, f"{PAGE}/nouveau", **ASKED)
    house.config["CLOCK"] = FIXED["CLOCK"]
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/connexion/preuve")
    assert db.session.scalars(select(Client)).all() == []


def test_each_act_writes_one_line_of_the_audit_log_without_a_secret(house: Flask, admin: FlaskClient) -> None:
    secrets = [secret_in(post(admin, f"{PAGE}/nouveau", **ASKED))]
    ref = db.session.scalars(select(Client)).one().ref
    secrets.append(secret_in(post(admin, f"{PAGE}/{ref}/secrets")))
    assert post(admin, f"{PAGE}/{ref}/secrets").status_code == 400  # two at most
    first = db.session.scalars(secrets_of(row(ref).id)).first()
    assert first is not None
    for path in (f"secrets/{first.ref}/fin", "suspendre", "suspendre", "reprendre", "revoquer"):
        assert post(admin, f"{PAGE}/{ref}/{path}", motive="fini").status_code == 303, path
    for path in ("secrets", "cles", "suspendre", "reprendre", "revoquer"):
        assert post(admin, f"{PAGE}/{ref}/{path}").status_code == 400, path
    lines = [line for line in db.session.scalars(select(AuditLine).order_by(AuditLine.id)) if line.content]
    acts = [str(line.content["verb"]) for line in lines if line.content and line.content["object"] == f"client:{ref}"]
    assert acts == ["create_client", "add_secret", "end_secret", "suspend_client", "resume_client", "revoke_client"]
    assert not [secret for secret in secrets for line in lines if secret in repr(line.content)]
    with db.engine.connect() as connection:
        assert list(audit.faults(connection)) == []
    assert "Révoquer un client de l'API" in unescape(admin.get("/journal-des-actes").get_data(as_text=True))


def test_the_page_says_the_last_use_and_the_end_of_each_secret(house: Flask, admin: FlaskClient) -> None:
    client = made()
    page = admin.get(f"{PAGE}/{client.ref}").get_data(as_text=True)
    assert (page.count(">Jamais<"), "31 janvier 2027" in page) == (2, True)
    house.test_client().post(
        "/oauth/token", auth=(client.ref, client.secret or ""), data={"grant_type": "client_credentials"}
    )
    page = admin.get(f"{PAGE}/{client.ref}").get_data(as_text=True)
    assert page.count(">Jamais<") == 0
    assert len(re.findall(r"31 janvier 2026", page)) >= 4


def test_who_is_erased_is_no_longer_named_by_the_clients_they_made(house: Flask, admin: FlaskClient) -> None:
    email = db.session.scalars(select(Person.email)).one()
    secret_in(post(admin, f"{PAGE}/nouveau", **ASKED | {"contact": email}))
    person_id = db.session.scalars(select(Person.id)).one()
    with db.engine.connect() as connection:
        held = people.held_of(connection, person_id)
    assert [each["contact"] for each in held["client"]] == [email]
    with writing() as connection:
        people.erase(connection, ESSAIS, person_id)
    db.session.rollback()
    client = db.session.scalars(select(Client)).one()
    assert (client.contact, client.revoked_at) == (None, None)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[tuple[Flask, Mailbox]]:
    """A hub with a mail server."""
    box = Mailbox()
    for app in ready(tmp_path / "instance", "", MAIL_SERVER=box.place):
        load_metropoles()
        yield app, box
    box.close()


def test_the_administrators_of_the_metropole_are_told_of_each_act(mailbox: tuple[Flask, Mailbox]) -> None:
    app, box = mailbox
    entered(app, ADMINISTRATION, name="collegue")
    entered(app, ADMINISTRATION, siren=RENNES, name="voisine")
    admin = entered(app, ADMINISTRATION, name="autrice")
    secret = secret_in(post(admin, f"{PAGE}/nouveau", **ASKED))
    for thread in threading.enumerate():
        if thread.name == "letter":
            thread.join(timeout=20)
    assert sorted(letter["To"] for letter in box.letters) == [
        f"{name}-{NANTES}@essais.fr" for name in ("autrice", "collegue")
    ]
    payload = box.letters[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    body = payload.decode()
    assert "« SIG »" in body
    assert "administration de la métropole" in body
    assert secret not in body
