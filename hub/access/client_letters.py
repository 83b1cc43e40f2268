"""Who is told of what happens to a client of the API: the administrators of its metropole, its contact (§2)."""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from flask import current_app
from sqlalchemy import Connection, select, update

from hub.access.reader import Reader
from hub.access.rights import ADMINISTRATION
from hub.clock import iso, now
from hub.db import db, writing
from hub.letters import letter, post, send_soon
from hub.models.client import Client, ClientSecret
from hub.models.person import Person, holders_of

log = logging.getLogger("hub.notices")
REMINDERS = (7, 30)
"""How many days before the end of a secret somebody is told, the soonest first."""
ACTS = {
    "create": "Un client de l'API a été créé",
    "add_secret": "Un secret de plus a été donné à un client de l'API",
    "end_secret": "Un secret d'un client de l'API a pris fin",
    "set_keys": "Les clés publiques d'un client de l'API ont été changées",
    "suspend": "Un client de l'API a été suspendu",
    "resume": "Un client de l'API a été rouvert",
    "revoke": "Un client de l'API a été révoqué",
}
LETTER = """Bonjour,

{act} : « {name} » ({ref}), par {by}.

Si cet acte vous surprend, ouvrez « Accès API » dans le hub : on y suspend un client aussitôt.
"""
REMINDER = """Bonjour,

Un secret du client de l'API « {name} » ({ref}) prend fin le {day}, dans {days} jours au plus.

Ouvrez « Accès API » dans le hub, ajoutez un second secret, mettez-le dans le programme qui envoie vos données, puis
mettez fin à l'ancien : les deux servent en même temps.
"""


def tell(client: Any, act: str, by: Reader) -> None:
    """Tell the administrators of a metropole of an act on one of its clients; nobody waits for the letters."""
    if not current_app.config["MAIL_SERVER"]:
        return
    function = by.function("manage_clients", client.siren)
    body = LETTER.format(act=ACTS[act], name=client.name, ref=client.ref, by=function)
    with db.engine.connect() as connection:
        told = _administrators(connection, client.siren)
    for address in told:
        send_soon(letter(address, f"{ACTS[act]} : {client.name}", body))


def remind() -> int:
    """Tell of each secret that ends in 30 days, then in 7; return how many letters left.

    What could not leave is tried again the next day: a reminder is noted when it has left.
    """
    with db.engine.connect() as connection:
        due = [(row, days, _told(connection, row)) for row in _ending(connection) if (days := _due(row))]
    try:
        with post() as server:
            return sum(_remind(server, row, days, told) for row, days, told in due)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("courriel : le serveur ne répond pas (%s)", type(error).__name__)
        return 0


def _remind(server: smtplib.SMTP | None, row: Any, days: int, told: list[str]) -> int:
    """Tell of one secret, and note it once a letter has left; return how many did."""
    body = REMINDER.format(name=row.name, ref=row.ref, day=row.ends_at[:10], days=days)
    subject, left = f"Un secret de l'API prend fin dans {days} jours : {row.name}", 0
    if server is not None:
        name = f"{row.secret_ref}.{days}".lower()
        left = sum(_sent(server, letter(address, subject, body, name)) for address in told)
    if server is None or not told:
        log.info("avis (accès API) client %s : un secret prend fin dans %s jours", row.ref, days)
    if left or server is None or not told:
        with writing() as connection:
            connection.execute(update(ClientSecret).where(ClientSecret.id == row.id).values(told_days=days))
    return left


def _sent(server: smtplib.SMTP, message: EmailMessage) -> bool:
    """Send a letter; a refused address never stops the others. Raises SMTPServerDisconnected."""
    try:
        server.send_message(message)
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, ValueError) as error:  # ValueError: what was given is not an address
        log.warning("courriel refusé (%s) : fin d'un secret de l'API", type(error).__name__)
        return False
    return True


def _ending(connection: Connection) -> Any:
    """The living secrets of usable clients that end within the longest of the reminders."""
    usable = (Client.revoked_at.is_(None), Client.suspended_at.is_(None))
    soon = (ClientSecret.ends_at > iso(now()), ClientSecret.ends_at <= iso(now() + timedelta(days=max(REMINDERS))))
    columns = (
        *(ClientSecret.id, ClientSecret.ref.label("secret_ref"), ClientSecret.ends_at, ClientSecret.told_days),
        *(Client.ref, Client.name, Client.siren, Client.contact),
    )
    query = select(*columns).join(Client, Client.id == ClientSecret.client_id).where(*usable, *soon)
    return connection.execute(query.order_by(ClientSecret.id)).all()


def _due(row: Any) -> int | None:
    """Return the reminder that is due for a secret, in days; None when it has been given."""
    left = datetime.fromisoformat(row.ends_at) - now()
    days = next(days for days in REMINDERS if left <= timedelta(days=days))
    return days if row.told_days is None or row.told_days > days else None


def _told(connection: Connection, row: Any) -> list[str]:
    """Return the addresses of those who are told of a secret; the coordination where a metropole has nobody."""
    found = _administrators(connection, row.siren) + ([row.contact] if row.contact else [])
    coordination = current_app.config["COORDINATION_MAIL"]
    return list(dict.fromkeys(found)) or ([coordination] if coordination else [])


def _administrators(connection: Connection, siren: str) -> list[str]:
    emails = connection.scalars(holders_of(ADMINISTRATION, siren).with_only_columns(Person.email))
    return [email for email in emails if email]
