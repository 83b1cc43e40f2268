"""Loading the founding documents: the same final state whatever happens on the way, on both databases."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import update

from connectors.base import Record
from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import db, writing
from hub.harvest import correct
from hub.harvest.founding import load_founding
from hub.harvest.network import write_things
from hub.models import NetworkThing, Run
from hub.models.thing import citing, read
from schemas import KINDS
from tests.conftest import FIXED, ready
from tests.forked import Forked, command, start
from tests.make import HARVEST, counts, issues, run, thing
from tests.test_api_read import LIST_OF_KINDS


def answers(app: Flask) -> dict[str, bytes]:
    """Every answer of the read API, page by page, gone things included."""
    client, found = app.test_client(), {}
    paths = [f"/api/v1/{kind}?limit=100&presence={state}" for kind in LIST_OF_KINDS for state in ("present", "gone")]
    paths.append("/api/v1/metropoles")
    while paths:
        path = paths.pop()
        answer = client.get(path)
        found[path] = answer.data
        body: dict[str, Any] = answer.get_json()
        paths += [body["next"]] if body["next"] else []
    return found


def loaded(instance: Path, url: str = "") -> dict[str, bytes]:
    """The answers of a database loaded without disturbance."""
    app = create_app({**FIXED, "DATABASE_URL": url}, instance)
    with app.app_context():
        prepare_database()
        load_founding()
        found = answers(app)
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return loaded(tmp_path_factory.mktemp("undisturbed"))


def test_both_databases_give_byte_identical_answers(
    undisturbed: dict[str, bytes], postgres: str, tmp_path: Path
) -> None:
    assert sum(len(body) for body in undisturbed.values()) > 100_000
    assert loaded(tmp_path, postgres) == undisturbed


def test_loading_twice_changes_nothing(app: Flask) -> None:
    load_founding()
    before = counts()
    report = load_founding()
    assert counts() == before | {"run": before["run"] * 2}
    assert all(set(run.counts) == {"received", "unchanged", "versions"} for _, run in report.runs)
    assert all(not (done.created or done.updated or done.problems) for done in report.things.values())


def test_every_founding_record_passes_the_door_and_no_link_is_lost(app: Flask) -> None:
    report = load_founding()
    assert [(run.filename, run.state) for _, run in report.runs if run.state != "complete"] == []
    assert [(issue.rule, issue.remote_id, issue.pointer, issue.value) for issue in issues()] == []
    assert {kind: done.problems for kind, done in report.things.items() if done.problems} == {}


@pytest.mark.parametrize("victim", range(1, 8))
def test_killed_during_any_file_then_run_again_the_final_state_is_the_same(
    undisturbed: dict[str, bytes], tmp_path: Path, victim: int
) -> None:
    settings = os.environ | {"HUB_CLOCK": FIXED["CLOCK"], "HUB_RUN_IDS": "sequence", "HUB_COMMIT_EVERY": "2"}
    words = ("--instance", str(tmp_path), "load-founding")
    process = start(words, {1: tmp_path / "dit"}, settings)
    _wait_for_a_page(tmp_path / "hub.sqlite", victim, process)
    process.kill()
    again = command(*words, environment=settings)
    assert (again.returncode, "Traceback" in again.stderr) == (0, False)
    for app in ready(tmp_path, ""):
        assert answers(app) == undisturbed


def _wait_for_a_page(database: Path, run: int, process: Forked) -> None:
    """Return as soon as that run has committed a page, at the latest after 120 s."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.process.is_alive():
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            if connection.execute("SELECT 1 FROM run WHERE id = ? AND cursor IS NOT NULL", (run,)).fetchone():
                return
        time.sleep(0.001)
    raise AssertionError("the run was not met")


def test_a_load_killed_between_two_pages_goes_on_in_the_same_run(sqlite_app: Flask) -> None:
    load_founding()
    _reopen(7)
    load_founding()
    assert [(run.id, run.attempt) for run in db.session.query(Run).order_by(Run.id)][-1] == (7, 2)


def _reopen(run_id: int) -> None:
    """Leave a run as a dead process would."""
    with writing() as connection:
        dead = {"state": "running", "lease_owner": "ailleurs:1", "lease_until": "2020-01-01T00:00:00Z"}
        connection.execute(update(Run).where(Run.id == run_id).values(dead))


def test_a_readers_correction_survives_a_reload(app: Flask) -> None:
    load_founding()
    correct(thing("process", "la-rue-pour-tous").id, {"summary": "Relu."}, reason="relecture", author="Une agente")
    load_founding()
    assert thing("process", "la-rue-pour-tous").data["summary"] == "Relu."


def test_what_a_person_wrote_since_is_not_overwritten_by_the_founding_documents(sqlite_app: Flask) -> None:
    load_founding()
    key = ("membership", "agents-2025-nantes")
    known = orjson.loads(db.session.get_one(NetworkThing, key).data)
    write_things("membership", [known | {"status": "excuse"}], "Une coordinatrice")
    assert load_founding().things["membership"].kept == 1
    assert orjson.loads(db.session.get_one(NetworkThing, key).data)["status"] == "excuse"


def test_withdrawing_a_document_marks_its_records_gone_and_deletes_nothing(sqlite_app: Flask) -> None:
    load_founding()
    before = counts()
    document = thing("document", "synthese-metrokawa-agorasso")
    cited = [each for kind in KINDS for each in read(citing(document, kind, "trace"))]
    tombstones = [Record(each.kind, each.remote_id, {}, deleted=True) for each in cited]
    run(document.source, tombstones, replace(HARVEST, writer="upload"))
    assert len(cited) > 50
    assert {thing(each.kind, each.remote_id).presence for each in cited} == {"gone"}
    assert counts() == before | {"run": before["run"] + 1}
