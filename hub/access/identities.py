"""From what an identity provider says to a person of the hub: known, invited, moved, or not attached (§4, §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.access import people
from hub.clock import iso, now
from hub.errors import BadQuery
from hub.models.metropole import Metropole
from hub.models.person import (
    Establishment,
    Identity,
    Person,
    Role,
    identities_of,
    identity_called,
    person_of_email,
    roles_of,
)

LA_POSTE = "356000000"
"""The SIREN whose establishments do not all pass Luhn's key: the sum of their digits is a multiple of 5 (INSEE)."""


@dataclass(frozen=True)
class Claims:
    """What a provider said, checked: the key is (issuer, subject)."""

    provider: str
    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    siret: str = ""
    acr: str = ""

    def as_row(self) -> dict[str, str]:
        """Return the claims as plain values, to be kept with a session or a link."""
        return asdict(self)


def known(connection: Connection, claims: Claims) -> int | None:
    """Return the id of the person to whom this identity is attached, or None. Its use is dated; a move is noticed.

    A suspended person is not known.
    """
    same = identity_called(claims.issuer, claims.subject).join(Person).where(Person.suspended_at.is_(None))
    row = connection.execute(same).one_or_none()
    if row is None:
        return None
    values = {"last_used_at": iso(now()), "siret": claims.siret or row.siret}
    connection.execute(update(Identity).where(Identity.id == row.id).values(**values))
    if claims.siret and row.siret and claims.siret != row.siret:
        people.move(connection, row.person_id, claims.siret)
    return int(row.person_id)


def attach(connection: Connection, person_id: int, claims: Claims) -> None:
    """Attach an identity to a person. Raises BadQuery when it is somebody's already."""
    if connection.execute(identity_called(claims.issuer, claims.subject)).first() is not None:
        raise BadQuery("Cette identité est déjà rattachée à un compte de ce hub.")
    row = {"person_id": person_id, "provider": claims.provider, "issuer": claims.issuer, "subject": claims.subject}
    row |= {"email": claims.email.lower() or None, "siret": claims.siret or None}
    connection.execute(insert(Identity).values(**row, created_at=iso(now()), last_used_at=iso(now())))


def mover(connection: Connection, claims: Claims) -> str | None:
    """Return the address of the known person who seems to have changed provider: same e-mail and same SIRET."""
    if not claims.email or not claims.siret:
        return None
    alive = person_of_email(claims.email).where(Person.suspended_at.is_(None))
    person = connection.execute(alive.with_only_columns(Person.id, Person.email)).one_or_none()
    if person is None:
        return None
    sirets = set(connection.scalars(identities_of(person.id).with_only_columns(Identity.siret)))
    return person.email if claims.siret in sirets else None


def is_siret(text: str) -> bool:
    """Tell whether a text is a SIRET: 14 digits that pass Luhn's key (ISO/IEC 7812-1), La Poste's own rule aside."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(figure) for figure in text]
    if text.startswith(LA_POSTE) and sum(digits) % 5 == 0:
        return True
    doubled = [figure * 2 - 9 * (figure > 4) if place % 2 == 0 else figure for place, figure in enumerate(digits)]
    return sum(doubled) % 10 == 0


def works_for(connection: Connection, siret: str, siren: str) -> bool:
    """Tell whether an establishment works for a metropole: its own SIREN, or one that somebody listed."""
    if not is_siret(siret):
        return False
    if siret[:9] == siren:
        return True
    listed = select(Establishment.code).where(Establishment.siren == siren, Establishment.code.in_((siret, siret[:9])))
    return connection.scalar(listed) is not None


def metropole_of(connection: Connection, siret: str) -> str | None:
    """Return the SIREN of the metropole for which an establishment works, or None."""
    sirens = connection.scalars(select(Metropole.siren).order_by(Metropole.siren)).all()
    return next((siren for siren in sirens if works_for(connection, siret, siren)), None)


def confirm(connection: Connection, siret: str, siren: str, by: str) -> list[int]:
    """List an establishment for a metropole; return the ids of the roles that were waiting for it."""
    if not works_for(connection, siret, siren):
        row = {"code": siret, "siren": siren, "confirmed_at": iso(now()), "confirmed_by": by}
        connection.execute(insert(Establishment).values(**row))
    waiting = (Role.pending_siret == siret, Role.siren == siren, Role.paused_at.is_not(None))
    return list(connection.scalars(select(Role.id).where(*waiting, Role.ended_at.is_(None))))


def unknown_to(connection: Connection, person_id: int, siren: str) -> str | None:
    """Return the SIRET that providers give of a person, when none of theirs works for the metropole; None otherwise."""
    sirets = [
        siret for siret in connection.scalars(identities_of(person_id).with_only_columns(Identity.siret)) if siret
    ]
    return None if any(works_for(connection, siret, siren) for siret in sirets) else next(iter(sirets[-1:]), None)


def unconfirmed(connection: Connection, person_id: int) -> Sequence[Any]:
    """Return (pending_siret, siren, name of the metropole) for each role of a person that waits for a confirmation."""
    waiting = roles_of(person_id).join(Metropole, Metropole.siren == Role.siren).where(Role.paused_at.is_not(None))
    return connection.execute(waiting.with_only_columns(Role.pending_siret, Role.siren, Metropole.name)).all()
