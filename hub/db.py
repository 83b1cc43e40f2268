"""The database: one engine, two dialects (SQLite, PostgreSQL), the same behaviour on both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    bindparam,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler

from hub.errors import SettingError

BUSY_TIMEOUT_MS = 30_000
CACHE_KIB = 16_000
KEY = String(200).with_variant(String(200, collation="C"), "postgresql")
"""A key or code: compared and sorted by code point on both databases."""


ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
"""In SQLite an INTEGER alone is the place of its row: with any other type, a row is looked for through an index."""


class Base(DeclarativeBase):
    """Base of all tables; constraints are named so that migrations can find them again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def database_url(setting: str, instance: str) -> str:
    """Return the SQLAlchemy URL: the setting's, with psycopg 3 as driver, or the SQLite file of the instance.

    Raises SettingError for what is neither a SQLite file nor a named PostgreSQL database.
    """
    if not setting:
        return f"sqlite:///{instance}/hub.sqlite"
    try:
        url = make_url(setting)
    except ArgumentError:
        raise SettingError("DATABASE_URL : ce n'est pas l'adresse d'une base (postgresql://hôte/base).") from None
    if url.get_backend_name() not in ("sqlite", "postgresql", "postgres") or not url.database:
        raise SettingError("DATABASE_URL : une base PostgreSQL nommée ou un fichier SQLite est attendu.")
    if url.get_backend_name() != "sqlite":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


@contextmanager
def writing() -> Iterator[Connection]:
    """Give a connection inside one write transaction, committed at the end, rolled back on any error.

    SQLite takes the write lock at once (BEGIN IMMEDIATE): a reader that becomes a writer half-way would fail.
    The session's own snapshot ends before, and after if something was read meanwhile: what is read afterwards is what
    was written.
    """
    db.session.rollback()
    with db.engine.connect().execution_options(hub_write=True) as connection, connection.begin():
        yield connection
    db.session.rollback()


def insert_all(
    connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]], *, once: bool = False
) -> None:
    """Insert rows of plain values (texts, numbers), all with the same columns, without a statement object per row.

    `once`: a row whose key stands already is passed over.
    """
    if rows:
        statement, names = _insertion(connection.dialect.name, table, tuple(rows[0]), once)
        connection.exec_driver_sql(statement, [*map(itemgetter(*names), rows)])


def insert_rows(
    connection: Connection, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows whose values stand in the order of `columns`, which is that of the table."""
    if rows:
        statement, names = _insertion(connection.dialect.name, table, columns, False)
        assert names == columns
        connection.exec_driver_sql(statement, [*rows])


@cache
def _insertion(dialect: str, table: type[Base], columns: tuple[str, ...], once: bool) -> tuple[str, tuple[str, ...]]:
    """Return a statement, and the names of its values in its order: found by name, they would cost more."""
    writer = sqlite if dialect == "sqlite" else postgresql
    statement = writer.insert(table).values({column: bindparam(column) for column in columns})
    address, style = ("sqlite://", "qmark") if dialect == "sqlite" else ("postgresql+psycopg://", "format")
    options = {"paramstyle": style}
    spoken = make_url(address).get_dialect()(**options)
    compiled = (statement.on_conflict_do_nothing() if once else statement).compile(dialect=spoken)
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), tuple(compiled.positiontup or ())


def insertion_of(connection: Connection, table: type[Base]) -> Any:
    """Return an insertion that may say what to do on conflict, in the words of the database."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def delete_all(
    connection: Connection, table: type[Base], columns: Sequence[str], keys: Sequence[Sequence[Any]]
) -> None:
    """Delete the rows whose columns hold these values: a look-up each, where a list of tuples reads the whole table."""
    if keys:
        same = [getattr(table, name) == bindparam(f"its_{name}") for name in columns]
        rows = [{f"its_{name}": value for name, value in zip(columns, key, strict=True)} for key in keys]
        connection.execute(delete(table).where(*same), rows)


def among(dialect: str, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition « this column is one of `:keys` »: one parameter, whatever their number (`listed`)."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("keys")).table_valued("value").c.value))
    return column == func.any(bindparam("keys", type_=ARRAY(String)))


def listed(connection: Connection, keys: Sequence[str]) -> str | list[str]:
    """Return `keys` as the parameter of `among`."""
    return orjson.dumps(keys).decode() if connection.dialect.name == "sqlite" else list(keys)


def prepare(engine: Engine) -> None:
    """Make SQLite behave: foreign keys on, patience instead of « database is locked », transactions begun by us.

    A connection keeps `CACHE_KIB` of pages: a large sending meets those of the indexes in no order, again and again.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        wait, pages = f"busy_timeout={BUSY_TIMEOUT_MS}", f"cache_size=-{CACHE_KIB}"
        for pragma in ("foreign_keys=ON", wait, "synchronous=NORMAL", pages):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("hub_write", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # asks for no lock, hence never fails: without the cost of a statement
            connection.connection.cursor().execute("BEGIN")


def use_wal(engine: Engine) -> None:
    """Switch a SQLite file to write-ahead logging, once, when it is created (two processes doing it would clash)."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        raw.cursor().execute("PRAGMA journal_mode=WAL")
        raw.close()
