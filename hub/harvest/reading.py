"""Reading a thing: its facets field by field, correction before push before harvest (`harvest.md` §15)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, exists, func, insert, select, update

import schemas
from hub.harvest.derive import LINKS
from hub.harvest.projection import project
from hub.harvest.runs import Lease
from hub.models import Facet, FacetVersion
from hub.models.facet import RANKS, VERSIONS_PER_RUN, bearer_of, bears_name_of, written_by


def merge(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one reading of `layers`, given first-read first: each field is the first layer's that states it.

    A figure moves with its state: a layer that says `x` or `x_state` gives both, so that a correction of a number
    never borrows the state of another layer.
    """
    reading: dict[str, Any] = {}
    for layer in layers:
        taken = set(reading)
        for field, value in layer.items():
            partner = field.removesuffix("_state") if field.endswith("_state") else f"{field}_state"
            if field not in taken and partner not in taken:
                reading[field] = value
    return reading


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the fields that two sayings do not state alike: null is stated, with its reason; what is absent is not."""
    return sorted(
        name for name in {*before, *after} if (name in before, before.get(name)) != (name in after, after.get(name))
    )


def are_new(connection: Connection, lease: Lease) -> bool:
    """Tell whether nothing was ever said of all that a run wrote: no reading to compute, no facet to look for."""
    known = exists().where(bears_name_of(FacetVersion, lease.source_id)).correlate(FacetVersion)
    return connection.scalar(select(FacetVersion.id).where(written_by(lease.run_id), known).limit(1)) is None


def reread(connection: Connection, lease: Lease, rank: int) -> int:
    """Compute again the reading of each thing this run touched that has several layers; return the next free rank."""
    touched = (written_by(lease.run_id), FacetVersion.void.is_(False))
    same = Facet.id == bearer_of(FacetVersion, lease.source_id)
    things = select(Facet.hub_id).join_from(FacetVersion, Facet, same).where(*touched)
    layered = select(Facet.hub_id).where(Facet.hub_id.in_(things)).group_by(Facet.hub_id).having(func.count() > 1)
    for hub_id in connection.scalars(layered).all():
        rank += 1
        write_reading(connection, lease, hub_id, lease.run_id * VERSIONS_PER_RUN + rank)
    return rank


def layers(connection: Connection, hub_id: str) -> list[tuple[Any, dict[str, Any]]]:
    """Return (facet, what it says) of each layer still present, the first read first; `[]` for a thing that is gone."""
    rows = connection.execute(
        select(Facet.__table__, FacetVersion.data)
        .join(FacetVersion, Facet.version_id == FacetVersion.id)
        .where(Facet.hub_id == hub_id, Facet.presence != "gone")
    ).all()
    lead = next((row for row in rows if row.lead), None)
    if lead is None:
        return []
    rows = sorted(rows, key=lambda row: (RANKS[row.writer], row.key != lead.key, row.id))
    return [(row, _of_thing(lead, row)) for row in rows]


def write_reading(connection: Connection, lease: Lease, hub_id: str, version_id: int) -> None:
    """Write the reading of a thing, and what lists need of it. A thing that is gone keeps the one it had."""
    found = layers(connection, hub_id)
    if not found:
        return
    lead = next(row for row, _ in found if row.lead)
    data = merge([said for _, said in found])
    text = schemas.canonical(data)
    projection = project(lead.kind, data)._asdict()
    version = {
        "id": version_id,
        "run_id": lease.run_id,
        "key": lead.key,
        "kind": lead.kind,
        "remote_id": lead.remote_id,
        "writer": "reading",
        "sha256": hashlib.sha256(text).hexdigest(),
        "data": text.decode(),
        "void": True,
    }
    connection.execute(insert(FacetVersion), version | projection)
    connection.execute(update(Facet).where(Facet.id == lead.id).values(reading_id=version_id, **projection))


def _of_thing(lead: Any, row: Any) -> dict[str, Any]:
    """What a layer says of the thing; the links it states name records of its own source, which the lead may not be."""
    said: dict[str, Any] = orjson.loads(row.data)
    if row.source_id == lead.source_id:
        return said
    return {field: value for field, value in said.items() if field not in LINKS and field != "subject"}
