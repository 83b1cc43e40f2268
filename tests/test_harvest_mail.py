"""Notices leave by mail: each at least once, one refused address never stops the others (`harvest.md` §16)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import insert, select

from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.mail import deliver
from hub.models import Notice, Source
from tests.harvesting import change, later
from tests.make import make_source
from tests.platforms.mailbox import Mailbox


@pytest.fixture
def mailbox(sqlite_app: Flask) -> Iterator[Mailbox]:
    """A mail server that the hub knows."""
    started = Mailbox()
    sqlite_app.config.update(MAIL_SERVER=started.place, OPERATOR_MAIL="exploitant@hub.example")
    yield started
    started.close()


def noticed(source: Source, *roles: str) -> None:
    """Write a notice for each role."""
    with writing() as connection:
        for role in roles:
            words = {"subject": f"Avis pour {role}", "body": "Une clé a expiré."}
            row = {"occasion": f"{source.slug}:{role}", "source_id": source.id, "role": role, "attempts": 0}
            connection.execute(insert(Notice).values(created_at=iso(now()), **row, **words))


def waiting() -> list[str]:
    """The roles whose notice has not left."""
    db.session.rollback()
    return list(db.session.scalars(select(Notice.role).where(Notice.sent_at.is_(None)).order_by(Notice.id)))


def test_a_notice_goes_to_who_holds_the_role(mailbox: Mailbox) -> None:
    source = make_source(contacts={"metropole": "agente@nantes.example"})
    noticed(source, "metropole", "technique", "exploitant", "coordination")
    assert deliver() == 4
    sent = [(letter["To"], letter["Subject"]) for letter in mailbox.letters]
    assert sent == [
        ("agente@nantes.example", "Avis pour metropole"),
        ("agente@nantes.example", "Avis pour technique"),
        ("exploitant@hub.example", "Avis pour exploitant"),
    ]
    assert (waiting(), deliver()) == ([], 0)


@pytest.mark.parametrize("bad", ["inconnue@nantes.example", "pas une adresse\nBcc: x@y.example"])
def test_a_refused_address_does_not_stop_the_others_and_is_tried_again_later(mailbox: Mailbox, bad: str) -> None:
    mailbox.refused = {"inconnue"}
    source = make_source(contacts={"metropole": bad})
    noticed(source, "metropole", "exploitant")
    assert deliver() == 1
    assert (waiting(), len(mailbox.letters)) == (["metropole"], 1)
    assert deliver() == 0
    assert db.session.scalars(select(Notice.attempts).order_by(Notice.id)).first() == 1
    change(source, contacts={"metropole": "connue@nantes.example"})
    later(minutes=2)
    assert deliver() == 1


def test_an_address_refused_for_ever_is_given_up_after_hours_not_minutes(mailbox: Mailbox) -> None:
    mailbox.refused = {"inconnue"}
    noticed(make_source(contacts={"metropole": "inconnue@nantes.example"}), "metropole")
    tries = []
    for minute in range(24 * 60):
        before = db.session.scalar(select(Notice.attempts))
        deliver()
        db.session.rollback()
        if db.session.scalar(select(Notice.attempts)) != before:
            tries.append(minute)
        later(minutes=1)
    assert (len(tries), tries[-1]) == (10, 511)


def test_a_server_that_is_down_loses_nothing(sqlite_app: Flask, mailbox: Mailbox) -> None:
    source = make_source(contacts={"metropole": "agente@nantes.example"})
    noticed(source, "metropole", "exploitant")
    sqlite_app.config["MAIL_SERVER"] = "127.0.0.1:1"
    for _ in range(20):
        assert deliver() == 0
    sqlite_app.config["MAIL_SERVER"] = mailbox.place
    mailbox.dropping = True
    assert deliver() == 0
    mailbox.dropping = False
    assert deliver() == 2
    assert waiting() == []


def test_a_letter_sent_twice_bears_the_same_identifier(mailbox: Mailbox) -> None:
    source = make_source(contacts={"metropole": "agente@nantes.example"})
    noticed(source, "metropole")
    deliver()
    with writing() as connection:
        connection.execute(Notice.__table__.update().values(sent_at=None))
    later(minutes=2)
    deliver()
    first, second = (letter["Message-ID"] for letter in mailbox.letters)
    assert first == second


def test_without_a_mail_server_notices_go_to_the_log(sqlite_app: Flask) -> None:
    noticed(make_source(), "metropole")
    assert (deliver(), waiting()) == (1, [])
