"""People and their roles: written, ended, suspended, exported, erased, each with its line in the audit log (§6–§7)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, delete, insert, select, update

from hub.access import audit, sessions
from hub.access.reader import Reader
from hub.access.rights import COORDINATION, OF_A_METROPOLE, ROLE_LABELS
from hub.clock import iso, months_ago, now, ulid
from hub.errors import BadQuery
from hub.models.client import Client
from hub.models.entry import EntryLink, Invitation, Session
from hub.models.person import Contact, Identity, Passkey, Person, Rescue, Role, holders_of, roles_of

RECOVERY = timedelta(hours=24)
"""How long a coordinator's word for another one holds."""
_EMAIL = re.compile(r"(?!.*=\?)[^\s@<>()\[\],;:\"«»]{1,64}@[^\s@<>()\[\],;:\"«»]{1,190}\.[^\s@<>()\[\],;:\"«».]{2,63}")


def address(text: str) -> str:
    """Return an e-mail address as it is kept, in lower case. Raises BadQuery."""
    found = text.strip().lower()
    if not _EMAIL.fullmatch(found):
        raise BadQuery("Adresse de courriel : une adresse comme « prenom.nom@metropole.fr » est attendue.")
    return found


def create(connection: Connection, name: str, email: str) -> int:
    """Write a person whose address nobody holds; return their id."""
    row = {"ref": ulid(now()), "name": " ".join(name.split()), "email": email, "created_at": iso(now())}
    return connection.execute(insert(Person).values(**row).returning(Person.id)).scalar_one()


def grant(
    connection: Connection, by: Reader, person_id: int, role: str, siren: str | None, pending_siret: str | None = None
) -> None:
    """Give a role; one held already is not given twice. `pending_siret` holds it back until it is confirmed.

    Raises BadQuery for a role of a metropole without one, or the contrary.
    """
    if role not in ROLE_LABELS or (role in OF_A_METROPOLE) != (siren is not None):
        raise BadQuery(
            "Rôle : un rôle de métropole avec sa métropole, ou un rôle du réseau sans métropole, est attendu."
        )
    same = roles_of(person_id).where(Role.role == role, Role.siren.is_(None) if siren is None else Role.siren == siren)
    if connection.execute(same).first() is not None:
        return
    at = iso(now())
    row = {"ref": ulid(now()), "person_id": person_id, "role": role, "siren": siren, "granted_at": at}
    row |= {"granted_by": by.ref or None, "paused_at": at if pending_siret else None, "pending_siret": pending_siret}
    connection.execute(insert(Role).values(**row))
    audit.write(connection, by, "grant_role", _ref(connection, person_id), siren=siren, after=[role, siren])


def end_role(connection: Connection, by: Reader, role: Any, motive: str = "") -> None:
    """End a role now; the other sessions of the person end with it."""
    connection.execute(update(Role).where(Role.id == role.id, Role.ended_at.is_(None)).values(ended_at=iso(now())))
    sessions.end(connection, role.person_id)
    thing = _ref(connection, role.person_id)
    audit.write(connection, by, "end_role", thing, siren=role.siren, before=[role.role, role.siren], motive=motive)


def move(connection: Connection, person_id: int, siret: str) -> None:
    """Hold back the roles of a person whose establishment has changed, until their administration confirms it."""
    moved = {"paused_at": iso(now()), "pending_siret": siret}
    theirs = (Role.person_id == person_id, Role.role.in_(OF_A_METROPOLE), Role.ended_at.is_(None))
    connection.execute(update(Role).where(*theirs).values(**moved))


def confirm(connection: Connection, by: Reader, role: Any) -> None:
    """Let a role held back be used: its establishment works for the metropole."""
    connection.execute(update(Role).where(Role.id == role.id).values(paused_at=None))
    thing = _ref(connection, role.person_id)
    audit.write(connection, by, "confirm_siret", thing, siren=role.siren, after=role.pending_siret)


def rename(connection: Connection, by: Reader, name: str) -> None:
    """Correct the name of the person who asks. Raises BadQuery."""
    if not 0 < len(name.strip()) <= 200:
        raise BadQuery("Nom : de 1 à 200 caractères sont attendus.")
    connection.execute(update(Person).where(Person.id == by.person_id).values(name=" ".join(name.split())))
    audit.write(connection, by, "account", by.ref)


def vouch(connection: Connection, by: Reader, person_id: int) -> None:
    """Say, as a coordinator, that another one has lost their ways in: an operator may then give a link (§5)."""
    values = {"recovery_by": by.ref, "recovery_until": iso(now() + RECOVERY)}
    connection.execute(update(Person).where(Person.id == person_id).values(**values))
    audit.write(connection, by, "invite_administrators", _ref(connection, person_id), after="recovery")


def may_recover(connection: Connection, person_id: int) -> bool:
    """Tell whether the machine may give a person a link: a coordinator needs the word of another, if there is one."""
    coordinators = set(connection.scalars(holders_of(COORDINATION).with_only_columns(Person.id)))
    if person_id not in coordinators or coordinators == {person_id}:
        return True
    vouched = select(Person.id).where(Person.id == person_id, Person.recovery_until > iso(now()))
    return connection.scalar(vouched) is not None


def held_of(connection: Connection, person_id: int) -> dict[str, Any]:
    """Return every row that holds this person, by table: what « Mes données » shows and exports.

    Secrets are not in it: only digests of them are stored, and those say nothing.
    """
    found: dict[str, Any] = {}
    for table, column in PERSONAL.items():
        rows = connection.execute(select(table.__table__).where(column == person_id)).mappings()
        hidden = ("digest", "browser", "code", "data") if table in (Session, EntryLink) else ("digest",)
        found[table.__tablename__] = [
            {name: value for name, value in row.items() if name not in hidden} for row in rows
        ]
    return found


def erase(connection: Connection, by: Reader, person_id: int) -> None:
    """Erase a person: no name, e-mail or identity stays but in the audit log; what they wrote stays, without a name."""
    ref, at = _ref(connection, person_id), iso(now())
    audit.write(connection, by, "erase_account", ref)
    email = connection.scalar(select(Person.email).where(Person.id == person_id))
    for table in (Session, EntryLink, Identity, Passkey, Contact):
        connection.execute(delete(table).where(PERSONAL[table] == person_id))
    mine = (Invitation.person_id == person_id) | (Invitation.email == email)
    connection.execute(update(Invitation).where(mine).values(email=None))
    connection.execute(update(Client).where(Client.contact == email).values(contact=None))
    ended = {"ended_at": at, "pending_siret": None}
    connection.execute(update(Role).where(Role.person_id == person_id, Role.ended_at.is_(None)).values(**ended))
    connection.execute(update(Role).where(Role.person_id == person_id).values(pending_siret=None))
    gone = {"name": None, "email": None, "erased_at": at, "suspended_at": at}
    connection.execute(update(Person).where(Person.id == person_id).values(**gone))


def age(connection: Connection, by: Reader) -> tuple[int, int]:
    """Suspend, then erase, who has not entered for as long as the settings say; return how many of each."""
    last = Person.last_entry_at
    gone = select(Person.id).where(last < months_ago(current_app.config["ERASE_MONTHS"]), Person.erased_at.is_(None))
    erased = connection.scalars(gone).all()
    for person_id in erased:
        erase(connection, by, person_id)
    idle = (last < months_ago(current_app.config["SUSPEND_MONTHS"]), Person.suspended_at.is_(None))
    suspended = connection.execute(update(Person).where(*idle).values(suspended_at=iso(now()))).rowcount
    return suspended, len(erased)


PERSONAL: dict[type[Any], Any] = {
    Person: Person.id,
    Role: Role.person_id,
    Identity: Identity.person_id,
    Passkey: Passkey.person_id,
    Session: Session.person_id,
    EntryLink: EntryLink.person_id,
    Invitation: Invitation.person_id,
    Contact: Contact.person_id,
    Rescue: Rescue.person_id,
    Client: Client.created_by,
}
"""Every table that holds people, with the column that names the person: export and erasure walk through it (C4)."""


def _ref(connection: Connection, person_id: int) -> str:
    return connection.execute(select(Person.ref).where(Person.id == person_id)).scalar_one()
