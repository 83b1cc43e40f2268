"""The administration of a metropole declares what its data cover: then, and only then, nothing is a zero."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.db import db
from hub.models import AuditLine, NetworkThing
from tests.make import make_source, process, run
from tests.people import NANTES, RENNES, entered, token

DATA = "/metropoles/nantes/donnees"
PAGE = f"{DATA}/declarer"
SAID = {"kind": "meeting", "year": "2025", "level": "complete", "share": "", "statement": "Tout a été transmis."}


@pytest.fixture(autouse=True)
def data(app: Flask) -> None:
    """A démarche of Nantes, on a day of 2026; Rennes has nothing."""
    run(make_source("essai-nantes", NANTES), [process("1", starts_on="2025")])
    make_source("essai-rennes", RENNES)


def sent(client: FlaskClient, **changes: str) -> TestResponse:
    return client.post(PAGE, data={"csrf_token": token(client, "/compte"), **SAID, **changes})


def declared() -> list[NetworkThing]:
    return list(db.session.scalars(select(NetworkThing).where(NetworkThing.kind == "coverage")))


def test_what_would_make_it_comparable_leads_to_the_form_and_nothing_becomes_zero(app: Flask) -> None:
    client = entered(app, ADMINISTRATION, name="Ana")
    page = client.get(DATA).text
    link = re.search(rf'href="({PAGE}\?genre=\w+&amp;annee=2025)"', page)
    assert link
    assert 'value="2025"' in client.get(link[1].replace("&amp;", "&")).text
    assert ">0<span" not in page
    answer = sent(client)
    assert (answer.status_code, answer.location) == (303, f"{DATA}#couverture")
    assert ">0<span" in app.test_client().get(DATA).text
    [row] = declared()
    story = app.test_client().get(f"/provenance/coverage/{row.id}").text
    assert "Tout a été transmis." in story
    assert "administration de la métropole" in story
    assert "Ana" not in story
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line
    assert line.content
    assert (line.content["verb"], line.content["object"]) == ("validate", f"coverage:{row.id}")


def test_a_share_is_typed_in_percent(app: Flask) -> None:
    assert sent(entered(app, ADMINISTRATION), level="partielle", share="82,5 %").status_code == 303
    assert '"share":0.825' in declared()[0].data


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"kind": ""}, "kind", "code"),
        ({"year": "l'an passé"}, "year", "quatre chiffres"),
        ({"year": "2999"}, "year", "dans l&#39;avenir"),
        ({"level": ""}, "level", "code"),
        ({"level": "partielle", "share": "110"}, "share", "de 0 à 100"),
        ({"share": "50"}, "share", "partielle"),
        ({"statement": "Demander à ana@essais.fr"}, "statement", "une adresse électronique"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    app: Flask, changes: dict[str, str], field: str, told: str
) -> None:
    answer = sent(entered(app, ADMINISTRATION), **changes)
    assert answer.status_code == 422
    error = re.search(rf'id="erreur-{field}">(.*?)</p>', answer.text)
    assert error
    assert told in error[1].replace("\u202f", " ").replace("\xa0", " ")
    assert declared() == []


@pytest.mark.postgresql_once
@pytest.mark.parametrize(("role", "siren"), [(ADMINISTRATION, RENNES), (AGENT, NANTES), (COORDINATION, None)])
def test_nobody_else_declares_for_a_metropole(app: Flask, role: str, siren: str | None) -> None:
    client = entered(app, role, siren)
    assert client.get(PAGE).status_code == 403
    assert sent(client).status_code == 403
    assert PAGE not in client.get(DATA).text
    assert declared() == []


def test_a_form_of_another_site_declares_nothing(app: Flask) -> None:
    assert entered(app, ADMINISTRATION).post(PAGE, data=SAID).status_code == 400
    assert "/connexion" in app.test_client().get(PAGE).location
    assert declared() == []
