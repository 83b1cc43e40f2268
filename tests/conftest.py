"""Fixtures: a real application on each real database."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pytest
from flask import Flask, g
from flask.testing import FlaskClient, FlaskCliRunner

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import db
from hub.harvest.founding import load_founding
from tests.contract import watch
from tests.databases import Databases, postgres_database, postgres_url
from tests.harvesting import reading_plain
from tests.once import settle
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
# a background job of a shell ignores Ctrl-C, and its children would too
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was read so far stays to the end."""
    settle()


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


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Migrated and empty PostgreSQL databases, each lent to one test at a time."""
    server = postgres_url()
    if server is None and "postgresql" in os.environ.get("HUB_TEST_REQUIRE", ""):
        pytest.fail("PostgreSQL est exigé ici (HUB_TEST_REQUIRE) et ne répond pas")
    if server is None:
        pytest.skip("pas de PostgreSQL : ni HUB_TEST_POSTGRES_URL, ni serveur sur 127.0.0.1:5432")
    with postgres_database(server) as template:
        migrate(template.render_as_string(hide_password=False), tmp_path_factory.mktemp("template"))
        made = Databases(server, template)
        yield made
        made.close()


@pytest.fixture
def postgres(databases: Databases) -> Iterator[str]:
    """The address of a PostgreSQL database of its own, migrated and empty."""
    with databases.lent() as url:
        yield url


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


@pytest.fixture(scope="session")
def founding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance with the founding documents: it is copied, never opened."""
    folder = tmp_path_factory.mktemp("founding") / "instance"
    for _ in ready(folder, ""):
        load_founding()
    return folder


@pytest.fixture(scope="module")
def founded(founding: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with the founding documents, one for the tests of a file: they share what they write in it."""
    yield from ready(copytree(founding, tmp_path_factory.mktemp("founded") / "instance"), "")


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
