"""PostgreSQL databases for tests: each empty and of the newest schema, used one after another by many."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url

from hub.db import database_url

GROWN = 4_000_000
"""Bytes that a database may grow by what was deleted from it, before a new one takes its place."""
MIGRATION = "alembic_version"
SCHEMA = text(
    f"""
    SELECT md5(string_agg(said, ' ' ORDER BY said)) FROM (
      SELECT concat(attrelid, attnum, attname, atttypid, attnotnull) FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT concat(oid, conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT concat(oid, tgname) FROM pg_trigger
      UNION ALL SELECT version_num FROM {MIGRATION}
    ) AS parts(said)
    """
)
"""A digest of all that a migration changes, and of where migrations stand; a copy has its template's."""
OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def postgres_url() -> URL | None:
    """The server for tests: HUB_TEST_POSTGRES_URL, else one found on 127.0.0.1:5432."""
    if given := os.environ.get("HUB_TEST_POSTGRES_URL"):
        return make_url(database_url(given, ""))
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", 5432)):
            return None
    return make_url("postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """A connection without a transaction, closed afterwards."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def create(server: URL, template: str = "template1") -> URL:
    """Make a database on `server`, a copy of `template`."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    with connected(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))  # no test cuts the current
    return server.set(database=name)


def drop(server: URL, url: URL) -> None:
    """Drop a database, whoever is still in it."""
    with connected(server) as connection:
        connection.execute(text(f"DROP DATABASE {url.database} WITH (FORCE)"))


@contextmanager
def postgres_database(server: URL) -> Iterator[URL]:
    """A database of its own on `server`, where nothing was ever made, dropped afterwards."""
    url = create(server)
    try:
        yield url
    finally:
        drop(server, url)


class Databases:
    """Copies of a migrated and empty database: emptying one takes a tenth of the time of a new copy."""

    def __init__(self, server: URL, template: URL) -> None:
        self.server, self.template = server, str(template.database)
        self.free: list[URL] = []
        with connected(template) as connection:
            for name in _tables(connection):  # rows stand in the order they came, as in a new database
                connection.execute(text(f'ALTER TABLE "{name}" SET (autovacuum_enabled = off)'))
            self.schema, self.size = connection.scalar(SCHEMA), _size(connection)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a database of its own, migrated and empty."""
        url = self.free.pop() if self.free else create(self.server, self.template)
        try:
            yield url.render_as_string(hide_password=False)
        finally:
            if self._is_empty_again(url):
                self.free.append(url)
            else:
                drop(self.server, url)

    def close(self) -> None:
        """Drop them all."""
        for url in self.free:
            drop(self.server, url)

    def _is_empty_again(self, url: URL) -> bool:
        """Empty a database, unless its schema was changed, it has grown, or only a superuser may do so."""
        with connected(url) as connection:
            connection.execute(OTHERS)
            known = connection.scalar(SCHEMA) == self.schema and _size(connection) <= self.size + GROWN
            if known := known and connection.scalar(text("SHOW is_superuser")) == "on":
                empty(connection)
        return known


def empty(connection: Connection) -> None:
    """Delete all rows but where migrations stand, and let each sequence begin anew."""
    names = [name for name in _tables(connection) if name != MIGRATION]
    held = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
    drawn = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    acts = [f'DELETE FROM "{name}"' for name in connection.scalars(text(held))]
    acts += [f"SELECT setval('\"{name}\"', 1, false)" for name in connection.scalars(text(drawn))]
    if acts:  # without the order that foreign keys ask for, since nothing is left
        connection.exec_driver_sql(
            "; ".join(["BEGIN", "SET LOCAL session_replication_role = replica", *acts, "COMMIT"])
        )


def _tables(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))


def _size(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
