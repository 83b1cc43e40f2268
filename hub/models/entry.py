"""What lets people in, for a time: sessions, invitations, one-use links. Only digests of their secrets are stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.db import KEY, ROW_ID, Base


class Session(Base):
    """A browser's session: the cookie holds 256 random bits, the row their sha256 (`identity.md` §8)."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    digest: Mapped[str] = mapped_column(KEY, unique=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    way: Mapped[str] = mapped_column(KEY, default="")
    acr: Mapped[str] = mapped_column(KEY, default="")
    acting_for: Mapped[str | None] = mapped_column(KEY)
    browser: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[str] = mapped_column(KEY)
    seen_at: Mapped[str] = mapped_column(KEY, index=True)
    proved_at: Mapped[str | None] = mapped_column(KEY)


class Invitation(Base):
    """An invitation to one role, for 14 days, once; accepted through any way in."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    digest: Mapped[str] = mapped_column(KEY, unique=True)
    email: Mapped[str | None] = mapped_column(KEY)
    role: Mapped[str] = mapped_column(KEY)
    siren: Mapped[str | None] = mapped_column(ForeignKey("metropole.siren"), index=True)
    author: Mapped[str | None] = mapped_column(KEY)
    created_at: Mapped[str] = mapped_column(KEY)
    expires_at: Mapped[str] = mapped_column(KEY)
    accepted_at: Mapped[str | None] = mapped_column(KEY)
    revoked_at: Mapped[str | None] = mapped_column(KEY)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class EntryLink(Base):
    """A one-use link: to enter (`way` « lien » by mail, « console » from the machine), or to attach `identity`.

    Asked for an address that nobody holds, it has no person and opens nothing: the answer is the same.
    """

    __tablename__ = "entry_link"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    digest: Mapped[str] = mapped_column(KEY, unique=True)
    way: Mapped[str] = mapped_column(KEY)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    browser: Mapped[str | None] = mapped_column(KEY)
    code: Mapped[str | None] = mapped_column(KEY)
    wrong_codes: Mapped[int] = mapped_column(Integer, default=0)
    identity: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[str] = mapped_column(KEY)
    expires_at: Mapped[str] = mapped_column(KEY)
    used_at: Mapped[str | None] = mapped_column(KEY)


def sessions_of(person_id: int) -> Select[Session]:
    """The open sessions of a person, the last seen first."""
    return select(Session).where(Session.person_id == person_id).order_by(Session.seen_at.desc(), Session.id.desc())


def invitations_for(siren: str | None) -> Select[Invitation]:
    """The invitations to roles of a metropole, or of the network, newest first."""
    where = Invitation.siren.is_(None) if siren is None else Invitation.siren == siren
    return select(Invitation).where(where).order_by(Invitation.id.desc())
