"""Held runs and steps of sources decided on the pages: by those of the table, told by function, kept in the log."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION, OPERATION
from hub.db import db
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, Decision, Run, Source
from tests.harvesting import again, change, harvest, later, plain_source, presences
from tests.people import NANTES, RENNES, entered, token
from tests.platforms.plain import Plain


@pytest.fixture
def source(reader: Flask, platform: Plain) -> Source:
    """A source of Nantes, read once."""
    load_metropoles()
    for rank in range(20):
        platform.put(str(rank))
    found = plain_source(platform, siren=NANTES)
    assert harvest(found, full=True).state == "complete"
    later(days=1)
    return found


@pytest.fixture
def held(source: Source, platform: Plain) -> Run:
    """A run of it that waits: half of what there was is missing."""
    platform.remove(*[str(rank) for rank in range(10)])
    run = harvest(source, full=True)
    assert run.state == "held"
    return run


def decide(client: FlaskClient, run: Run, decision: str, motive: str = "Vérifié avec la plateforme.") -> int:
    form = {"csrf_token": token(client, "/compte"), "decision": decision, "motive": motive}
    return client.post(f"/moissons/{run.ref}/decision", data=form).status_code


def state_of(run: Run) -> str:
    db.session.rollback()
    return db.session.scalars(select(Run.state).where(Run.ref == run.ref)).one()


@pytest.mark.parametrize(
    ("decision", "state"), [("approve", "complete"), ("reject", "rejected"), ("allow_once", "rejected")]
)
def test_a_coordinator_decides_on_the_page_and_the_function_alone_is_public(
    reader: Flask, held: Run, decision: str, state: str
) -> None:
    client = entered(reader, COORDINATION, name="Ana")
    assert "Votre décision" in client.get(f"/moissons/{held.ref}").text
    assert decide(client, held, decision) == 303
    assert state_of(held) == state
    told = db.session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert told
    assert (told.action, told.actor) == (decision, "coordination du réseau")
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line
    assert line.content
    assert (line.content["verb"], line.lasting) == ("decide_run", True)
    assert "Ana" not in reader.test_client().get("/sources/essai-nantes").text


def test_the_administration_of_the_metropole_decides_too(reader: Flask, held: Run) -> None:
    assert decide(entered(reader, ADMINISTRATION), held, "reject") == 303
    assert state_of(held) == "rejected"


@pytest.mark.postgresql_once
@pytest.mark.parametrize(("role", "siren"), [(AGENT, NANTES), (ADMINISTRATION, RENNES), (OPERATION, None)])
def test_nobody_else_decides(reader: Flask, held: Run, role: str, siren: str | None) -> None:
    client = entered(reader, role, siren or NANTES)
    assert "Votre décision" not in client.get(f"/moissons/{held.ref}").text
    assert decide(client, held, "approve") == 403
    assert state_of(held) == "held"


def test_a_visitor_is_led_to_the_ways_in_and_decides_nothing(reader: Flask, held: Run) -> None:
    client = reader.test_client()
    assert client.post(f"/moissons/{held.ref}/decision", data={"decision": "approve"}).status_code in (303, 400)
    assert state_of(held) == "held"


@pytest.mark.postgresql_once
@pytest.mark.parametrize(("decision", "motive"), [("approve", " "), ("", "Vu."), ("supprimer", "Vu.")])
def test_a_decision_needs_a_motive_and_a_choice(reader: Flask, held: Run, decision: str, motive: str) -> None:
    assert decide(entered(reader, COORDINATION), held, decision, motive) == 400
    assert state_of(held) == "held"


def test_a_coordinator_accepts_pauses_and_refuses_sources(reader: Flask, source: Source) -> None:
    client = entered(reader, COORDINATION)
    path, form = f"/sources/{source.slug}", {"csrf_token": token(client, "/compte")}
    assert client.post(f"{path}/etape", data=form | {"step": "pause"}).status_code == 303
    assert again(source).state == "paused"
    change(source, state="pending")
    assert client.post(f"{path}/etape", data=form | {"step": "refuse"}).status_code == 400, "sans motif"
    assert client.post(f"{path}/etape", data=form | {"step": "refuse", "motive": "Doublon."}).status_code == 303
    assert again(source).state == "refused"
    assert client.post(f"{path}/etape", data=form | {"step": "pause"}).status_code == 400
    other = entered(reader, ADMINISTRATION)
    asked = {"csrf_token": token(other, "/compte"), "step": "accept"}
    assert other.post(f"{path}/etape", data=asked).status_code == 403


def test_an_operator_asks_for_a_reading_now_which_a_worker_will_take(reader: Flask, source: Source) -> None:
    client = entered(reader, OPERATION)
    path, form = f"/sources/{source.slug}", {"csrf_token": token(client, "/compte"), "full": "oui"}
    assert "Lire maintenant" in client.get(path).text
    assert client.post(f"{path}/lecture", data=form).status_code == 303
    db.session.rollback()
    run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run
    assert (run.state, run.trigger, run.mode) == ("queued", "person", "full")
    assert client.post(f"{path}/lecture", data=form).status_code == 409
    assert len(presences()) == 20
    assert "Lire maintenant" not in reader.test_client().get(path).text
