"""Clients of the API and their tokens, without a page: what a test of the API asks for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hub.access import clients, tokens
from hub.access.client_form import Wanted
from hub.access.clients import Made
from hub.access.scopes import SCOPES
from hub.access.sessions import new_secret
from hub.db import db, writing
from hub.models.client import Client
from tests.people import ESSAIS, NANTES


def made(**changed: Any) -> Made:
    """Create a client of Nantes with every scope; return its identifier and secret."""
    asked: dict[str, Any] = {"name": "SIG", "siren": NANTES, "environment": "production", "scopes": tuple(SCOPES)}
    with writing() as connection:
        return clients.create(connection, ESSAIS, Wanted(**asked | changed))


def row(ref: str) -> Any:
    """Return the row of a client."""
    with db.engine.connect() as connection:
        return connection.execute(select(Client.__table__).where(Client.ref == ref)).one()


def token_of(ref: str, *scopes: str, lasts: int = 3600) -> str:
    """Give a token of these scopes, of all without any, to a client, as the token endpoint would; return it."""
    token = new_secret()
    with writing() as connection:
        assert tokens.give(connection, row(ref).id, None, token, scopes or SCOPES, lasts)
    return token


def bearing(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
