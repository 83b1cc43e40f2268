"""Invitations: the only way to an account. For 14 days, once, through any way in (`identity.md` §7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.access import audit, identities, people
from hub.access.identities import Claims
from hub.access.reader import Reader
from hub.access.rights import ADMINISTRATION, AGENT, OF_A_METROPOLE, OPERATION
from hub.access.sessions import digest, new_secret
from hub.clock import iso, now, ulid
from hub.errors import BadQuery, UnknownThing
from hub.models.entry import Invitation
from hub.models.person import person_of_email

LASTS = timedelta(days=14)
VERB = {AGENT: "invite_agents"}
"""The right that inviting to a role asks for; « invite_administrators » for the others."""


def verb_for(role: str) -> str:
    """Return the right that is needed to invite to a role."""
    return VERB.get(role, "invite_administrators")


def invite(connection: Connection, by: Reader, role: str, siren: str | None, email: str | None) -> str:
    """Write an invitation and return its secret, which nothing keeps. Raises BadQuery.

    Without an address, whoever holds the secret is invited: for the first operator only.
    """
    if email is None and role != OPERATION:
        raise BadQuery("Adresse de courriel : elle est nécessaire pour inviter.")
    if (role in OF_A_METROPOLE) != (siren is not None):
        raise BadQuery("Invitation : une métropole est attendue pour ce rôle, et pour lui seul.")
    secret, at = new_secret(), now()
    row = {"ref": ulid(at), "digest": digest(secret), "role": role, "siren": siren, "author": by.ref or None}
    row |= {"email": people.address(email) if email else None, "created_at": iso(at), "expires_at": iso(at + LASTS)}
    connection.execute(insert(Invitation).values(**row))
    audit.write(connection, by, verb_for(role), f"invitation:{row['ref']}", siren=siren, after=[role, siren])
    return secret


def behind(connection: Connection, secret: str) -> Any:
    """Return the invitation that a secret opens. Raises UnknownThing: used, withdrawn, altered look alike."""
    living = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > iso(now()))
    found = connection.execute(
        select(Invitation.__table__).where(Invitation.digest == digest(secret), *living)
    ).one_or_none()
    if found is None:
        raise UnknownThing("Cette invitation n'est plus valable : demandez-en une nouvelle à qui vous l'a envoyée.")
    return found


def accept(
    connection: Connection, by: Reader, secret: str, name: str, email: str | None = None, claims: Claims | None = None
) -> int:
    """Accept an invitation, once, as who has entered, or as somebody new; return the person's id.

    `claims`: the identity by which somebody new comes, attached to them. The role is held back while the
    establishment that their providers name is not known to work for the metropole.
    Raises UnknownThing when somebody was faster, BadQuery without a name or for an address that has an account.
    """
    found = behind(connection, secret)
    person_id = by.person_id or _newcomer(connection, name, found.email or people.address(email or ""))
    if claims is not None:
        identities.attach(connection, person_id, claims)
    taken = update(Invitation).where(Invitation.id == found.id, Invitation.accepted_at.is_(None))
    if connection.execute(taken.values(accepted_at=iso(now()), person_id=person_id)).rowcount != 1:
        raise UnknownThing("Cette invitation vient d'être acceptée.")
    unknown = identities.unknown_to(connection, person_id, found.siren) if found.siren else None
    people.grant(connection, by, person_id, found.role, found.siren, unknown)
    return person_id


def _newcomer(connection: Connection, name: str, email: str) -> int:
    """Write somebody new. An invitation opens no account that exists: its letter may have been read by others."""
    if connection.execute(person_of_email(email)).first() is not None:
        raise BadQuery("Un compte existe déjà pour cette adresse : entrez d'abord, puis rouvrez l'invitation.")
    if not 0 < len(name.strip()) <= 200:
        raise BadQuery("Nom : de 1 à 200 caractères sont attendus.")
    return people.create(connection, name, email)


def withdraw(connection: Connection, by: Reader, invitation: Any) -> None:
    """Withdraw an invitation that nobody has accepted yet."""
    waiting = update(Invitation).where(Invitation.id == invitation.id, Invitation.accepted_at.is_(None))
    connection.execute(waiting.values(revoked_at=iso(now())))
    thing = f"invitation:{invitation.ref}"
    audit.write(
        connection, by, verb_for(invitation.role), thing, siren=invitation.siren, before="open", after="revoked"
    )


def may_invite(by: Reader, role: str, siren: str | None) -> str:
    """Return the scope in which `by` may invite to a role. Raises Forbidden, ProofNeeded."""
    return by.demand(verb_for(role), siren if role in (AGENT, ADMINISTRATION) else None)
