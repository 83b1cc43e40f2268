"""One-use links: asked for by mail, or given by the machine. 15 minutes, once, in the browser that asked (§5)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.access.reader import CONSOLE, MAIL_LINK
from hub.access.sessions import digest, new_secret
from hub.clock import iso, now
from hub.errors import UnknownThing
from hub.models.entry import EntryLink
from hub.models.person import Person, person_of_email

LASTS = timedelta(minutes=15)
WRONG_CODES = 5
"""How many wrong codes end a link: one chance in 200 000 of guessing it."""
DEAD = "Ce lien n'est plus valable, ou a déjà servi : demandez-en un autre."


@dataclass(frozen=True)
class Asked:
    """A link just made: its secret, the code its browser shows, and whom to write to (nobody: unknown address)."""

    secret: str
    code: str
    recipient: str | None


def ask(connection: Connection, email: str, browser: str, identity: dict[str, Any] | None = None) -> Asked:
    """Write a link for an address, bound to a browser; the same is done for an address that nobody holds.

    `identity`: what a provider said, attached to the person when the link is used.
    """
    person = connection.execute(
        person_of_email(email).with_only_columns(Person.id, Person.email).where(Person.suspended_at.is_(None))
    ).one_or_none()
    secret, code = new_secret(), f"{secrets.randbelow(1_000_000):06d}"
    row = {"way": MAIL_LINK, "person_id": person.id if person else None, "browser": digest(browser)}
    _write(connection, secret, {**row, "code": _code(secret, code), "identity": identity})
    return Asked(secret, code, person.email if person else None)


def give(connection: Connection, person_id: int) -> str:
    """Write a link given by the machine itself to a person; return its secret. It opens in any browser."""
    secret = new_secret()
    _write(connection, secret, {"way": CONSOLE, "person_id": person_id, "browser": None, "code": None})
    return secret


def needs_code(connection: Connection, secret: str, browser: str) -> bool:
    """Tell whether a link is opened elsewhere than where it was asked for. Raises UnknownThing when it is dead."""
    found = _living(connection, secret)
    return found.browser is not None and not hmac.compare_digest(found.browser, digest(browser))


def use(connection: Connection, secret: str, browser: str, code: str = "") -> Any:
    """Use a link, once; return its row. Raises UnknownThing: used, too old, altered, wrong code look alike.

    A wrong code is counted: call `miss` in a transaction of its own after a refusal.
    """
    found = _living(connection, secret)
    elsewhere = found.browser is not None and not hmac.compare_digest(found.browser, digest(browser))
    if elsewhere and not hmac.compare_digest(found.code or "", _code(secret, code)):
        raise UnknownThing(DEAD)
    spent = update(EntryLink).where(EntryLink.id == found.id, EntryLink.used_at.is_(None)).values(used_at=iso(now()))
    if found.person_id is None or connection.execute(spent).rowcount != 1:
        raise UnknownThing(DEAD)
    return found


def miss(connection: Connection, secret: str) -> None:
    """Count a wrong code."""
    same = update(EntryLink).where(EntryLink.digest == digest(secret))
    connection.execute(same.values(wrong_codes=EntryLink.wrong_codes + 1))


def _living(connection: Connection, secret: str) -> Any:
    living = (EntryLink.used_at.is_(None), EntryLink.expires_at > iso(now()), EntryLink.wrong_codes < WRONG_CODES)
    found = connection.execute(
        select(EntryLink.__table__).where(EntryLink.digest == digest(secret), *living)
    ).one_or_none()
    if found is None:
        raise UnknownThing(DEAD)
    return found


def _write(connection: Connection, secret: str, row: dict[str, Any]) -> None:
    at = now()
    times = {"created_at": iso(at), "expires_at": iso(at + LASTS)}
    connection.execute(insert(EntryLink).values(digest=digest(secret), **row, **times))


def _code(secret: str, code: str) -> str:
    """Return what is stored of a code: a digest that says nothing without the secret of the link."""
    return digest(f"{secret}:{code}")
