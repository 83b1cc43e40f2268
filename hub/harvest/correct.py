"""Corrections: a person's layer over what a source says. The layer beneath is never touched (`harvest.md` §15)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select

import schemas
from hub.clock import today
from hub.db import db, writing
from hub.errors import UnknownThing
from hub.harvest.apply import apply
from hub.harvest.commit import Read, commit_page
from hub.harvest.door import Checked
from hub.harvest.ingest import context_of
from hub.harvest.projection import project
from hub.harvest.reading import merge
from hub.harvest.runs import Opening, open_run
from hub.harvest.screening import refused
from hub.models import Facet, FacetVersion, Run, Source
from schemas import Problem

WRITER = "correction"


def correct(hub_id: str, fields: Mapping[str, Any], *, reason: str, author: str) -> Run | list[Problem]:
    """Lay `fields` over the thing `hub_id`; return the run, or the problems the corrected thing would have.

    Only the given fields are held: the others go on following the source. Raises UnknownThing, BusySource.
    """
    found = db.session.execute(
        select(Facet, FacetVersion.data, Source)
        .join(FacetVersion, Facet.reading_id == FacetVersion.id)
        .join(Source, Source.id == Facet.source_id)
        .where(Facet.hub_id == hub_id, Facet.lead)
    ).one_or_none()
    if found is None:
        raise UnknownThing(f"Aucune fiche ne porte l'identifiant « {hub_id} ».")
    facet, data, source = found
    held = merge([fields, _held(hub_id)])
    corrected = merge([held, orjson.loads(data)])
    cleared = context_of(source).cleared_of(facet.key)
    problems = schemas.check(facet.kind, corrected, today=today()) + refused(facet.kind, fields, cleared)
    if problems:
        return problems
    text = schemas.canonical(held)
    layer = Checked(
        facet.key,
        facet.kind,
        facet.remote_id,
        "",
        [],
        data=text.decode(),
        sha256=hashlib.sha256(text).hexdigest(),
        projection=project(facet.kind, corrected),
    )
    message = f"{author} : {reason}"
    lease = open_run(source, Opening(WRITER, WRITER, WRITER, "1.0", message=message))
    with writing() as connection:
        commit_page(connection, lease, Read([layer], "1"))
        apply(connection, lease, "complete")
    return db.session.get_one(Run, lease.run_id)


def _held(hub_id: str) -> dict[str, Any]:
    """The fields that earlier corrections of the thing already hold; the last one wins."""
    query = select(FacetVersion.data).join(Facet, Facet.version_id == FacetVersion.id)
    mine = query.where(Facet.hub_id == hub_id, Facet.writer == WRITER).order_by(FacetVersion.id.desc())
    return merge([orjson.loads(data) for data in db.session.scalars(mine)])
