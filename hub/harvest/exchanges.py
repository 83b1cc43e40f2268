"""The exchanges of a page, written with it: new payloads, and pages the platform gave again unchanged."""

from __future__ import annotations

from collections import Counter

import orjson
from sqlalchemy import Connection, insert, select, update

from hub.db import insert_all
from hub.harvest import raw
from hub.harvest.memory import Exchanged
from hub.harvest.runs import Lease
from hub.models import Exchange, RunSeen

_NEW = insert(Exchange)


def write_exchanged(
    connection: Connection, lease: Lease, exchanged: Exchanged, accepted: list[str] | None, counts: Counter[str]
) -> None:
    """Write what a page exchanged. `accepted`: its keys, when every record of it entered."""
    rows = [dict(row) for row in exchanged.new]
    if rows:
        raw.register(connection, [_payload(row) for row in rows if row["sha256"]])
    noted = [row for row in rows if row["note"] is not None]
    if len(noted) == 1 and accepted is not None:
        noted[0]["keys"] = orjson.dumps(accepted).decode()
    for row in rows:
        del row["size"]
    if rows:
        connection.execute(_NEW, rows)
    if exchanged.known:
        _see(connection, lease, exchanged.known)
        counts["received"] += exchanged.same
        counts["unchanged"] += exchanged.same


def read_again(connection: Connection, lease: Lease, keys: list[str]) -> None:
    """Forget that the pages of these records were wholly accepted: one of their records was taken back."""
    for key in keys:
        holds = Exchange.keys.contains(orjson.dumps(key).decode(), autoescape=True)
        connection.execute(update(Exchange).where(Exchange.run_id == lease.run_id, holds).values(keys=None))


def keys_of(connection: Connection, ids: list[int]) -> list[list[str]]:
    """Return the keys of the records of each of these exchanges."""
    found = connection.scalars(select(Exchange.keys).where(Exchange.id.in_(ids))) if ids else ()
    return [orjson.loads(keys) for keys in found if keys]


def _see(connection: Connection, lease: Lease, known: dict[int, str]) -> None:
    rows = [{"run_id": lease.run_id, "key": f"@{id_}", "outcome": use} for id_, use in known.items()]
    insert_all(connection, RunSeen, rows, once=True)


def _payload(row: dict[str, object]) -> dict[str, object]:
    headers = row["headers"]
    media_type = headers.get("content-type", "") if isinstance(headers, dict) else ""
    return {"sha256": row["sha256"], "size": row["size"], "media_type": media_type[:200]}
