"""What a reader sees of counts of persons (`compliance.md` §3): where one is hidden, its state is « masque »."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import select

import schemas
from hub.db import db
from hub.models.audience import audience
from hub.models.derived import HiddenCount

MASKED = "masque"
COUNTED = ("observation", "meeting")
"""The kinds that state counts of persons."""
BESIDE = {"quantity": ("denominator",)}
"""What goes with a figure: the whole of a share gives its part away."""
_BELOW = "_below"
_BLOCK = 500

Fields = Mapping[str, bool]
"""The hidden fields of a record; True where « < 11 » may be said."""


def threshold() -> int:
    """Return under how many persons a count is hidden from the present reader: members see more than the public."""
    name = "SMALL_COUNT_PEERS" if audience().peers else "SMALL_COUNT_PUBLIC"
    return int(current_app.config[name])


def hidden_in(hub_ids: Iterable[str]) -> Mapping[str, Fields]:
    """Return the fields hidden from the present reader, of each of these things that has any."""
    ids, limit = list(hub_ids), threshold()
    found: dict[str, dict[str, bool]] = {}
    for start in range(0, len(ids), _BLOCK):
        block = HiddenCount.hub_id.in_(ids[start : start + _BLOCK])
        chosen = select(HiddenCount.hub_id, HiddenCount.field, HiddenCount.alone)
        for hub_id, field, alone in db.session.execute(chosen.where(block, HiddenCount.threshold == limit)):
            found.setdefault(hub_id, {})[field] = alone
    return found


def without(data: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Return the data as its reader sees them: a hidden figure has no value, and a state that says so."""
    gone = {name for field in fields for name in BESIDE.get(field, ())}
    shown = {name: value for name, value in data.items() if name not in gone}
    for field, alone in fields.items():
        if field in data or f"{field}_state" in data:
            shown |= {field: None, f"{field}_state": MASKED}
            if alone:
                shown[f"{field}{_BELOW}"] = threshold()
    return shown


def text_of(data: Mapping[str, Any]) -> str:
    """Return the canonical JSON of what a reader sees."""
    told = {name: value for name, value in data.items() if not name.endswith(_BELOW)}
    return schemas.canonical(told).decode()


def text_without(text: str, fields: Fields | None) -> tuple[str, str | None]:
    """Return the canonical JSON of a version as its reader sees it, and its sha256 when that is not the version's.

    The sha256 of the version itself would tell the count: ten tries are enough.
    """
    if not fields:
        return text, None
    seen = text_of(without(orjson.loads(text), fields))
    return seen, hashlib.sha256(seen.encode()).hexdigest()


def below(data: Mapping[str, Any], field: str) -> int | None:
    """Return under how many persons a hidden figure is known to be, None when that is not said."""
    found: int | None = data.get(f"{field}{_BELOW}")
    return found
