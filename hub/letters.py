"""Letters by mail: how one is made, and the server that takes them. Without a server there is nobody to send by."""

from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from flask import Flask, current_app

log = logging.getLogger("hub.letters")
TIMEOUT = 20
ENCODED = "=?"


def on_one_line(text: str) -> str:
    """Return a text that somebody gave as it stands in a letter: no break in it begins a header or a paragraph.

    `=?` opens an encoded word (RFC 2047), in which a break may be hidden: Python decodes it, then writes the break.
    """
    return " ".join(text.split()).replace(ENCODED, "= ?")


def filled(words: str, **given: str) -> str:
    """Return the words of a letter with what is told in it, each on one line."""
    return words.format(**{name: on_one_line(text) for name, text in given.items()})


def letter(recipient: str, subject: str, body: str, identifier: str = "") -> EmailMessage:
    """Return a plain letter to one address; `identifier` names it, so that a second copy shows as one.

    Raises ValueError when the recipient is not one address.
    """
    message = EmailMessage()
    message["Subject"] = on_one_line(subject)
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = recipient
    if ENCODED in recipient or len(message["To"].addresses) != 1:
        raise ValueError("one address is expected")
    if identifier:
        message["Message-ID"] = f"<{identifier}@hub>"
    message.set_content(body + "\n")
    return message


@contextmanager
def post() -> Iterator[smtplib.SMTP | None]:
    """Give a mail server, or None when the setting names none. Raises OSError, SMTPException."""
    config = current_app.config
    if not config["MAIL_SERVER"]:
        yield None
        return
    host, _, port = config["MAIL_SERVER"].partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT) as server:
        if config["MAIL_USER"]:
            server.starttls()
            server.login(config["MAIL_USER"], config["MAIL_PASSWORD"])
        yield server


def send_soon(message: EmailMessage) -> None:
    """Send a letter that must never be written down (it holds a secret), without making anybody wait for it.

    Who waits could measure whether there is a letter. When it fails the person asks again: nothing of it is logged.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy hides it; a thread has none
    threading.Thread(target=_send, args=(app, message), name="letter").start()


def _send(app: Flask, message: EmailMessage) -> None:
    with app.app_context():
        try:
            with post() as server:
                if server is not None:
                    server.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: what was given is no address
            log.warning("courriel d'entrée non parti (%s)", type(error).__name__)
