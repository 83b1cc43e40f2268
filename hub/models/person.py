"""People who work in the hub: who they are, by which ways they enter, which roles they hold (`identity.md` §6–§7)."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import iso, now
from hub.db import KEY, ROW_ID, Base
from hub.models.audience import audience


class Person(Base):
    """Someone invited. An erased person keeps the row and its `ref`, and nothing that names them.

    `recovery_by`: the coordinator who vouches that this one has lost their ways in, until `recovery_until`.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(KEY, unique=True)
    created_at: Mapped[str] = mapped_column(KEY)
    last_entry_at: Mapped[str | None] = mapped_column(KEY)
    suspended_at: Mapped[str | None] = mapped_column(KEY)
    erased_at: Mapped[str | None] = mapped_column(KEY)
    recovery_by: Mapped[str | None] = mapped_column(KEY)
    recovery_until: Mapped[str | None] = mapped_column(KEY)


class Role(Base):
    """A role held by a person, for one metropole or for the network (`siren` absent).

    `paused_at`: held back until the metropole's administration confirms the establishment `pending_siret`.
    """

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(KEY)
    siren: Mapped[str | None] = mapped_column(ForeignKey("metropole.siren"), index=True)
    granted_at: Mapped[str] = mapped_column(KEY)
    granted_by: Mapped[str | None] = mapped_column(KEY)
    paused_at: Mapped[str | None] = mapped_column(KEY)
    pending_siret: Mapped[str | None] = mapped_column(KEY)
    ended_at: Mapped[str | None] = mapped_column(KEY)


class Identity(Base):
    """What an identity provider calls a person. The key is (issuer, subject), never the e-mail address."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    provider: Mapped[str] = mapped_column(KEY)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(500))
    email: Mapped[str | None] = mapped_column(KEY)
    siret: Mapped[str | None] = mapped_column(KEY)
    created_at: Mapped[str] = mapped_column(KEY)
    last_used_at: Mapped[str | None] = mapped_column(KEY)


class Passkey(Base):
    """A passkey of a person: its public half. `alerted_at`: its counter went backwards, it may have been copied."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[str] = mapped_column(KEY)
    last_used_at: Mapped[str | None] = mapped_column(KEY)
    revoked_at: Mapped[str | None] = mapped_column(KEY)
    alerted_at: Mapped[str | None] = mapped_column(KEY)


class Establishment(Base):
    """An establishment whose agents work for a metropole: a SIREN (9 digits) or a SIRET (14), once confirmed."""

    __tablename__ = "establishment"

    code: Mapped[str] = mapped_column(KEY, primary_key=True)
    siren: Mapped[str] = mapped_column(ForeignKey("metropole.siren"), primary_key=True)
    confirmed_at: Mapped[str] = mapped_column(KEY)
    confirmed_by: Mapped[str | None] = mapped_column(KEY)


class Contact(Base):
    """A person's consent to be called: for a metropole, in a function, told to members or to all, for 12 months."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    siren: Mapped[str | None] = mapped_column(ForeignKey("metropole.siren"), index=True)
    function: Mapped[str] = mapped_column(String(200))
    diffusion: Mapped[str] = mapped_column(KEY)
    named: Mapped[bool] = mapped_column()
    consented_at: Mapped[str] = mapped_column(KEY)
    expires_at: Mapped[str] = mapped_column(KEY)
    withdrawn_at: Mapped[str | None] = mapped_column(KEY)


class Rescue(Base):
    """An operator's access of one hour to what a metropole has not published: motivated, told to its administration."""

    __tablename__ = "rescue"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    siren: Mapped[str] = mapped_column(ForeignKey("metropole.siren"))
    motive: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[str] = mapped_column(KEY)
    until: Mapped[str] = mapped_column(KEY)


def rescues_of(person_id: int) -> Select[str]:
    """The SIREN of the metropoles to which an operator has opened an access that still runs."""
    return select(Rescue.siren).where(Rescue.person_id == person_id, Rescue.until > iso(now()))


def contacts_of(person_id: int) -> Select[Contact]:
    """What a person consented to and has not withdrawn."""
    return select(Contact).where(Contact.person_id == person_id, Contact.withdrawn_at.is_(None)).order_by(Contact.id)


def contacts_read(siren: str | None = None) -> Select[Contact, Person]:
    """The contacts that the present reader may see, of one metropole or of all; withdrawn or too old, none."""
    living = (Contact.withdrawn_at.is_(None), Contact.expires_at > iso(now()), Person.suspended_at.is_(None))
    query = select(Contact, Person).join(Person, Person.id == Contact.person_id).where(*living)
    if not audience().peers:
        query = query.where(Contact.diffusion == "public")
    if siren is not None:
        query = query.where(Contact.siren == siren)
    return query.order_by(Contact.siren, Contact.function, Contact.id)


def person_of_email(email: str) -> Select[Person]:
    """The person known under an e-mail address, suspended or not."""
    return select(Person).where(Person.email == email.strip().lower(), Person.erased_at.is_(None))


def person_called(ref: str) -> Select[Person]:
    """The person of this public identifier."""
    return select(Person).where(Person.ref == ref)


def roles_of(person_id: int) -> Select[Role]:
    """The roles that a person holds today, those held back included, oldest first."""
    return select(Role).where(Role.person_id == person_id, Role.ended_at.is_(None)).order_by(Role.id)


def holders_of(role: str, siren: str | None = None) -> Select[Person]:
    """The people who hold a role, for a metropole or for the network."""
    where = Role.siren.is_(None) if siren is None else Role.siren == siren
    held = (Role.role == role, where, Role.ended_at.is_(None), Role.paused_at.is_(None))
    alive = (Person.erased_at.is_(None), Person.suspended_at.is_(None))
    return select(Person).join(Role, Role.person_id == Person.id).where(*held, *alive).order_by(Person.id)


def identities_of(person_id: int) -> Select[Identity]:
    """The identities attached to a person."""
    return select(Identity).where(Identity.person_id == person_id).order_by(Identity.id)


def identity_called(issuer: str, subject: str) -> Select[Identity]:
    """The identity that a provider calls so."""
    return select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)


def passkeys_of(person_id: int) -> Select[Passkey]:
    """The passkeys of a person that may be used."""
    return select(Passkey).where(Passkey.person_id == person_id, Passkey.revoked_at.is_(None)).order_by(Passkey.id)
