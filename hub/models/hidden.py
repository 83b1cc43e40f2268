"""What a reader sees of counts of persons (`compliance.md` §3): where one is hidden, its state is « masque »."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Select, bindparam, select

import schemas
from hub.db import among, db, listed
from hub.models.audience import audience
from hub.models.derived import HiddenCount

MASKED = "masque"
COUNTED = ("observation", "meeting")
"""The kinds that state counts of persons."""
BESIDE = {"quantity": ("denominator",)}
"""What goes with a figure: the whole of a share gives its part away."""
_BELOW = "_below"

Fields = Mapping[str, bool]
"""The hidden fields of a record; True where « < 11 » may be said."""


def threshold() -> int:
    """Return under how many persons a count is hidden from the present reader: members see more than the public."""
    name = "SMALL_COUNT_PEERS" if audience().peers else "SMALL_COUNT_PUBLIC"
    return int(current_app.config[name])


def hidden_in(hub_ids: Iterable[str]) -> Mapping[str, Fields]:
    """Return the fields hidden from the present reader, of each of these things that has any."""
    found: dict[str, dict[str, bool]] = {}
    if not (ids := list(hub_ids)):
        return found
    connection = db.session.connection()
    asked = {"keys": listed(connection, ids), "limit": threshold()}
    for hub_id, field, alone in connection.execute(_hidden(connection.dialect.name), asked):
        found.setdefault(hub_id, {})[field] = alone
    return found


@cache
def _hidden(dialect: str) -> Select[str, str, bool]:
    chosen = select(HiddenCount.hub_id, HiddenCount.field, HiddenCount.alone)
    return chosen.where(among(dialect, HiddenCount.hub_id), HiddenCount.threshold == bindparam("limit"))


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
