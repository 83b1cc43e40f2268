"""A look at a platform: real requests and checks, nothing written (H7), French refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from connectors import BUILT_IN
from connectors.base import Endpoint
from hub.cli.check import register_context
from hub.cli.preview import preview as command
from hub.db import Base, db
from hub.errors import BadQuery
from hub.harvest.preview import MAX_REQUESTS, preview
from tests.platforms.decidim import Decidim


@pytest.fixture
def platform() -> Iterator[Decidim]:
    running = Decidim(29)
    yield running
    running.close()


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    sqlite_app.config["ALLOW_PRIVATE_NETWORKS"] = True
    return sqlite_app


def written(app: Flask) -> tuple[dict[str, int], list[str]]:
    """The number of rows of each table, the files of the instance."""
    rows = {table.name: db.session.query(table).count() for table in Base.metadata.sorted_tables}
    files = sorted(path.name for path in Path(app.instance_path).rglob("*") if not path.name.startswith("hub.sqlite"))
    return rows, files


def test_the_first_records_are_checked_and_nothing_is_written(hub: Flask, platform: Decidim) -> None:
    before = written(hub)
    found = preview("decidim", Endpoint(platform.url), register_context("apercu"), limit=5)
    assert len(found.records) == 5
    assert [record.problems for record in found.records if record.problems] == []
    assert 0 < found.requests <= MAX_REQUESTS
    assert found.stopped is None
    assert written(hub) == before


def test_a_platform_that_is_not_one_says_what_stopped(hub: Flask) -> None:
    found = preview("decidim", Endpoint("http://127.0.0.1:9/"), register_context("apercu"))
    assert (found.records, found.stopped) == ([], "La plateforme est injoignable.")


def test_an_address_inside_is_never_asked(sqlite_app: Flask, platform: Decidim) -> None:
    found = preview("decidim", Endpoint(platform.url), register_context("apercu"))
    assert found.records == []
    assert "publique" in (found.stopped or "")


@pytest.mark.parametrize(
    ("connector", "options", "words"),
    [
        ("decidum", {}, "n'existe pas"),
        ("decidim", {"couleur": "bleu"}, "couleur"),
        ("decidim", {"bodies": "peut-être"}, "oui ou non"),
    ],
)
def test_a_wrong_choice_is_a_sentence(hub: Flask, connector: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(BadQuery, match=words):
        preview(connector, Endpoint("https://exemple.fr", options), register_context("apercu"))


def test_the_command_prints_records_and_requests(hub: Flask, platform: Decidim) -> None:
    done = FlaskCliRunner(hub).invoke(command, ["decidim", platform.url, "--limit", "3"])
    assert (done.exit_code, done.output.count("process ·") > 0) == (0, True)
    assert "Requêtes :" in done.output


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_connector_declares_itself_in_full(name: str) -> None:
    module = BUILT_IN[name]
    assert (name, 1) == (module.NAME, module.CONTRACT)
    assert module.LABEL
    assert module.PAUSE >= 1
    assert module.READ_TIMEOUT >= 30
    assert isinstance(module.PERSONAL, tuple)
    assert all(option.label for option in module.OPTIONS)
    assert module.FIELDS
