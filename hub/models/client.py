"""Programs that write or read by the API for a metropole: who they are, their secrets, tokens and used assertions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import iso, now
from hub.db import KEY, ROW_ID, Base

PRODUCTION, SANDBOX = "production", "sandbox"
ENVIRONMENT_LABELS = {PRODUCTION: "Production", SANDBOX: "Bac à sable"}


class Client(Base):
    """A program of one metropole. `ref` is its public identifier (OAuth `client_id`).

    `scopes`, `kinds`: the most that its tokens may carry. `ranges`: the networks it may call from, all when absent.
    `jwks`: its public keys, typed or last read at `jwks_url`, at `jwks_read_at` (`push-api.md` §2).
    """

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    siren: Mapped[str] = mapped_column(ForeignKey("metropole.siren"), index=True)
    environment: Mapped[str] = mapped_column(KEY)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    ranges: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    contact: Mapped[str | None] = mapped_column(KEY)
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    jwks_url: Mapped[str | None] = mapped_column(String(2000))
    jwks_read_at: Mapped[str | None] = mapped_column(KEY)
    created_at: Mapped[str] = mapped_column(KEY)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    last_used_at: Mapped[str | None] = mapped_column(KEY)
    suspended_at: Mapped[str | None] = mapped_column(KEY)
    revoked_at: Mapped[str | None] = mapped_column(KEY)


class ClientSecret(Base):
    """A secret of a client: its sha256, and until when it works. `told_days`: the last reminder of its end, in days."""

    __tablename__ = "client_secret"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    ref: Mapped[str] = mapped_column(KEY, unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    digest: Mapped[str] = mapped_column(KEY, unique=True)
    created_at: Mapped[str] = mapped_column(KEY)
    last_used_at: Mapped[str | None] = mapped_column(KEY)
    ends_at: Mapped[str] = mapped_column(KEY, index=True)
    told_days: Mapped[int | None] = mapped_column(Integer)


class ClientToken(Base):
    """An access token: its sha256, and what it may do until when. `secret_id`: the secret that it was given for."""

    __tablename__ = "client_token"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    digest: Mapped[str] = mapped_column(KEY, unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    secret_id: Mapped[int | None] = mapped_column(ForeignKey("client_secret.id"), index=True)
    scope: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[str] = mapped_column(KEY)
    expires_at: Mapped[str] = mapped_column(KEY, index=True)
    revoked_at: Mapped[str | None] = mapped_column(KEY)


class ClientAssertion(Base):
    """An assertion that has served: the sha256 of its client and `jti`, until it expires (RFC 7523 §3)."""

    __tablename__ = "client_assertion"

    digest: Mapped[str] = mapped_column(KEY, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    expires_at: Mapped[str] = mapped_column(KEY, index=True)


def client_called(ref: str) -> Select[Client]:
    """The client of this public identifier, whatever its state."""
    return select(Client).where(Client.ref == ref)


def clients_of(*sirens: str) -> Select[Client]:
    """The clients of these metropoles, of all without any; those revoked last."""
    query = select(Client).order_by(Client.revoked_at.is_not(None), Client.siren, Client.name, Client.id)
    return query.where(Client.siren.in_(sirens)) if sirens else query


def secrets_of(client_id: int) -> Select[ClientSecret]:
    """The secrets of a client, those that no longer work included, oldest first."""
    return select(ClientSecret).where(ClientSecret.client_id == client_id).order_by(ClientSecret.id)


def living_secrets(client_id: int) -> Select[ClientSecret]:
    """The secrets of a client that work today."""
    return secrets_of(client_id).where(ClientSecret.ends_at > iso(now()))
