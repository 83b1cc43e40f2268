"""Before a secret ends somebody is told, 30 days then 7 days ahead, once each (`push-api.md` §2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from hub.access import clients
from hub.access.rights import ADMINISTRATION
from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.founding import load_metropoles
from hub.harvest.tick import tick
from hub.models.client import ClientSecret, secrets_of
from tests.clients import made, row
from tests.conftest import FIXED, ready
from tests.harvesting import alone
from tests.people import ESSAIS, person
from tests.platforms.mailbox import Mailbox


@pytest.fixture
def box() -> Iterator[Mailbox]:
    started = Mailbox()
    yield started
    started.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, box: Mailbox) -> Iterator[Flask]:
    """A hub with a mail server and an administrator of Nantes."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    for app in ready(tmp_path / "instance", url, MAIL_SERVER=box.place, COORDINATION_MAIL="icpc@essais.fr"):
        load_metropoles()
        alone()
        yield app


def tick_after(app: Flask, days: float) -> None:
    """Let the clock of the hub strike so many days after the client was made."""
    app.config["CLOCK"] = FIXED["CLOCK"]
    app.config["CLOCK"] = iso(now() + timedelta(days=days))
    tick()
    db.session.rollback()


def told(box: Mailbox) -> list[tuple[str, str]]:
    return [(letter["To"], letter["Subject"]) for letter in box.letters if "secret" in str(letter["Subject"])]


def test_thirty_days_then_seven_days_before_its_end_each_is_told_once(house: Flask, box: Mailbox) -> None:
    person(ADMINISTRATION)
    made(contact="sig@nantes.fr")
    counts = []
    for days in (300, 334, 335, 336, 350, 358, 359, 364, 366, 400):
        tick_after(house, days)
        counts.append(len(told(box)))
    assert counts == [0, 0, 2, 2, 2, 4, 4, 4, 4, 4]
    assert {to for to, _ in told(box)} == {"administration-244400404@essais.fr", "sig@nantes.fr"}
    assert [subject.split("dans ")[1][:2] for _, subject in told(box)] == ["30", "30", "7 ", "7 "]
    letter = box.letters[0].get_payload(decode=True)
    assert isinstance(letter, bytes)
    assert "prend fin le 2027-01-31" in letter.decode()


def test_where_a_metropole_has_nobody_the_coordination_is_told(house: Flask, box: Mailbox) -> None:
    made()
    tick_after(house, 340)
    assert [to for to, _ in told(box)] == ["icpc@essais.fr"]


def test_nobody_is_told_of_a_client_that_was_stopped_or_of_a_secret_that_was_ended(house: Flask, box: Mailbox) -> None:
    suspended, revoked, rotated = made().ref, made().ref, made().ref
    with writing() as connection:
        clients.suspend(connection, ESSAIS, row(suspended))
        clients.revoke(connection, ESSAIS, row(revoked))
        first = connection.execute(secrets_of(row(rotated).id).with_only_columns(ClientSecret.ref)).scalar_one()
        clients.end_secret(connection, ESSAIS, row(rotated), first)
    tick_after(house, 340)
    assert told(box) == []


def test_a_letter_that_could_not_leave_is_tried_again_the_next_day(house: Flask, box: Mailbox) -> None:
    made()
    made(contact="sig@nantes.fr")
    box.refused = {"icpc"}
    tick_after(house, 340)
    assert [to for to, _ in told(box)] == ["sig@nantes.fr"]  # a refused address never stops the others
    box.refused = set()
    tick_after(house, 341)
    assert [to for to, _ in told(box)] == ["sig@nantes.fr", "icpc@essais.fr"]


def test_without_a_mail_server_the_log_says_it_once(sqlite_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    load_metropoles()
    made()
    caplog.set_level(logging.INFO)
    for days in (340, 341):
        tick_after(sqlite_app, days)
    assert len([record for record in caplog.records if "prend fin dans 30 jours" in record.getMessage()]) == 1
