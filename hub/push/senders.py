"""Who sends, and the source that what they send belongs to: one of the metropole, or a client's sandbox (§2, §8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from hub.db import db, insertion_of
from hub.harvest.door import Context
from hub.harvest.ingest import context_of
from hub.harvest.secrecy import SANDBOX
from hub.models import Metropole, Source
from hub.models.source import source_called
from schemas import KINDS

NAME, VERSION = "push", "1.0"
"""The connector that a source of sendings names; one of tries names `SANDBOX`."""
DRAFT = "brouillon"


@dataclass(frozen=True)
class Sender:
    """Who writes, for the metropole `siren` alone. `sandbox`: the client (`ref`) whose tries these are.

    `writer` names the layer and the trigger of runs: `push`, or `upload` for a person's file; `kinds` what may be sent.
    """

    siren: str
    writer: str = "push"
    client_id: int | None = None
    sandbox: str | None = None
    kinds: frozenset[str] = frozenset(KINDS)
    author: str | None = None

    @cached_property
    def slug(self) -> str:
        """Return the slug of the source that it writes to. Raises NoResultFound for an unknown metropole.

        Asked for before a transaction begins: one that waits for a second connection would make the others wait too.
        """
        if self.sandbox:
            return f"essai-{self.sandbox.lower()}"
        short = db.session.execute(select(Metropole.slug).where(Metropole.siren == self.siren)).scalar_one()
        return f"envois-{short}"


def source_of(sender: Sender) -> Source | None:
    """Return the source that a sender writes to; None before the first sending."""
    return db.session.scalar(source_called(sender.slug))


def sure_source(connection: Connection, sender: Sender) -> Source:
    """Return the same, written on the first sending: nothing of a sandbox is ever public, nor of any metropole."""
    slug = sender.slug
    name = connection.scalar(select(Metropole.name).where(Metropole.siren == sender.siren))
    row: dict[str, Any] = {"slug": slug, "siren": sender.siren, "connector": NAME, "state": "accepted"}
    row |= {"name": f"Envois de la métropole ({name})", "diffusion": "public"}
    if sender.sandbox:
        row |= {"siren": None, "connector": SANDBOX, "state": "draft", "diffusion": DRAFT, "name": "Bac à sable"}
    query = select(Source.__table__).where(Source.slug == slug)
    found = connection.execute(query).one_or_none()
    if found is None:
        first = insertion_of(connection, Source).values(row)
        connection.execute(first.on_conflict_do_nothing())  # two may be the first
        found = connection.execute(query).one()
    return Source(**found._mapping)


def door_of(sender: Sender) -> Context:
    """Return what the door knows of a sender: its metropole, what a person cleared; codes are the network's already."""
    known = source_of(sender)
    source = Source(id=known and known.id, slug=sender.slug, siren=sender.siren, options=known.options if known else {})
    return replace(context_of(source, masks=False), words={})
