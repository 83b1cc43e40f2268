"""Corrections: a person's layer over what a source says. The layer beneath is never touched (`harvest.md` §15)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

import schemas
from hub.clock import today
from hub.db import db, writing
from hub.errors import BadQuery, BusySource, UnknownThing
from hub.harvest import terms
from hub.harvest.apply import apply
from hub.harvest.commit import Read, commit_page
from hub.harvest.door import Checked
from hub.harvest.ingest import context_of
from hub.harvest.projection import project
from hub.harvest.reading import layers, merge
from hub.harvest.runs import Opening, open_run
from hub.harvest.screening import refused
from hub.models import Facet, Issue, Run, Source
from schemas import Problem

WRITER = terms.WRITER
OVER = "la correction est arrivée à son terme, douze mois après avoir été posée ou gardée"
log = logging.getLogger(__name__)
Fields = Mapping[str, Any]
Told = Callable[[Connection], None]
"""What else is written in the transaction of a correction: its line in the audit log."""


@dataclass(frozen=True)
class _Layered:
    """A thing with what corrections hold of it, and what all others say."""

    lead: Any
    held: dict[str, Any]
    said: dict[str, Any]


def problems_of(hub_id: str, fields: Fields) -> list[Problem]:
    """Return the problems that a thing would have with `fields` laid over it. Raises UnknownThing, BadQuery."""
    with db.engine.connect() as connection:
        found = _layered(connection, hub_id)
    kind = found.lead.kind
    corrected = merge([fields, found.held, found.said])
    source = db.session.get_one(Source, found.lead.source_id)
    cleared = context_of(source).cleared_of(found.lead.key)
    return schemas.check(kind, corrected, today=today()) + refused(kind, fields, cleared)


def correct(hub_id: str, fields: Fields, *, reason: str, author: str, told: Told | None = None) -> Run | list[Problem]:
    """Lay `fields` over the thing `hub_id`; return the run, or the problems the corrected thing would have.

    Only the given fields are held: the others go on following the source. Raises UnknownThing, BusySource, and
    BadQuery for a thing that is gone.
    """
    if problems := problems_of(hub_id, fields):
        return problems

    def noted(connection: Connection, found: _Layered) -> None:
        terms.lay(connection, found.lead, fields, found.said)

    return _write(hub_id, lambda held: merge([fields, held]), f"{author} : {reason}", noted, told)


def withdraw(hub_id: str, field: str, *, reason: str, author: str, told: Told | None = None) -> Run | list[Problem]:
    """Hold a field no longer: what the source says of it is read again. Return the run, or the problems it would make.

    Raises what `correct` raises, and BadQuery when no correction holds the field.
    """
    with db.engine.connect() as connection:
        found = _layered(connection, hub_id)
    if field not in found.held and f"{field}_state" not in found.held:
        raise BadQuery("Aucune correction ne tient ce champ : il n'y a rien à retirer.")
    rest = _without(found.held, field)
    if problems := schemas.check(found.lead.kind, merge([rest, found.said]), today=today()):
        return problems

    def noted(connection: Connection, found: _Layered) -> None:
        terms.lift(connection, found.lead.key, field)

    return _write(hub_id, lambda held: _without(held, field), f"{author} : {reason}", noted, told)


def keep(hub_id: str, field: str, told: Told) -> None:
    """Hold a correction one more year, over what the source says today. Raises as `withdraw` does, but BusySource."""
    with writing() as connection:
        found = _layered(connection, hub_id)
        if field not in found.held and f"{field}_state" not in found.held:
            raise BadQuery("Aucune correction ne tient ce champ : il n'y a rien à garder.")
        terms.lay(connection, found.lead, [field], found.said)
        mine = (Issue.key == found.lead.key, Issue.rule == terms.REVIEW, Issue.pointer == f"/{field}")
        connection.execute(update(Issue).where(*mine, Issue.state == "open").values(state="repaired"))
        told(connection)


def end_due() -> None:
    """Withdraw the corrections whose year is over, and tell of those that end within a month."""
    with writing() as connection:
        terms.tell_ends(connection)
        over = terms.ended(connection)
    for hub_id, field in over:
        try:
            left = withdraw(hub_id, field, reason=OVER, author="Hub")
        except (BusySource, BadQuery) as error:  # tried again tomorrow
            log.info("%s.%s : %s", hub_id, field, error)
            continue
        if not isinstance(left, Run):
            log.warning("%s.%s : la fiche ne serait plus valide sans sa correction", hub_id, field)


def held_fields(hub_id: str) -> frozenset[str]:
    """Return the fields of a thing that corrections hold; none for a thing that is gone."""
    with db.engine.connect() as connection:
        return frozenset(name for row, said in layers(connection, hub_id) if row.writer == WRITER for name in said)


def _without(held: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in held.items() if name not in (field, f"{field}_state")}


def _layered(connection: Connection, hub_id: str) -> _Layered:
    found = layers(connection, hub_id)
    if found:
        held = merge([said for row, said in found if row.writer == WRITER])
        others = merge([said for row, said in found if row.writer != WRITER])
        return _Layered(next(row for row, _ in found if row.lead), held, others)
    if connection.scalar(select(Facet.id).where(Facet.hub_id == hub_id).limit(1)) is None:
        raise UnknownThing(f"Aucune fiche ne porte l'identifiant « {hub_id} ».")
    raise BadQuery("Cette fiche n'apparaît plus à la source : elle reste telle que lue et ne se corrige plus.")


def _write(
    hub_id: str,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    message: str,
    noted: Callable[[Connection, _Layered], None],
    told: Told | None,
) -> Run:
    """Write what corrections hold after `change`, by a run of the thing's source, which is then alone to write."""
    with db.engine.connect() as connection:
        lead = _layered(connection, hub_id).lead
    source = db.session.get_one(Source, lead.source_id)
    lease = open_run(source, Opening(WRITER, WRITER, WRITER, "1.0", message=message))
    with writing() as connection:
        found = _layered(connection, hub_id)
        noted(connection, found)
        commit_page(connection, lease, Read([_layer(found, change)], "1"))
        apply(connection, lease, "complete")
        if told:
            told(connection)
    return db.session.get_one(Run, lease.run_id)


def _layer(found: _Layered, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Checked:
    """Return the layer of corrections, read by those who read the thing: a draft stays one."""
    held, lead = change(found.held), found.lead
    text = schemas.canonical(held)
    return Checked(
        lead.key,
        lead.kind,
        lead.remote_id,
        "",
        [],
        data=text.decode(),
        sha256=hashlib.sha256(text).hexdigest(),
        projection=project(lead.kind, merge([held, found.said])),
        diffusion=lead.diffusion,
        public_on=lead.public_on,
        content={},  # one field of a record tells nothing of how filled records are
    )
