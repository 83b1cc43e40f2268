"""The participation platforms known for the members: proposed once, decided by people ever after."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from hub.db import db
from hub.errors import BadQuery
from hub.harvest.registry import propose
from hub.models import Source

PLATFORMS = Path(__file__).resolve().parent.parent / "data" / "sources.json"
AUTHOR = "Liste des plateformes connues"


def load_platforms() -> list[str]:
    """Propose the platforms of `data/sources.json` that no source carries yet; return the slugs of those proposed.

    A source that exists is left as people made it, whatever it became; so is a place that another source reads.
    """
    known = set(db.session.scalars(select(Source.slug)))
    proposed = []
    for row in json.loads(PLATFORMS.read_text("utf-8")):
        if row["slug"] in known:
            continue
        state, comment = row.pop("state"), row.pop("comment")
        try:
            propose(row, AUTHOR, state, comment)
        except BadQuery:
            continue
        proposed.append(row["slug"])
    return proposed
