"""What time asks for: sessions, links, accounts, addresses and lines whose time is over go, once a day (retention)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, delete

from hub.access import audit, limits, people, sessions, tokens
from hub.access.reader import console
from hub.clock import iso, now
from hub.models.client import Client
from hub.models.entry import EntryLink, Invitation, Session
from hub.models.person import Contact, Identity, Passkey, Person, Rescue, Role

UPKEEP = console("hub")
LINKS_KEPT, INVITATIONS_KEPT, RESCUES_KEPT = timedelta(days=1), timedelta(days=365), timedelta(days=365)


KEPT_UNDER: dict[type[Any], str] = {
    Person: "Comptes sans entrée",
    Role: "Comptes sans entrée",
    Identity: "Comptes sans entrée",
    Passkey: "Comptes sans entrée",
    Session: "Sessions",
    EntryLink: "Liens d'entrée",
    Invitation: "Invitations",
    Contact: "Consentements à être appelé",
    Rescue: "Accès de secours",
    Client: "Contact technique d'un client de l'API",
}
"""The line of `retention` that holds each table of people (C4)."""


def retention() -> list[tuple[str, str]]:
    """Return what is kept of people and for how long, as `/donnees-personnelles` tells it."""
    kept = current_app.config
    return [
        ("Sessions", "12 heures, 2 heures sans activité pour l'administration, la coordination et l'exploitation"),
        ("Liens d'entrée", "15 minutes, puis effacés dans les 24 heures"),
        ("Invitations", "14 jours pour accepter, effacées après un an"),
        ("Consentements à être appelé", "12 mois, ou jusqu'au retrait ; effacés dans les 24 heures"),
        ("Accès de secours", "une heure ; la trace, un an"),
        ("Contact technique d'un client de l'API", "jusqu'à la révocation du client"),
        ("Fichiers déposés, entre l'aperçu et l'enregistrement", "1 heure"),
        ("Comptes sans entrée", f"suspendus après {kept['SUSPEND_MONTHS']} mois, effacés après {kept['ERASE_MONTHS']}"),
        ("Adresses réseau du journal des actes", f"{kept['KEEP_ADDRESSES_MONTHS']} mois"),
        (
            "Journal des actes",
            f"{kept['KEEP_AUDIT_MONTHS']} mois, {kept['KEEP_DECISIONS_MONTHS']} mois pour les décisions",
        ),
    ]


def tidy(connection: Connection) -> None:
    """Remove what has had its time."""
    sessions.sweep(connection)
    limits.sweep(connection)
    tokens.sweep(connection)
    connection.execute(delete(EntryLink).where(EntryLink.expires_at < iso(now() - LINKS_KEPT)))
    connection.execute(delete(Invitation).where(Invitation.expires_at < iso(now() - INVITATIONS_KEPT)))
    over = Contact.withdrawn_at.is_not(None) | (Contact.expires_at < iso(now()))
    connection.execute(delete(Contact).where(over))
    connection.execute(delete(Rescue).where(Rescue.until < iso(now() - RESCUES_KEPT)))
    people.age(connection, UPKEEP)
    audit.forget(connection)
