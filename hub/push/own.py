"""What a metropole has deposited by files, as rows to be corrected and deposited again (`push-api.md` §12, P42)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Select, func, select

from connectors.sheet_cells import Cell, written
from connectors.sheet_cells import row_of as cells_of
from hub.db import db
from hub.models import Facet, FacetVersion, Source
from hub.push.senders import Sender
from schemas.columns import SHEETS, columns_of


def deposited(sender: Sender, kind: str) -> list[Mapping[str, Cell]]:
    """Return the rows of the records of a kind that a metropole's own files hold, those it withdrew left out.

    Only the layer of files: what the API sent, sent again by a file, would be a second word on the same thing.
    """
    rows: list[Mapping[str, Cell]] = []
    for remote_id, data, diffusion, public_on in db.session.execute(_layer(sender, kind)):
        around = {"remote_id": remote_id, "diffusion": diffusion, "public_on": public_on}
        envelope = {
            column.name: written(column, around[column.key])
            for column in columns_of(kind)
            if column.envelope and around.get(column.key) is not None
        }
        rows.append(envelope | cells_of(kind, orjson.loads(data)))
    return rows


def said_of(sender: Sender, kind: str, remote_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the data that a metropole's own files hold of these records, by identifier."""
    query = _layer(sender, kind).where(Facet.remote_id.in_(list(remote_ids)))
    return {remote_id: orjson.loads(data) for remote_id, data, *_ in db.session.execute(query)}


def deposited_counts(sender: Sender) -> Counter[str]:
    """Return how many records of each kind a metropole's own files hold."""
    return Counter({kind: number for kind in SHEETS if (number := _number(sender, kind))})


def _number(sender: Sender, kind: str) -> int:
    rows = _layer(sender, kind).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def _layer(sender: Sender, kind: str) -> Select[str, str, str | None, str | None]:
    """The records that a sender's own layer holds, of its metropole alone."""
    return (
        select(Facet.remote_id, FacetVersion.data, FacetVersion.diffusion, FacetVersion.public_on)
        .join(Source, Source.id == Facet.source_id)
        .join(FacetVersion, FacetVersion.id == Facet.version_id)
        .where(Source.slug == sender.slug, Source.siren == sender.siren, Facet.kind == kind)
        .where(Facet.writer == sender.writer, Facet.presence != "gone")
        .order_by(Facet.remote_id)
    )
