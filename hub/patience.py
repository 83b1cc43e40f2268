"""How long a query lasts while a reader waits for it: beyond, the database itself cuts it (`compliance.md` §8, C38).

Only reads of a web request are bounded: what the worker, the command line or a decision writes goes to its end.
"""

from __future__ import annotations

import math
import sqlite3
from time import monotonic
from typing import Any

from flask import Flask, has_request_context
from sqlalchemy import Connection, Engine, bindparam, event, func, select

from hub.db import db

STEPS = 20_000
"""Instructions of SQLite between two looks at the clock: under a millisecond of work, and no cost that is measured."""
_TIMEOUT = select(func.set_config("statement_timeout", bindparam("limit"), True))


class _Watch:
    """Asked by SQLite now and then whether to stop: when its time is over."""

    until = math.inf

    def __call__(self) -> bool:
        return monotonic() > self.until


def register(app: Flask) -> None:
    """Cut the queries that serve a request after QUERY_SECONDS."""
    with app.app_context():
        bound = _bound_sqlite if db.engine.dialect.name == "sqlite" else _bound_postgres
        bound(db.engine, app.config["QUERY_SECONDS"])


def _is_bounded(connection: Connection) -> bool:
    return has_request_context() and not connection.get_execution_options().get("hub_write", False)


def _bound_sqlite(engine: Engine, seconds: int) -> None:
    """Give each connection its watch, set anew by each statement."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: Any) -> None:
        record.info["watch"] = watch = _Watch()
        connection.set_progress_handler(watch, STEPS)

    @event.listens_for(engine, "before_cursor_execute")
    def _start(connection: Connection, _cursor: Any, _sql: str, _given: Any, context: Any, _many: bool) -> None:
        """Start the watch; a flow that its reader draws (`yield_per`) lasts as long as the reader, not as the query."""
        flows = context is not None and context.execution_options.get("yield_per")
        bounded = _is_bounded(connection) and not flows
        connection.info["watch"].until = monotonic() + seconds if bounded else math.inf


def _bound_postgres(engine: Engine, seconds: int) -> None:
    """Tell PostgreSQL at the beginning of each transaction, and for it alone."""

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if _is_bounded(connection):
            connection.execute(_TIMEOUT, {"limit": f"{seconds}s"})
