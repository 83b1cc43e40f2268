"""A whole copy of the database, made while others write, and the way back (`compliance.md` §8, C40).

SQLite copies itself through its backup interface; of PostgreSQL, `pg_dump` and `pg_restore` are the ones who know all.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import URL, inspect, select, text

from hub.db import Base, db, use_wal
from hub.errors import HubError

LOCK_WAIT_MS = 60_000
CONNECT_SECONDS = "10"


def copy_out(path: Path) -> None:
    """Write at `path` the database as it stands at one instant. Raises HubError."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as held, closing(sqlite3.connect(path)) as copy:
            cast(sqlite3.Connection, held.driver_connection).backup(copy)
        return
    words = ("--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={LOCK_WAIT_MS}")
    _postgres("pg_dump", *words, f"--file={path}", f"--dbname={_address()}")


def copy_in(path: Path) -> None:
    """Put the copy of `path` in the place of this database, which is empty: all of it or nothing. Raises HubError."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as held, closing(sqlite3.connect(path)) as copy:
            copy.backup(cast(sqlite3.Connection, held.driver_connection))
        use_wal(db.engine)
        return
    _program("pg_restore")  # before anything is taken away
    with db.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    db.engine.dispose()
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _postgres("pg_restore", *words, f"--dbname={_address()}", str(path))


def first_filled() -> str | None:
    """Return the name of a table that holds something, None when the database is empty or has no table yet."""
    there = set(inspect(db.engine).get_table_names())
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in there and connection.execute(select(1).select_from(table).limit(1)).first():
                return table.name
    return None


def _postgres(program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, never on the command line."""
    secret = {"PGPASSWORD": str(db.engine.url.password)} if db.engine.url.password is not None else {}
    environment = os.environ | {"PGCONNECT_TIMEOUT": CONNECT_SECONDS} | secret
    done = subprocess.run([_program(program), *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise HubError(f"{program} n'a pas abouti : {said[-1]}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise HubError(
            f"{name} n'est pas sur cette machine : installez les programmes clients de PostgreSQL (paquet "
            "postgresql-client), de la version du serveur ou plus récents."
        )
    return found


def _address() -> str:
    """The address of the database as PostgreSQL's programs read it, without the password."""
    url = db.engine.url
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()
