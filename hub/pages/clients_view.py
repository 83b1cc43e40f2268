"""How clients of the API and their secrets are said: their state, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.access.client_letters import REMINDERS
from hub.clock import iso, now
from hub.models.client import Client, ClientSecret


def state(client: Client) -> tuple[str, str]:
    """Return the code and the words of the state of a client."""
    if client.revoked_at:
        return "cancelled", "Révoqué"
    return ("held", "Suspendu") if client.suspended_at else ("complete", "En service")


def secret_state(secret: ClientSecret) -> tuple[str, str]:
    """Return the code and the words of the state of a secret; one that ends within 30 days says in how many."""
    if secret.ends_at <= iso(now()):
        return "cancelled", "Terminé"
    left = datetime.fromisoformat(secret.ends_at) - now()
    if left <= timedelta(days=max(REMINDERS)):
        days = -(-left // timedelta(days=1))
        return "depassee", f"Fin dans {days} jour{'s' if days > 1 else ''}"
    return "complete", "Sert"
