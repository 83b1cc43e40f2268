"""Who follows the feed while others write misses nothing and is told nothing twice (`push-api.md` P39)."""

from __future__ import annotations

import threading
import uuid

from flask import Flask

from hub.db import db
from hub.harvest.founding import load_register
from tests.clients import bearing, made, token_of
from tests.fuzzing import UNLIMITED
from tests.make import NANTES, RENNES
from tests.sending import demarche
from tests.test_api_changes import feed

WRITERS, BATCHES, RECORDS = 8, 4, 5


def test_a_reader_beside_eight_writers_sees_every_change_once_in_order(app: Flask) -> None:
    app.config.update(UNLIMITED, PUSH_AT_ONCE=50)
    load_register()
    headers = [bearing(token_of(made(siren=(NANTES, RENNES)[rank % 2]).ref)) for rank in range(WRITERS)]
    statuses: list[int] = []
    seen: list[int] = []
    over = threading.Event()

    def write(rank: int) -> None:
        with app.app_context():
            for batch in range(BATCHES):
                records = [demarche(f"{rank}-{each}", title=f"T{batch}") for each in range(RECORDS)]
                key = {"Idempotency-Key": str(uuid.uuid4())}
                answer = app.test_client().post(
                    "/api/v1/push/records", json={"records": records}, headers=headers[rank] | key
                )
                statuses.append(answer.status_code)
            db.session.remove()

    def read() -> None:
        after, last, more = "0", False, True
        while more or not last:
            last = over.is_set()  # asked before: what was written until then is read by this very turn
            with app.app_context():  # of its own, as a request has in service
                page = app.test_client().get(f"/api/v1/changes?limit=7&after={after}").get_json()
            seen.extend(change["seq"] for change in page["changes"])
            after, more = page["next"], page["more"]

    reader, writers = threading.Thread(target=read), [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(120)
    over.set()
    reader.join(60)
    assert statuses == [200] * WRITERS * BATCHES
    db.session.rollback()
    assert seen == [change["seq"] for change in feed(app.test_client(), limit=1000)]
    assert len(seen) == WRITERS * BATCHES * RECORDS
    assert seen == sorted(set(seen))
