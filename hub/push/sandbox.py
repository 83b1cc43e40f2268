"""The sandbox of a client: sample records of a made-up metropole, put back whenever one likes (`push-api.md` §8)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from connectors.base import Record
from hub.db import db
from hub.harvest.secrecy import SANDBOX
from hub.models import (
    Change,
    Client,
    Facet,
    FacetVersion,
    Issue,
    Link,
    PushPart,
    PushReceipt,
    PushRevision,
    PushSnapshot,
    Run,
    RunSeen,
    Source,
    Term,
)
from hub.models.client import SANDBOX as ENVIRONMENT
from hub.models.journal import Decision, Notice
from hub.push.batch import Asked, receive
from hub.push.report import Report
from hub.push.senders import Sender
from hub.push.taken import Sent
from schemas import KINDS, schema


def reset(sender: Sender) -> Report:
    """Put the sample records back in a client's sandbox, in place of all it held; return what entered."""
    everything = Sender(sender.siren, client_id=sender.client_id, sandbox=sender.sandbox)
    sent = [Sent(rank, each) for rank, each in enumerate(samples())]
    return receive(everything, sent, Asked(first=lambda connection: _empty(connection, everything.slug)))


def reset_all() -> None:
    """Put every sandbox back, as is done each Sunday."""
    query = select(Client).where(Client.environment == ENVIRONMENT, Client.revoked_at.is_(None))
    for client in db.session.scalars(query).all():
        reset(Sender(client.siren, client_id=client.id, sandbox=client.ref))


def samples() -> list[Record]:
    """Return one record of each kind: the example of its schema."""
    return [Record(kind, f"exemple-{kind}", dict(schema(kind)["examples"][0]), "") for kind in KINDS]


def _empty(connection: Connection, slug: str) -> None:
    """Remove all that a sandbox holds: the one place of the hub where what was sent is removed, and no other source."""
    source_id = connection.scalar(select(Source.id).where(Source.slug == slug, Source.connector == SANDBOX))
    if source_id is None:
        return
    runs = select(Run.id).where(Run.source_id == source_id)
    things = select(Facet.hub_id).where(Facet.source_id == source_id)
    snapshots = select(PushSnapshot.id).where(PushSnapshot.source_id == source_id)
    for table, mine in (
        (Term, Term.hub_id.in_(things)),
        (Link, Link.source_id == source_id),
        (Change, Change.run_id.in_(runs)),
        (RunSeen, RunSeen.run_id.in_(runs)),
        (Issue, Issue.source_id == source_id),
        (PushPart, PushPart.snapshot_id.in_(snapshots)),
        (PushSnapshot, PushSnapshot.source_id == source_id),
        (PushReceipt, PushReceipt.run_id.in_(runs)),
        (PushRevision, PushRevision.source_id == source_id),
        (Decision, Decision.source_id == source_id),
        (Notice, Notice.source_id == source_id),
        (Facet, Facet.source_id == source_id),
        (FacetVersion, FacetVersion.run_id.in_(runs)),
        (Run, Run.source_id == source_id),
    ):
        connection.execute(delete(table).where(mine))
