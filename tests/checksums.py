"""What every table holds, as one digest each: what a call left untouched is seen at a glance."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from hub.db import Base, db

COUNTING = ("rate", "audit_line", "audit_head", "audit_address", "client", "client_secret")
"""The tables that any call may touch: how often one calls, who acted, when a client was last seen."""


def checksums() -> dict[str, str]:
    """The digest of each table."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in connection.execute(select(table)))).encode()
            ).hexdigest()
            for table in Base.metadata.tables.values()
            if table.name not in COUNTING
        }


def changed(before: dict[str, str]) -> set[str]:
    """The tables that are no longer what they were."""
    now = checksums()
    return {name for name in now if now[name] != before[name]}
