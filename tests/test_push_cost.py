"""What a sending costs: what it brings, not what its source has; and whom it waits for."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from hub.api.push_calls import LATE
from hub.db import db
from hub.harvest.founding import load_register
from hub.models import Facet
from hub.models.shape import SHAPE
from hub.push.ahead import BLOCK
from tests.clients import bearing, made, token_of
from tests.sending import send, sender

STEPS = 100
"""Instructions of SQLite between two counts."""


def idea(rank: int, title: str = "Une idée") -> dict[str, Any]:
    data = {"process_id": f"p{rank % 7}", "type": "proposition", "title": title, "status_raw": "reçue"}
    return {"kind": "contribution", "remote_id": str(rank), "data": data}


def project(rank: int, title: str = "Une démarche") -> dict[str, Any]:
    return {"kind": "process", "remote_id": str(rank), "data": {"title": title, "state": "en_cours"}}


Maker = Callable[..., dict[str, Any]]
KINDS = pytest.mark.parametrize("made_of", [idea, project])


@contextmanager
def counted() -> Iterator[list[int]]:
    """Give the number of times that SQLite did `STEPS` instructions, whichever connection did them."""
    done = [0]

    def step() -> int:
        done[0] += 1
        return 0

    def watch(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.set_progress_handler(step, STEPS)

    db.session.remove()
    event.listen(db.engine, "checkout", watch)
    try:
        yield done
    finally:
        event.remove(db.engine, "checkout", watch)


def cost_of(made_of: Maker, first: int) -> int:
    """Return what it costs to send ten new records, ten changed ones and ten as they were."""
    by = sender()
    with counted() as done:
        changed = [made_of(rank, "Autrement") for rank in range(10)]
        report = send(*changed, *(made_of(rank) for rank in (*range(10, 20), *range(first, first + 10))), by=by)
    assert (report.counts["created"], report.counts["updated"], report.counts["unchanged"]) == (10, 10, 10)
    return done[0]


@KINDS
def test_thirty_records_cost_no_more_in_a_source_of_three_thousand_than_in_one_of_a_hundred(
    sqlite_app: Flask, made_of: Maker
) -> None:
    send(*(made_of(rank) for rank in range(100)))
    few = cost_of(made_of, 1_000_000)
    send(*(made_of(rank) for rank in range(3_000)))
    assert cost_of(made_of, 2_000_000) < 1.3 * few


@KINDS
def test_a_sending_of_new_records_alone_costs_no_more_either(sqlite_app: Flask, made_of: Maker) -> None:
    def cost(first: int) -> int:
        by = sender()
        with counted() as done:
            send(*(made_of(rank) for rank in range(first, first + 30)), by=by)
        return done[0]

    send(*(made_of(rank) for rank in range(100)))
    few = cost(1_000_000)
    send(*(made_of(rank) for rank in range(3_000)))
    assert cost(2_000_000) < 1.3 * few


def test_a_batch_is_looked_into_while_another_sending_is_written(sqlite_app: Flask) -> None:
    load_register()
    headers = {**bearing(token_of(made().ref)), "Idempotency-Key": "une-fois", "Content-Type": "application/x-ndjson"}
    body = "".join(json.dumps(idea(rank)) + "\n" for rank in range(BLOCK + 1))
    answers: list[int] = []

    def call() -> None:
        answers.append(
            sqlite_app.test_client().post("/api/v1/push/records", data=body.encode(), headers=headers).status_code
        )

    db.session.remove()
    instance = Path(sqlite_app.instance_path)
    writer = sqlite3.connect(instance / "hub.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    thread = threading.Thread(target=call)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not (kept := payloads(instance)) and time.monotonic() < until:
            time.sleep(0.02)  # between two looks: nothing tells when a payload is stored
        assert kept
        assert answers == []
    finally:
        writer.execute("ROLLBACK")
        writer.close()
        thread.join(30)
    assert answers == [200]


def payloads(instance: Path) -> list[Path]:
    """The payloads that are stored: what a sending keeps once it is looked into."""
    return [path for path in (instance / "raw").rglob("*") if path.is_file()]


def test_calls_that_are_counted_late_are_addresses_of_the_api(sqlite_app: Flask) -> None:
    assert set(LATE) <= sqlite_app.view_functions.keys()


@pytest.mark.parametrize("address", ["/", "/demarches", "/sources/nantes-documents"])
def test_pages_cost_no_more_however_many_contributions_others_have(sqlite_app: Flask, address: str) -> None:
    def cost() -> int:
        with counted() as done:
            assert sqlite_app.test_client().get(address).status_code == 200
        return done[0]

    send(*(project(rank) for rank in range(200)), *(idea(rank) for rank in range(100)))
    cost()
    few = cost()
    for first in range(0, 12_000, 4_000):
        send(*(idea(rank) for rank in range(first, first + 4_000)))
    assert cost() < 1.3 * few + 10


def test_records_withdrawn_cost_no_more_whatever_the_feed_holds(sqlite_app: Flask) -> None:
    def cost(*ranks: int) -> int:
        by = sender()
        with counted() as done:
            for rank in ranks:
                send({"kind": "process", "remote_id": str(rank), "deleted": True}, by=by)
        return done[0]

    send(*(project(rank) for rank in range(30)))
    few = cost(1, 2, 3)
    for title in "ABC":
        send(*(idea(rank, title) for rank in range(1_000)), by=sender("243500139"))
    assert cost(4, 5, 6) < 2 * few


def test_sqlite_is_told_the_shape_of_every_index_of_facets(sqlite_app: Flask) -> None:
    with db.engine.connect() as connection:
        told = connection.execute(text("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'facet'")).all()
    assert {row.idx for row in told} == set(SHAPE) == {index.name for index in Facet.__table__.indexes}
    for row in told:
        _, *shared = (int(each) for each in row.stat.split())
        assert shared == sorted(shared, reverse=True)
