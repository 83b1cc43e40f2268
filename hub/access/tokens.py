"""Tokens of the API: who a bearer is, who a secret belongs to, what is given, taken back, forgotten (§2, §3)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.access.scopes import kinds_of
from hub.access.sessions import digest
from hub.clock import iso, now
from hub.db import insertion_of
from hub.errors import HubError
from hub.models.client import Client, ClientAssertion, ClientSecret, ClientToken, living_secrets

FORGOTTEN_AFTER = timedelta(days=1)
REF = re.compile(r"c-[0-9a-f]{20}")
"""The public identifier of a client."""


class TokenRefused(HubError):
    """No token, or one that is unknown, over or revoked: which of these is not told."""

    status = 401


class WrongNetwork(HubError):
    """The client may not call from this network address."""

    status = 403


@dataclass(frozen=True)
class Caller:
    """Who calls the API by a token. `siren`: the only metropole for which it writes; `kinds`: what it may write."""

    client_id: int
    ref: str
    name: str
    siren: str
    environment: str
    scopes: frozenset[str]
    kinds: frozenset[str]


def caller_of(connection: Connection, token: str, address: str) -> Caller:
    """Return the client behind a token that calls from a network address. Raises TokenRefused, WrongNetwork."""
    if not token:
        raise TokenRefused("Jeton absent : envoyez « Authorization: Bearer … », avec un jeton obtenu à /oauth/token.")
    row = living_token(connection, token)
    if row is None:
        raise TokenRefused("Jeton refusé : inconnu, expiré ou révoqué. Demandez-en un autre à /oauth/token.")
    if not calls_from(row.ranges, address):
        raise WrongNetwork("Ce client n'est pas ouvert à cette adresse réseau : voyez ses plages sous « Accès API ».")
    scopes = frozenset(row.scope.split())
    kinds = frozenset(row.kinds) & frozenset(kinds_of(scopes))
    return Caller(row.client_id, row.ref, row.name, row.siren, row.environment, scopes, kinds)


def living_token(connection: Connection, token: str) -> Any | None:
    """Return the row of a token that works today, with its client's; None when there is none."""
    if not token.isascii():  # none of ours: RFC 6750 §2.1
        return None
    living = (ClientToken.revoked_at.is_(None), ClientToken.expires_at > iso(now()))
    usable = (Client.revoked_at.is_(None), Client.suspended_at.is_(None))
    columns = (
        *(ClientToken.id.label("token_id"), ClientToken.client_id, ClientToken.scope, ClientToken.issued_at),
        *(ClientToken.expires_at, Client.ref, Client.name, Client.siren, Client.environment, Client.kinds),
        Client.ranges,
    )
    query = select(*columns).join(Client, Client.id == ClientToken.client_id)
    return connection.execute(query.where(ClientToken.digest == digest(token), *living, *usable)).one_or_none()


def calls_from(ranges: list[str] | None, address: str) -> bool:
    """Tell whether a network address is in one of these ranges; any is, where there are none."""
    if not ranges:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in ip_network(each) for each in ranges)


def usable_client(connection: Connection, ref: str, address: str) -> Any | None:
    """Return the row of the client called `ref`, if it may ask for a token from this address; None otherwise."""
    if not REF.fullmatch(ref):
        return None
    usable = (Client.ref == ref, Client.revoked_at.is_(None), Client.suspended_at.is_(None))
    row = connection.execute(select(Client.__table__).where(*usable)).one_or_none()
    return row if row is not None and calls_from(row.ranges, address) else None


def secret_behind(connection: Connection, client_id: int, secret: str) -> int | None:
    """Return the id of the living secret of a client that this is, or None; compared in constant time."""
    sent, found = digest(secret), None
    columns = living_secrets(client_id).with_only_columns(ClientSecret.id, ClientSecret.digest)
    for each in connection.execute(columns):
        if hmac.compare_digest(each.digest, sent):
            found = each.id
    return found


def give(
    connection: Connection, client_id: int, secret_id: int | None, token: str, scopes: Iterable[str], lasts: int
) -> bool:
    """Keep the sha256 of a token for `lasts` seconds; False when the client or its secret stopped meanwhile."""
    at = iso(now())
    usable = (Client.id == client_id, Client.revoked_at.is_(None), Client.suspended_at.is_(None))
    if connection.execute(update(Client).where(*usable).values(last_used_at=at)).rowcount != 1:
        return False
    if secret_id is not None:
        living = (ClientSecret.id == secret_id, ClientSecret.ends_at > at)
        if connection.execute(update(ClientSecret).where(*living).values(last_used_at=at)).rowcount != 1:
            return False
    row = {"digest": digest(token), "client_id": client_id, "secret_id": secret_id, "scope": " ".join(scopes)}
    row |= {"issued_at": at, "expires_at": iso(now() + timedelta(seconds=lasts))}
    connection.execute(insert(ClientToken).values(**row))
    return True


def take_back(connection: Connection, client_id: int, *, secret_id: int | None = None, token_id: int = 0) -> int:
    """Revoke the tokens of a client that still stand: all, those of one secret, or one; return how many."""
    where = [ClientToken.client_id == client_id, ClientToken.revoked_at.is_(None)]
    if secret_id is not None:
        where.append(ClientToken.secret_id == secret_id)
    if token_id:
        where.append(ClientToken.id == token_id)
    return connection.execute(update(ClientToken).where(*where).values(revoked_at=iso(now()))).rowcount


def first_use(connection: Connection, client_id: int, jti: str, expires: datetime) -> bool:
    """Note that an assertion has served, until it expires; False when it had already (RFC 7523 §3, point 7)."""
    row = {"digest": digest(f"{client_id}:{jti}"), "client_id": client_id, "expires_at": iso(expires)}
    noted = insertion_of(connection, ClientAssertion).values(**row).on_conflict_do_nothing()
    return connection.scalar(noted.returning(ClientAssertion.digest)) is not None


def sweep(connection: Connection) -> None:
    """Forget the tokens that ended a day ago, and the assertions that nobody could send again."""
    connection.execute(delete(ClientToken).where(ClientToken.expires_at < iso(now() - FORGOTTEN_AFTER)))
    connection.execute(delete(ClientAssertion).where(ClientAssertion.expires_at < iso(now() - FORGOTTEN_AFTER)))
