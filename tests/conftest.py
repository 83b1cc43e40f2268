"""Fixtures: a real application on each real database."""

from __future__ import annotations

import os
import signal
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from flask import Flask, g
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from werkzeug.routing import Rule

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import database_url, db
from hub.harvest.founding import load_founding
from tests.contract import watch
from tests.harvesting import reading_plain
from tests.platforms.plain import Plain

SHARED = Path(os.environ.get("HUB_SHARED", Path(__file__).resolve().parents[2] / "shared"))
CLOCK = "2026-01-31T12:00:00Z"
UNHURRIED = {
    "RATE_ENTRY": "1000000/day",
    "RATE_FORMS": "1000000/day",
    "RATE_EXPORTS": "1000000/day",
    "RATE_TOKENS": "1000000/day",
    "RATE_READS": "1000000/day",
}
"""Rates that no test reaches; those of rates set their own."""
FIXED = {"CLOCK": CLOCK, "RUN_IDS": "sequence", "SECRET_KEY": "clé-des-essais-du-hub", **UNHURRIED}


class KnownRule(Rule):
    """A rule whose writer of addresses is made once for all applications: making them was nearly all their cost."""

    _writers: ClassVar[dict[object, Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self._writers:
            self._writers[key] = super()._compile_builder(append_unknown)
        return self._writers[key]


Flask.url_rule_class = KnownRule
signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell's background job ignores Ctrl-C, and so would its children


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to SQLite the cases of a test marked `postgresql_once`, but the first and those that the mark names."""
    left_out, met = [], set[str]()
    for item in items:
        mark = item.get_closest_marker("postgresql_once")
        if not mark or not isinstance(item, pytest.Function) or "postgresql" not in item.callspec.params.values():
            continue
        test = f"{item.path}::{item.originalname}"
        if test in met and not any(name in item.callspec.id for name in mark.args):
            left_out.append(item)
        met.add(test)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


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
def postgres_database(server: URL, template: str = "template1") -> Iterator[URL]:
    """A database of its own on `server`, a copy of `template`, dropped afterwards."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield server.set(database=name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A migrated and empty PostgreSQL database: a copy of it takes a tenth of the time of the migrations."""
    server = postgres_url()
    if server is None and "postgresql" in os.environ.get("HUB_TEST_REQUIRE", ""):
        pytest.fail("PostgreSQL est exigé ici (HUB_TEST_REQUIRE) et ne répond pas")
    if server is None:
        pytest.skip("pas de PostgreSQL : ni HUB_TEST_POSTGRES_URL, ni serveur sur 127.0.0.1:5432")
    with postgres_database(server) as url:
        migrate(url.render_as_string(hide_password=False), tmp_path_factory.mktemp("template"))
        yield url


@pytest.fixture
def postgres(postgres_template: URL) -> Iterator[str]:
    """The address of a PostgreSQL database of its own, migrated and empty, dropped afterwards."""
    server = postgres_url()
    assert server is not None
    with postgres_database(server, str(postgres_template.database)) as url:
        yield url.render_as_string(hide_password=False)


def migrate(url: str, instance: Path) -> None:
    """Bring the database at `url` ("": the SQLite file of `instance`) to the newest schema and let go of it."""
    with create_app({**FIXED, "DATABASE_URL": url, "TESTING": True}, instance).app_context():
        prepare_database()
        db.session.remove()
        db.engine.dispose()


@cache
def sqlite_template() -> bytes:
    """The SQLite file of a migrated and empty database."""
    with TemporaryDirectory() as folder:
        migrate("", Path(folder))
        return (Path(folder) / "hub.sqlite").read_bytes()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with an empty database of the newest schema, on each of the two databases."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    yield from ready(tmp_path / "instance", url)


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Iterator[Flask]:
    """The same on SQLite only, for what does not depend on the database."""
    yield from ready(tmp_path / "instance", "")


def ready(instance: Path, url: str, **settings: object) -> Iterator[Flask]:
    """Yield an application whose database is migrated, inside its context; release the database afterwards."""
    file = instance / "hub.sqlite"
    if not url and not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sqlite_template())
    application = create_app({**FIXED, "DATABASE_URL": url, "TESTING": True, **settings}, instance)
    application.before_request_funcs.setdefault(None, []).insert(0, _forget)
    wrong = watch(application)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
    assert not wrong, "\n".join(["the API answered what its contract does not say:", *wrong[:20]])


def _forget() -> None:
    """Requests of a test share the context around it: what one of them kept there is not the next one's."""
    for name in list(g):
        g.pop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application that reads platforms of this machine, on each of the two databases."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    with reading_plain():
        yield from ready(tmp_path / "instance", url, ALLOW_PRIVATE_NETWORKS=True)


@pytest.fixture
def sqlite_reader(tmp_path: Path) -> Iterator[Flask]:
    """The same on SQLite only, for what does not depend on the database."""
    with reading_plain():
        yield from ready(tmp_path / "instance", "", ALLOW_PRIVATE_NETWORKS=True)


@pytest.fixture
def platform() -> Iterator[Plain]:
    """An empty platform, in pages of two."""
    started = Plain()
    yield started
    started.close()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with the founding documents, one for the tests of a file: they share what they write in it."""
    for application in ready(tmp_path_factory.mktemp("founded") / "instance", ""):
        load_founding()
        yield application


@pytest.fixture
def visitor(founded: Flask) -> FlaskClient:
    """A visitor of the hub on the founding documents."""
    return founded.test_client()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser without a screen."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """The command line inside the application's context."""
    return app.test_cli_runner()
