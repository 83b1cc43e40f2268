"""What a dry run says beside the report: of each record that would change, what was there and what would be (§8)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, select

from hub.harvest.reading import differing
from hub.models import Facet, FacetVersion
from hub.models.said import said
from hub.push.taken import Taken


def compare(connection: Connection, source_id: int, writer: str, taken: Sequence[Taken]) -> None:
    """Tell each of these records, which their writer said otherwise before, field by field what it changes.

    A field that is not stated has no value there; null is a value, whose reason stands in the field's `_state`.
    """
    names = [each.checked.name for each in taken]
    stood = {row.version_id: row.key for row in said(connection, source_id, writer, names, Facet.key, Facet.version_id)}
    rows = connection.execute(select(FacetVersion.id, FacetVersion.data).where(FacetVersion.id.in_(stood)))
    told = {stood[row.id]: orjson.loads(row.data) for row in rows}
    for each in taken:
        sides = {"before": told[each.key], "after": orjson.loads(each.data)}
        each.changes = [
            {"field": name, **{side: data[name] for side, data in sides.items() if name in data}}
            for name in differing(*sides.values())
        ]
