"""Sending what waits to be sent, at least once; each letter carries the same identifier at every try."""

from __future__ import annotations

import hashlib
import logging
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage

from flask import current_app
from sqlalchemy import select, update

from hub.clock import iso, now
from hub.db import db, writing
from hub.harvest.notices import COORDINATION, OPERATOR, TECHNICAL
from hub.letters import letter, post
from hub.models import Notice, Source

log = logging.getLogger("hub.notices")
MAX_ATTEMPTS = 10
AT_ONCE = 50


def deliver() -> int:
    """Send the waiting notices by mail, or write them to the log without a mail server; return how many left."""
    db.session.rollback()
    waiting = select(Notice, Source.contacts).join(Source, Source.id == Notice.source_id)
    waiting = waiting.where(Notice.sent_at.is_(None), Notice.attempts < MAX_ATTEMPTS).order_by(Notice.id)
    waiting_now = [(notice, contacts) for notice, contacts in db.session.execute(waiting) if _is_time(notice)]
    letters = [(notice, address(notice.role, contacts)) for notice, contacts in waiting_now[:AT_ONCE]]
    for notice, _ in letters:
        db.session.expunge(notice)
    sent = 0
    try:
        with post() as server:
            for notice, recipient in letters:
                sent += _send(server, notice, recipient)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("courriel : le serveur ne répond pas (%s)", type(error).__name__)
    return sent


def address(role: str, contacts: dict[str, str]) -> str:
    """Return the address of who holds a role for a source; empty when nobody gave one."""
    config = current_app.config
    of_the_hub = {OPERATOR: config["OPERATOR_MAIL"], COORDINATION: config["COORDINATION_MAIL"]}
    if role == TECHNICAL:
        return contacts.get(TECHNICAL) or contacts.get("metropole", "")
    return contacts.get(role) or of_the_hub.get(role, "")


def _is_time(notice: Notice) -> bool:
    """Tell whether a letter may be tried (again): after 1, 3, 7… minutes, as a server that says « later » expects."""
    return datetime.fromisoformat(notice.created_at) + timedelta(minutes=2**notice.attempts - 1) <= now()


def _send(server: smtplib.SMTP | None, notice: Notice, recipient: str) -> bool:
    """Send one notice; a refused recipient is tried again later, and never stops the others."""
    if server is None or not recipient:
        log.info("avis (%s) %s : %s", notice.role, notice.subject, notice.body)
        _mark(notice, sent=True)
        return True
    try:
        server.send_message(written(notice, recipient))
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, ValueError) as error:  # ValueError: what was given is not an address
        log.warning("courriel refusé (%s) : avis %s", type(error).__name__, notice.id)
        _mark(notice, sent=False)
        return False
    _mark(notice, sent=True)
    return True


def written(notice: Notice, recipient: str) -> EmailMessage:
    """Return the letter of a notice; its identifier is that of its occasion, so that a second copy shows as one."""
    identifier = hashlib.sha256(notice.occasion.encode()).hexdigest()[:32]
    return letter(recipient, notice.subject, notice.body, identifier)


def _mark(notice: Notice, *, sent: bool) -> None:
    values = {"attempts": notice.attempts + 1, "sent_at": iso(now()) if sent else None}
    with writing() as connection:
        connection.execute(update(Notice).where(Notice.id == notice.id).values(**values))
