"""Territories made for a test, of 100 000 people: their source, what they state of their coverage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from hub.db import db, writing
from hub.models import Metropole, NetworkThing, Source

PEOPLE = 100_000


def territory(siren: str, name: str, communes: Sequence[str] = ()) -> dict[str, Any]:
    """The row of a territory that the register does not know."""
    row = {"siren": siren, "slug": f"t{siren}", "name": name, "short_name": name, "sort_key": name, "nature": "METRO"}
    row |= {"population": PEOPLE, "population_year": 2023, "population_source": "essai", "communes": list(communes)}
    return row | {"main_commune": "A", "main_commune_share": 0.5, "regions": [], "lat": 0, "lon": 0, "within": None}


def source_of(siren: str, **values: Any) -> Source:
    """A source of that territory."""
    row = {"slug": f"s{siren}", "siren": siren, "name": siren, "connector": "essai", "state": "accepted"}
    with writing() as connection:
        connection.execute(insert(Source).values(**row | {"diffusion": "public"} | values))
    return db.session.scalars(select(Source).where(Source.slug == values.get("slug", row["slug"]))).one()


def statement(
    siren: str, kind: str, level: str, first: str = "2023", last: str = "2026", **said: Any
) -> dict[str, Any]:
    """The row of a statement of coverage."""
    number = said.pop("number", "")
    told = {"id": f"{siren}-{kind}{number}", "siren": siren, "kind": kind, "level": level, "trace": []}
    told |= {"period": {"from": first, "to": last}, "declared_at": "2026-01-10T10:00:00Z", **said}
    row = {"kind": "coverage", "id": told["id"], "position": 0, "siren": siren, "year": first, "sha256": "x"}
    return row | {"data": json.dumps(told), "author": "métropole", "written_at": "2026-01-10"}


def settle(territories: Sequence[dict[str, Any]], statements: Sequence[dict[str, Any]] = ()) -> None:
    """Write territories and statements."""
    with writing() as connection:
        if territories:
            connection.execute(insert(Metropole), territories)
        if statements:
            connection.execute(insert(NetworkThing), statements)
