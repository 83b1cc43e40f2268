"""Clients of the API: created, given secrets, suspended, revoked, each act with its line in the audit log (§2)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, insert, select, update

from hub.access import audit, client_keys, tokens
from hub.access.client_form import Wanted
from hub.access.reader import Reader
from hub.access.scopes import SCOPES
from hub.access.sessions import digest, new_secret
from hub.access.tokens import Caller, caller_of
from hub.clock import iso, now, ulid
from hub.errors import BadQuery, UnknownThing
from hub.models.client import PRODUCTION, Client, ClientSecret, living_secrets

__all__ = ["SCOPES", "Caller", "caller_of"]
AT_MOST = 2
"""Living secrets of a client: the old one and the new one, while programs change from one to the other."""
PREFIX = {True: "rmp_prod_", False: "rmp_test_"}
"""What a secret begins with, so that those who search for leaks know it."""


@dataclass(frozen=True)
class Made:
    """A client just created: its public identifier, and its secret, which nothing keeps (none when it has keys)."""

    ref: str
    secret: str | None


def create(connection: Connection, by: Reader, wanted: Wanted) -> Made:
    """Write a client; return its identifier and its secret. Raises BadQuery with the first thing that is wrong."""
    if problems := wanted.problems():
        raise BadQuery(next(iter(problems.values())))
    row: dict[str, Any] = {"ref": f"c-{secrets.token_hex(10)}", "created_at": iso(now()), "created_by": by.person_id}
    client = connection.execute(insert(Client).values(**row, **wanted.as_row()).returning(Client.__table__)).one()
    _note(connection, by, "create_client", client, after=[wanted.environment, *wanted.scopes])
    return Made(client.ref, None if wanted.has_keys else _secret(connection, client))


def add_secret(connection: Connection, by: Reader, client: Any) -> str:
    """Give a client one more secret; return it: nothing keeps it. Raises BadQuery beyond two that work."""
    _must_stand(client)
    # Locked: two calls at once would make three secrets.
    connection.execute(select(Client.id).where(Client.id == client.id).with_for_update())
    living = connection.execute(living_secrets(client.id).with_only_columns(ClientSecret.id)).all()
    if len(living) >= AT_MOST:
        raise BadQuery(f"Ce client a déjà {AT_MOST} secrets qui servent : mettez d'abord fin à l'un d'eux.")
    secret = _secret(connection, client)
    _note(connection, by, "add_secret", client, after=digest(secret))
    return secret


def end_secret(connection: Connection, by: Reader, client: Any, ref: str) -> None:
    """End a secret now, with the tokens it gave; the other secret works on. Raises UnknownThing."""
    mine = (ClientSecret.client_id == client.id, ClientSecret.ref == ref, ClientSecret.ends_at > iso(now()))
    ended = update(ClientSecret).where(*mine).values(ends_at=iso(now())).returning(ClientSecret.id)
    secret_id = connection.scalar(ended)
    if secret_id is None:
        raise UnknownThing("Aucun secret de ce client, encore valable, ne porte cet identifiant.")
    tokens.take_back(connection, client.id, secret_id=secret_id)
    _note(connection, by, "end_secret", client, before=ref)


def suspend(connection: Connection, by: Reader, client: Any, motive: str = "") -> None:
    """Stop a client until somebody resumes it; its tokens end at once."""
    _must_stand(client)
    standing = (Client.id == client.id, Client.suspended_at.is_(None))
    if connection.execute(update(Client).where(*standing).values(suspended_at=iso(now()))).rowcount == 1:
        tokens.take_back(connection, client.id)
        _note(connection, by, "suspend_client", client, motive=motive)


def suspend_all(connection: Connection, by: Reader, siren: str, motive: str) -> Sequence[Any]:
    """Suspend every client of a metropole, as when it leaves the network; return those that were stopped (§2)."""
    standing = (Client.siren == siren, Client.suspended_at.is_(None), Client.revoked_at.is_(None))
    found = connection.execute(select(Client.__table__).where(*standing)).all()
    for client in found:
        suspend(connection, by, client, motive)
    return found


def resume(connection: Connection, by: Reader, client: Any) -> None:
    """Let a suspended client ask for tokens again."""
    _must_stand(client)
    suspended = (Client.id == client.id, Client.suspended_at.is_not(None))
    if connection.execute(update(Client).where(*suspended).values(suspended_at=None)).rowcount == 1:
        _note(connection, by, "resume_client", client)


def revoke(connection: Connection, by: Reader, client: Any, motive: str = "") -> None:
    """End a client for good, its secrets and its tokens at once. What it sent stays; whom to call for it does not."""
    _must_stand(client)
    at = iso(now())
    standing = (Client.id == client.id, Client.revoked_at.is_(None))
    if connection.execute(update(Client).where(*standing).values(revoked_at=at, contact=None)).rowcount == 1:
        living = (ClientSecret.client_id == client.id, ClientSecret.ends_at > at)
        connection.execute(update(ClientSecret).where(*living).values(ends_at=at))
        tokens.take_back(connection, client.id)
        _note(connection, by, "revoke_client", client, motive=motive)


def set_keys(connection: Connection, by: Reader, client: Any, text: str) -> None:
    """Give a client its public keys, or the https address where they stand; nothing takes them away. Raises BadQuery.

    The tokens it holds end: they may have been asked for with keys that are no longer its own.
    """
    _must_stand(client)
    keys = client_keys.given(text)
    connection.execute(update(Client).where(Client.id == client.id).values(**keys, jwks_read_at=None))
    tokens.take_back(connection, client.id)
    _note(connection, by, "set_client_keys", client, after=keys)


def _secret(connection: Connection, client: Any) -> str:
    """Write a secret of 256 random bits, for as long as the settings say; return it."""
    secret, at = PREFIX[client.environment == PRODUCTION] + new_secret(), now()
    row = {"ref": ulid(at), "client_id": client.id, "digest": digest(secret), "created_at": iso(at)}
    connection.execute(
        insert(ClientSecret).values(**row, ends_at=iso(at + timedelta(days=current_app.config["SECRET_DAYS"])))
    )
    return secret


def _must_stand(client: Any) -> None:
    """Refuse to act on what is over. Raises BadQuery."""
    if client.revoked_at is not None:
        raise BadQuery("Ce client est révoqué : créez-en un autre.")


def _note(connection: Connection, by: Reader, verb: str, client: Any, **states: Any) -> None:
    audit.write(connection, by, verb, f"client:{client.ref}", siren=client.siren, **states)
