"""Sessions of browsers: opened, read, renewed, ended. A stolen database gives no usable one (`identity.md` §8)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.access.reader import Held, Reader
from hub.access.rights import ADMINISTRATION, COORDINATION, OPERATION
from hub.clock import iso, now, ulid
from hub.models.entry import Session
from hub.models.person import Person, rescues_of, roles_of

ABSOLUTE = timedelta(hours=12)
IDLE, SHORT_IDLE = timedelta(hours=12), timedelta(hours=2)
UNENTERED = timedelta(hours=1)
"""How long the session of a visitor lives, in which a way in was begun."""
SHORT = (ADMINISTRATION, COORDINATION, OPERATION)
"""The roles whose sessions end after two hours without a request."""
SEEN_EVERY = timedelta(minutes=1)
"""A session's last sign of life is written at most once a minute."""


def digest(secret: str) -> str:
    """Return the sha256 under which a secret of 256 random bits is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Return 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def open_session(connection: Connection, data: Mapping[str, Any]) -> tuple[int, str]:
    """Write the session of a visitor; return its id and the secret of its cookie."""
    secret, at = new_secret(), iso(now())
    row = {"ref": ulid(now()), "digest": digest(secret), "data": dict(data)}
    written = insert(Session).values(**row, created_at=at, seen_at=at).returning(Session.id)
    return connection.execute(written).scalar_one(), secret


def session_behind(connection: Connection, secret: str) -> Any | None:
    """Return the row of the living session whose cookie holds `secret`, or None."""
    row = connection.execute(select(Session.__table__).where(Session.digest == digest(secret))).one_or_none()
    return row if row is not None and _alive(connection, row) else None


def reader_in(connection: Connection, row: Any, address: str = "", request_id: str = "") -> Reader:
    """Return who holds a session, with their roles as they are now: a role taken away ends at once (I22)."""
    nobody = Reader(address=address, request_id=request_id)
    if row is None or row.person_id is None:
        return nobody
    person = connection.execute(select(Person.__table__).where(Person.id == row.person_id)).one()
    if person.suspended_at or person.erased_at:
        return nobody
    held = held_by(connection, person.id)
    owned = [each.siren for each in held if each.siren]
    acting = row.acting_for if row.acting_for in owned else (owned[0] if owned else None)
    return replace(
        nobody,
        person_id=person.id,
        ref=person.ref,
        name=person.name or "",
        held=held,
        way=row.way,
        acr=row.acr,
        acting_for=acting,
        proved_at=row.proved_at,
        rescues=tuple(connection.scalars(rescues_of(person.id))),
    )


def held_by(connection: Connection, person_id: int) -> tuple[Held, ...]:
    """Return the roles in force of a person: those held back for an establishment are not."""
    rows: Any = connection.execute(roles_of(person_id))
    return tuple(Held(row.role, row.siren) for row in rows if row.paused_at is None)


def enter(
    connection: Connection,
    session_id: int,
    person_id: int,
    way: str,
    acr: str = "",
    browser: str = "",
    *,
    proved: bool = True,
) -> str:
    """Make a session that of a person, under a new secret (no fixation); return the secret.

    `browser`: its name, by which the person will know the session again; `proved`: they have just shown who they are,
    which sensitive acts ask for.
    """
    secret, at = new_secret(), iso(now())
    values = {"digest": digest(secret), "ref": ulid(now()), "person_id": person_id, "way": way, "acr": acr}
    values["browser"] = browser
    values |= {"created_at": at, "seen_at": at, "proved_at": at if proved else None}
    connection.execute(update(Session).where(Session.id == session_id).values(**values))
    connection.execute(update(Person).where(Person.id == person_id).values(last_entry_at=at))
    return secret


def renew(connection: Connection, session_id: int) -> str:
    """Give a session a new secret after a change of rights; return it."""
    secret = new_secret()
    connection.execute(update(Session).where(Session.id == session_id).values(digest=digest(secret)))
    return secret


def keep(connection: Connection, session_id: int, data: Mapping[str, Any]) -> None:
    """Write what a session holds."""
    values = {"data": dict(data), "seen_at": iso(now())}
    connection.execute(update(Session).where(Session.id == session_id).values(**values))


def is_due(row: Any) -> bool:
    """Tell whether the last sign of life of a session should be written again."""
    return datetime.fromisoformat(row.seen_at) + SEEN_EVERY <= now()


def end(connection: Connection, person_id: int, ref: str = "", *, but: int | None = None) -> int:
    """End the session of this `ref`, or all of a person but one; return how many ended."""
    where = [Session.person_id == person_id]
    if ref:
        where.append(Session.ref == ref)
    if but is not None:
        where.append(Session.id != but)
    return connection.execute(delete(Session).where(*where)).rowcount


def leave(connection: Connection, session_id: int) -> None:
    """End one session."""
    connection.execute(delete(Session).where(Session.id == session_id))


def sweep(connection: Connection) -> int:
    """Remove the sessions whose time is over; return how many."""
    over = (Session.seen_at < iso(now() - ABSOLUTE)) | (Session.created_at < iso(now() - ABSOLUTE))
    unentered = Session.person_id.is_(None) & (Session.seen_at < iso(now() - UNENTERED))
    return connection.execute(delete(Session).where(over | unentered)).rowcount


def _alive(connection: Connection, row: Any) -> bool:
    """Tell whether a session is neither too old nor idle for too long."""
    seen, created = datetime.fromisoformat(row.seen_at), datetime.fromisoformat(row.created_at)
    if row.person_id is None:
        return seen + UNENTERED > now()
    strict = any(each.role in SHORT for each in held_by(connection, row.person_id))
    return seen + (SHORT_IDLE if strict else IDLE) > now() and created + ABSOLUTE > now()
