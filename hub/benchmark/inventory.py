"""What the hub holds, counted by kind, document and certainty, for an independent reader to compare with his own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select

from hub.db import db
from hub.models import Facet, FacetVersion

CERTAINTIES = ("affirme", "deduit", "ambigu")
"""From the surest to the least sure: a record is as sure as its weakest trace."""


def inventory() -> Counter[tuple[str, str, str]]:
    """Return how many present records there are by (kind, document of the first trace, certainty)."""
    query = select(Facet.kind, FacetVersion.data).join(FacetVersion, FacetVersion.id == Facet.reading_id)
    rows = db.session.execute(query.where(Facet.lead, Facet.presence != "gone"))
    return Counter((row.kind, *_origin(orjson.loads(row.data))) for row in rows)


def _origin(data: Mapping[str, Any]) -> tuple[str, str]:
    traces = data.get("trace") or []
    if not traces:
        return "", ""
    weakest = max(traces, key=lambda trace: CERTAINTIES.index(trace["certainty"]))
    return traces[0].get("document_id", ""), weakest["certainty"]
