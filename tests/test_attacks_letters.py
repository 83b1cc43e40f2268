"""Hostile texts in letters: no header, no recipient, no paragraph and no markup of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser

import pytest
from flask import Flask
from sqlalchemy import insert, select

from hub.access.rights import ADMINISTRATION, AGENT, OPERATION
from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.founding import load_register
from hub.harvest.mail import deliver
from hub.letters import filled, letter
from hub.models import Notice, Person
from tests.make import make_source
from tests.people import NANTES, entered, invited, person, token
from tests.platforms.mailbox import Mailbox

HOSTILE = (
    "Dupont\r\nBcc: espion@exemple.fr",
    "Dupont\nBcc: espion@exemple.fr\n\n<script>alert(1)</script>",
    "Dupont\rContent-Type: text/html",
    "Dupont\r\n\r\n<a href='https://exemple.fr'>entrez ici</a>",
    "Dupont\u2028Bcc: espion@exemple.fr\u2029x\x0bBcc: y\x0cBcc: z\x85Bcc: w",
    "=?utf-8?q?Dupont=0D=0ABcc:_espion@exemple.fr?=",
    "=\n?utf-8?b?RHVwb250DQpCY2M6IGVzcGlvbkBleGVtcGxlLmZy?=",
    "==??utf-8?q?Dupont=0D=0ABcc:_espion@exemple.fr?=",
    "Dupont\r\n.\r\nMAIL FROM:<espion@exemple.fr>\r\n",
)
NO_ADDRESS = (
    "a@exemple.fr, b@exemple.fr",
    "a@exemple.fr\r\nBcc: b@exemple.fr",
    "=?utf-8?q?a=0D=0ABcc=3Ab=40exemple.fr?=@exemple.fr",
)
HEADERS = {"Subject", "From", "To", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}


@pytest.fixture
def mailbox(sqlite_app: Flask) -> Iterator[Mailbox]:
    """A mail server that the hub knows."""
    started = Mailbox()
    sqlite_app.config["MAIL_SERVER"] = started.place
    load_register()
    yield started
    started.close()


def is_plain(raw: bytes, recipient: str) -> str:
    """Check that a letter has our headers only, one recipient and one part of text; return this text."""
    read = BytesParser(policy=policy.default).parsebytes(raw)
    assert set(read.keys()) <= HEADERS, read.keys()
    assert len(read.keys()) == len(set(read.keys()))
    assert [each.addr_spec for each in read["To"].addresses] == [recipient]
    assert (read.get_content_type(), read.is_multipart(), read.defects) == ("text/plain", False, [])
    return str(read.get_content())


def lines_that_pose(text: str) -> list[str]:
    """The lines that a given text would have begun by itself."""
    return [line for line in text.splitlines() if line.strip().startswith(("Bcc", "Content-", "<", ".", "MAIL"))]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_one_line_of_the_subject_and_of_the_text(sqlite_app: Flask, text: str) -> None:
    made = letter("agente@nantes.fr", f"{text} : panne", filled("Bonjour,\n\n{name} écrit.\n", name=text))
    said = is_plain(made.as_bytes(policy=policy.SMTP), "agente@nantes.fr")
    assert lines_that_pose(said) == []
    assert len(said.strip().splitlines()) == 3
    assert "\n" not in BytesParser(policy=policy.default).parsebytes(made.as_bytes())["Subject"]


@pytest.mark.parametrize("recipient", [*NO_ADDRESS, "a@exemple.fr\nb", "", "Groupe: a@x.fr, b@x.fr;"])
def test_a_letter_goes_to_one_address(sqlite_app: Flask, recipient: str) -> None:
    with pytest.raises(ValueError, match=r"address|linefeed"):
        letter(recipient, "Sujet", "Texte")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_notice_about_a_source_of_hostile_name_leaves_as_one_plain_letter(mailbox: Mailbox, text: str) -> None:
    source = make_source(name=text, contacts={"metropole": "agente@nantes.fr"})
    row = {"occasion": "x", "source_id": source.id, "role": "metropole", "attempts": 0, "created_at": iso(now())}
    with writing() as connection:
        connection.execute(insert(Notice).values(**row, subject=f"{text} : panne", body="La source n'est plus lue."))
    assert deliver() == 1
    (sent,) = mailbox.letters
    assert lines_that_pose(is_plain(sent.as_bytes(), "agente@nantes.fr")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_motive_told_to_an_administration_is_one_line_of_its_letter(
    sqlite_app: Flask, mailbox: Mailbox, text: str
) -> None:
    person(ADMINISTRATION)
    client = entered(sqlite_app, OPERATION)
    form = {"siren": NANTES, "motive": f"{text} et encore", "csrf_token": token(client, "/compte")}
    assert client.post("/compte/secours", data=form).status_code == 303
    assert lines_that_pose(is_plain(taken(mailbox), "administration-244400404@essais.fr")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_kept_on_one_line(sqlite_app: Flask, text: str) -> None:
    load_register()
    client = sqlite_app.test_client()
    secret = invited(AGENT)
    form = {"name": text, "csrf_token": token(client, f"/invitation/{secret}")}
    assert client.post(f"/invitation/{secret}", data=form).status_code == 303
    client.post("/compte/nom", data={"full_name": f"{text} bis", "csrf_token": token(client, "/compte")})
    db.session.rollback()
    (name,) = db.session.scalars(select(Person.name))
    assert name
    assert name.endswith("bis")
    assert len(name.splitlines()) == 1


@pytest.mark.parametrize("email", [*NO_ADDRESS, "<a@exemple.fr>"])
def test_no_letter_goes_to_what_is_not_one_address(sqlite_app: Flask, mailbox: Mailbox, email: str) -> None:
    client = entered(sqlite_app, ADMINISTRATION)
    form = {"role": AGENT, "metropole": "nantes", "email": email, "csrf_token": token(client, "/personnes")}
    assert client.post("/personnes/inviter", data=form).status_code == 400
    asked = {"email": email, "csrf_token": token(client)}
    assert sqlite_app.test_client().post("/connexion/courriel", data=asked).status_code == 400
    assert mailbox.letters == []


def taken(mailbox: Mailbox) -> bytes:
    """The one letter, as soon as it has come: it is sent without making anybody wait."""
    until = time.monotonic() + 10
    while not mailbox.letters and time.monotonic() < until:
        time.sleep(0.01)
    (sent,) = mailbox.letters
    return sent.as_bytes()
