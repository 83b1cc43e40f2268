"""What time asks for: sessions, links, accounts, addresses and lines whose time is over go, once a day (retention)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete

from hub.access import audit, limits, people, sessions
from hub.access.reader import console
from hub.clock import iso, now
from hub.models.entry import EntryLink, Invitation

UPKEEP = console("hub")
LINKS_KEPT, INVITATIONS_KEPT = timedelta(days=1), timedelta(days=365)
RETENTION = (
    ("Sessions", "12 heures, 2 heures sans activité pour l'administration, la coordination et l'exploitation"),
    ("Liens d'entrée", "15 minutes, puis effacés dans les 24 heures"),
    ("Invitations", "14 jours pour accepter, effacées après un an"),
    ("Comptes sans entrée", "suspendus après 12 mois, effacés après 24"),
    ("Adresses réseau du journal des actes", "6 mois"),
    ("Journal des actes", "12 mois, 5 ans pour les décisions"),
)
"""What is kept of people and for how long, as `/donnees-personnelles` tells it; this folder holds to it."""


def tidy(connection: Connection) -> None:
    """Remove what has had its time."""
    sessions.sweep(connection)
    limits.sweep(connection)
    connection.execute(delete(EntryLink).where(EntryLink.expires_at < iso(now() - LINKS_KEPT)))
    connection.execute(delete(Invitation).where(Invitation.expires_at < iso(now() - INVITATIONS_KEPT)))
    people.age(connection, UPKEEP)
    audit.forget(connection)
