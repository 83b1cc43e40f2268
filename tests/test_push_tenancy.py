"""What is of one metropole is reached, changed and learnt by no other (`push-api.md` §15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.contract import Operation, operations
from hub.db import Base, db
from hub.harvest.founding import load_register
from hub.models import Issue, Run, Source
from tests.fuzzing import UNLIMITED
from tests.make import NANTES, RENNES, thing
from tests.sending import demarche
from tests.test_push_api import Program, Snapshot
from tests.test_schemas import MINIMAL


@pytest.fixture
def hub(app: Flask) -> Flask:
    app.config.update(UNLIMITED)
    load_register()
    return app


def rows_of(siren: str) -> dict[str, Any]:
    """Every row that is of a metropole's sendings, table by table."""
    db.session.rollback()
    with db.engine.connect() as connection:
        mine = select(Source.id).where(Source.siren == siren)
        runs = select(Run.id).where(Run.source_id.in_(mine))
        found = {}
        for table in Base.metadata.tables.values():
            for name, of in (("source_id", mine), ("run_id", runs)):
                if name in table.columns:
                    query = select(table).where(table.columns[name].in_(of))
                    found[f"{table.name} {name}"] = sorted(map(repr, connection.execute(query)))
        return found


def asked_of(each: Operation, names: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The address of an operation under these names, and a body that it takes."""
    body: dict[str, Any] = {"data": demarche()["data"]} if each.path.endswith("{remote_id}") else {"level": "complete"}
    if each.path.endswith("/records"):
        body = {"records": [demarche("autre")]}
    if each.path.endswith("/commit"):
        body = {"count": 1, "sha256": "0" * 64}
    return each.path.format_map(names), {"json": body} if each.told.get("body") else {}


def test_no_operation_reaches_what_is_of_another_metropole_nor_says_that_it_is_there(hub: Flask) -> None:
    """P51: every operation of the table that names something, with every name of Nantes, then with none."""
    nantes, rennes = Program(hub), Program(hub, siren=RENNES)
    sent = nantes.send(demarche("1"), demarche("2", state="?")).get_json()
    whole = Snapshot(nantes)
    whole.add(demarche("1"))
    refs = {"runs": [sent["run"]], "snapshots": [whole.path.rsplit("/", 1)[1], sent["run"]], "records": ["1"]}
    naming = [each for each in operations(hub) if each.scopes and {"ref", "remote_id"} & set(each.arguments)]
    before, tried = rows_of(NANTES), 0
    for each in sorted(naming, key=lambda each: each.method == "PUT"):  # which makes a record of their own
        for name in refs[each.path.split("/")[4]]:
            ours, nobodys = (
                (rennes.call(each.method, path, **body), path, of)
                for of in (name, "aucune")
                for path, body in [asked_of(each, {"kind": "process", "ref": of, "remote_id": of})]
            )
            statuses = (201,) if each.method == "PUT" else (403, 404)
            assert ours[0].status_code == nobodys[0].status_code in statuses, ours[1]
            assert each.method == "PUT" or unnamed(*ours) == unnamed(*nobodys), ours[1]
            assert rows_of(NANTES) == before, ours[1]
            tried += 1
    assert tried >= 12
    assert sent["run"] not in rennes.call("GET", "/api/v1/push/runs").text


def unnamed(answer: TestResponse, path: str, name: str) -> str:
    """What is answered, without what was asked."""
    return answer.text.replace(path, "").replace(f"« {name} »", "« »").replace(f'"value":"{name}"', "")


def test_nothing_that_one_metropole_sends_is_attached_to_what_is_of_another(hub: Flask) -> None:
    """P52: under whatever name it gives, a link leads among its own things."""
    nantes, rennes = Program(hub), Program(hub, siren=RENNES)
    nantes.send(demarche("1"), {"kind": "document", "remote_id": "d", "data": {"title": "Un document"}})
    theirs = [thing("process", "1").id, thing("document", "d").id, "1", "d"]
    pages = {hub_id: hub.test_client().get(f"/{name}/{hub_id}").text for name, hub_id in
             (("demarches", theirs[0]), ("documents", theirs[1]))}  # fmt: skip
    records: list[dict[str, Any]] = []
    for rank, name in enumerate(theirs):
        records += [
            {"kind": "stage", "remote_id": f"s{rank}", "data": {"process_id": name, "title": "Intruse"}},
            {"kind": "meeting", "remote_id": f"m{rank}", "data": {"process_ids": [name], **MINIMAL["meeting"]}},
            {"kind": "process", "remote_id": f"p{rank}", "data": {"parent_id": name, **MINIMAL["process"]}},
            {"kind": "contribution", "remote_id": f"c{rank}", "data": MINIMAL["contribution"] | {"process_id": name}},
        ]
    for each in records:
        each["data"] |= {"title": "Intruse"}
    report = rennes.send(*records).get_json()
    assert {each["status"] for each in report["results"]} == {"created"}, report
    for (hub_id, before), name in zip(pages.items(), ("demarches", "documents"), strict=True):
        now = hub.test_client().get(f"/{name}/{hub_id}").text
        assert "Intruse" not in now
        assert len(now) == len(before)
    orphans = db.session.scalars(select(Issue.remote_id).where(Issue.rule == "lien_orphelin")).all()
    told = {f"{kind}{rank}" for kind in "smp" for rank in range(4)}
    assert set(orphans) == told, "each link leads nowhere; contributions are reached by their process alone"
