"""Corrections that are proposed: nothing changes until the administration of the metropole lays one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.clock import iso, months_ago, now
from hub.db import writing
from hub.errors import BadQuery
from hub.harvest.correct import correct
from hub.harvest.notices import METROPOLE, announce
from hub.models import Facet, Proposal, Run, Source
from schemas import Problem

KEPT_MONTHS = 12
"""How long a proposal that was decided stays readable."""
Told = Callable[[Connection], None]


def propose(row: Mapping[str, Any], told: Told) -> None:
    """Write a proposal (`hub_id`, `siren`, `field`, `fields`, `reason`, `function`), and tell the metropole.

    Raises BadQuery when the same value waits already.
    """
    with writing() as connection:
        same = (Proposal.hub_id == row["hub_id"], Proposal.field == row["field"], Proposal.state == "open")
        if row["fields"] in connection.scalars(select(Proposal.fields).where(*same)).all():
            raise BadQuery("Cette valeur est déjà proposée pour ce champ : elle attend une décision.")
        values = {**row, "state": "open", "proposed_at": iso(now())}
        id_ = connection.execute(insert(Proposal).values(**values).returning(Proposal.id)).scalar_one()
        source = connection.execute(_source_of(row["hub_id"])).one()
        body = f"Une correction vous est proposée. Pour l'accepter ou la décliner : /corriger/{row['hub_id']}"
        announce(connection, source, (METROPOLE,), f"proposal:{id_}", "Correction proposée", body)
        told(connection)


def accept(proposal: Proposal, reason: str, author: str, told: Told) -> Run | list[Problem]:
    """Lay the proposed value as a correction; return the run, or the problems the thing would have.

    Raises what `correct` raises, and BadQuery for a proposal that was decided meanwhile.
    """

    def both(connection: Connection) -> None:
        _decide(connection, proposal.id, "accepted", reason)
        told(connection)

    return correct(proposal.hub_id, proposal.fields, reason=reason, author=author, told=both)


def decline(proposal: Proposal, reason: str, told: Told) -> None:
    """Close a proposal, changing nothing else. Raises BadQuery when it was decided meanwhile."""
    with writing() as connection:
        _decide(connection, proposal.id, "declined", reason)
        told(connection)


def forget(connection: Connection) -> None:
    """Remove the proposals decided long ago: the audit log keeps that they were."""
    over = (Proposal.state != "open", Proposal.decided_at < months_ago(KEPT_MONTHS))
    connection.execute(delete(Proposal).where(*over))


def _decide(connection: Connection, id_: int, state: str, answer: str) -> None:
    values = {"state": state, "decided_at": iso(now()), "answer": answer}
    waiting = (Proposal.id == id_, Proposal.state == "open")
    if connection.execute(update(Proposal).where(*waiting).values(**values)).rowcount != 1:
        raise BadQuery("Cette proposition a déjà reçu sa réponse.")


def _source_of(hub_id: str) -> Any:
    return select(Source.__table__).join(Facet, Facet.source_id == Source.id).where(Facet.hub_id == hub_id, Facet.lead)
