"""How long a correction holds: a year, or until what it covers moves; then a person looks again (`harvest.md` §15)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, select, update

import schemas
from hub.clock import today
from hub.db import insertion_of
from hub.harvest.door import Checked
from hub.harvest.notices import METROPOLE, announce
from hub.harvest.reading import layers, merge
from hub.models import Correction, Facet, Source
from hub.models.facet import stands_under
from schemas import Problem, problem
from schemas.registry import expand

WRITER = "correction"
REVIEW = "correction_a_revoir"
HOLDS, NOTICE = timedelta(days=365), timedelta(days=30)
"""How long a correction holds, and how long before its end the metropole is told."""


def lay(connection: Connection, lead: Any, fields: Iterable[str], said: Mapping[str, Any]) -> None:
    """Note that corrections hold `fields` of the thing of this lead facet from today on, over what others `said`."""
    names = {name.removesuffix("_state") for name in fields}
    rows = [
        {"key": lead.key, "field": name, "source_id": lead.source_id, "beneath": digest(said, name), "moved": False}
        | {"expires_on": (today() + HOLDS).isoformat()}
        for name in sorted(names)
    ]
    insertion = insertion_of(connection, Correction)
    fresh = {name: insertion.excluded[name] for name in ("beneath", "moved", "expires_on")}
    keys = [Correction.key, Correction.field]
    connection.execute(insertion.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def lift(connection: Connection, key: str, field: str) -> None:
    """Forget how long a correction held that no longer does."""
    connection.execute(delete(Correction).where(Correction.key == key, Correction.field == field))


def digest(said: Mapping[str, Any], field: str) -> str:
    """Return the digest of what is said of a field, its state with it."""
    beneath = {name: said[name] for name in (field, f"{field}_state") if name in said}
    return hashlib.sha256(schemas.canonical(beneath)).hexdigest()


def moved(connection: Connection, source_id: int) -> Iterator[tuple[Checked, Problem]]:
    """Yield a warning for each correction of a source over a value that is no longer the one that was corrected."""
    for row in connection.execute(_held().where(Correction.source_id == source_id)).all():
        found = layers(connection, row.hub_id)
        if not found:
            continue
        said = merge([each for facet, each in found if facet.writer != WRITER])
        is_moved = digest(said, row.field) != row.beneath
        if is_moved != row.moved:
            same = (Correction.key == row.key, Correction.field == row.field)
            connection.execute(update(Correction).where(*same).values(moved=is_moved))
        if is_moved:
            record = Checked(row.key, row.kind, row.remote_id, f"{row.kind} {row.remote_id}", [])
            record.diffusion, record.public_on = row.diffusion, row.public_on
            yield record, problem(REVIEW, f"/{row.field}", field=_titled(row))


def tell_ends(connection: Connection) -> None:
    """Tell each metropole, once, of the corrections that end within a month."""
    soon = (today() + NOTICE).isoformat()
    for row in connection.execute(_held().where(Correction.expires_on <= soon)).all():
        source = connection.execute(select(Source.__table__).where(Source.id == row.source_id)).one()
        body = (
            f"La correction du champ {_titled(row)} de la fiche {row.remote_id} prend fin le "
            f"{date.fromisoformat(row.expires_on):%d/%m/%Y} : la valeur de la source sera relue. "
            f"Pour la garder un an de plus : /corriger/{row.hub_id}?champ={row.field}"
        )
        occasion = f"correction:{row.key}:{row.field}:{row.expires_on}"
        announce(connection, source, (METROPOLE,), occasion, "Une correction arrive à son terme", body)


def ended(connection: Connection) -> list[tuple[str, str]]:
    """Return (hub_id, field) of the corrections whose time is over."""
    rows = connection.execute(_held().where(Correction.expires_on <= today().isoformat()))
    return [(row.hub_id, row.field) for row in rows]


def _titled(row: Any) -> str:
    return f"« {expand(schemas.schema(row.kind))['properties'][row.field].get('title', row.field)} »"


def _held() -> Any:
    """The corrections in force, each with the thing it is of."""
    columns = (Facet.hub_id, Facet.kind, Facet.remote_id, Facet.diffusion, Facet.public_on)
    same = and_(stands_under(Correction.key), Facet.writer == WRITER)
    return select(Correction.__table__, *columns).join(Facet, same).order_by(Correction.key, Correction.field)
