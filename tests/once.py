"""What each application of the tests would make anew, made once for all of them; importing this module is enough.

Two thousand applications are started by the tests of one process. Their routes, their templates and their statements
are the same: making them was nearly all that an application cost.
"""

from __future__ import annotations

import gc
from types import CodeType
from typing import Any, ClassVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class KnownRule(Rule):
    """A rule read once: what finds it, and what writes its addresses."""

    _read: ClassVar[dict[tuple[object, ...], Rule]] = {}

    def compile(self) -> None:
        """Take over what another rule of the same text read of it; one with defaults is read each time."""
        key = (self.rule, self.subdomain, self.host, self.merge_slashes)
        if self.defaults or key not in self._read:
            super().compile()
            if not self.defaults:
                self._read[key] = self
            return
        known = self._read[key]
        self._parts, self._trace, self._converters = known._parts, known._trace, known._converters
        self.arguments |= known.arguments
        self._build = known._build.__func__.__get__(self)
        self._build_unknown = known._build_unknown.__func__.__get__(self)


class KnownTemplates(BytecodeCache):
    """Templates compiled once: by name and place, as long as their text is the same."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of this text."""
        bucket.code = self.made.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code
        self.made[bucket.key, bucket.checksum] = bucket.code


class _Known(Dialect):
    """A way to speak to a database that is the same for each engine of its sort: so are the statements it compiled."""

    statements: ClassVar[LRUCache[Any, Any]] = LRUCache(4000)

    def _said(self) -> tuple[object, ...]:
        return type(self), self.paramstyle, self._json_serializer, self._json_deserializer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Let a new engine compile nothing that another has compiled."""
        engine.update_execution_options(compiled_cache=cls.statements)


class KnownSQLite(_Known, SQLiteDialect_pysqlite):
    """SQLite, as all engines of the tests speak to it."""

    supports_statement_cache = True


class KnownPostgreSQL(_Known, PGDialect_psycopg):
    """PostgreSQL, as all engines of the tests speak to it."""

    supports_statement_cache = True


Flask.url_rule_class = KnownRule
Flask.jinja_options = {"bytecode_cache": KnownTemplates()}
registry.register("sqlite", __name__, "KnownSQLite")
registry.register("postgresql.psycopg", __name__, "KnownPostgreSQL")


def settle() -> None:
    """Let the collector pass over what stands for good."""
    gc.collect()
    gc.freeze()
