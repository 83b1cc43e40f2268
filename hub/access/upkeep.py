"""What time asks for: sessions, links, accounts, addresses and lines whose time is over go, once a day (retention)."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import Connection, delete

from hub.access import audit, limits, people, sessions
from hub.access.reader import console
from hub.clock import iso, now
from hub.models.entry import EntryLink, Invitation

UPKEEP = console("hub")
LINKS_KEPT, INVITATIONS_KEPT = timedelta(days=1), timedelta(days=365)


def retention() -> list[tuple[str, str]]:
    """Return what is kept of people and for how long, as `/donnees-personnelles` tells it."""
    kept = current_app.config
    return [
        ("Sessions", "12 heures, 2 heures sans activité pour l'administration, la coordination et l'exploitation"),
        ("Liens d'entrée", "15 minutes, puis effacés dans les 24 heures"),
        ("Invitations", "14 jours pour accepter, effacées après un an"),
        ("Fichiers déposés, entre l'aperçu et l'enregistrement", "1 heure"),
        ("Consentements à être appelé", "12 mois, ou jusqu'au retrait"),
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
    connection.execute(delete(EntryLink).where(EntryLink.expires_at < iso(now() - LINKS_KEPT)))
    connection.execute(delete(Invitation).where(Invitation.expires_at < iso(now() - INVITATIONS_KEPT)))
    people.age(connection, UPKEEP)
    audit.forget(connection)
