"""However a history is sent — in any order, cut anywhere, repeated — the end is the same (`push-api.md` P25)."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connectors.records import record_of
from hub.db import db
from hub.harvest.founding import load_register
from hub.models import Facet, FacetVersion, Run, Source
from hub.push.batch import Asked, receive
from hub.push.senders import Sender
from hub.push.taken import Sent
from tests.clients import bearing, made, token_of
from tests.conftest import ready
from tests.make import NANTES
from tests.sending import demarche

NAMES, SERIAL = ("a", "b", "c"), count()
Event = dict[str, Any]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    for app in ready(tmp_path_factory.mktemp("histories") / "instance", ""):
        load_register()
        yield app


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What a platform says of three things over time: each event bears its own revision."""
    events = []
    for revision in range(draw(st.integers(1, 8))):
        name, gone = draw(st.sampled_from(NAMES)), draw(st.integers(0, 3)) == 0
        said = (
            {"kind": "process", "remote_id": name, "deleted": True}
            if gone
            else demarche(name, title=f"T{revision % 3}")
        )
        events.append(said | {"revision": revision})
    return events


def state(sender: Sender) -> dict[str, tuple[str, str]]:
    """What the hub says at the end: the presence of each thing, and its content while it is there."""
    db.session.rollback()
    rows = db.session.execute(
        select(Facet.remote_id, Facet.presence, FacetVersion.data)
        .join(FacetVersion, FacetVersion.id == Facet.version_id)
        .join(Source, Source.id == Facet.source_id)
        .where(Source.slug == sender.slug)
    )
    return {name: (presence, json.loads(data)["title"]) for name, presence, data in rows if presence == "present"}


def send_in(batches: list[list[Event]]) -> dict[str, tuple[str, str]]:
    sender = Sender(NANTES, sandbox=f"essai-{next(SERIAL)}")
    for batch in batches:
        items = [Sent(rank, record_of(event, f"/records/{rank}")) for rank, event in enumerate(batch)]
        receive(sender, items, Asked(form="document"))
    return state(sender)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.randoms(use_true_random=False), st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_any_order_cut_and_repetition_ends_in_the_same_state(
    hub: Flask, history: list[Event], luck: random.Random, sizes: list[int]
) -> None:
    last = {event["remote_id"]: event for event in history}
    expected = {name: ("present", event["data"]["title"]) for name, event in last.items() if not event.get("deleted")}
    shuffled = [*history, *luck.choices(history, k=luck.randrange(4))]
    luck.shuffle(shuffled)
    batches, rest = list[list[Event]](), shuffled
    for size in [*sizes, len(shuffled)]:
        batches, rest = ([*batches, rest[:size]], rest[size:]) if rest else (batches, rest)
    assert send_in(batches) == expected
    assert send_in([history]) == expected


def test_twenty_calls_at_once_with_one_key_make_one_run_and_one_answer(app: Flask) -> None:
    """P24: each call is answered as the first one, or told to wait."""
    load_register()
    client = made()
    headers = {**bearing(token_of(client.ref)), "Idempotency-Key": str(uuid.uuid4())}
    app.config["PUSH_AT_ONCE"] = 50
    answers: list[tuple[int, bytes]] = []

    def call() -> None:
        with app.app_context():
            answer = app.test_client().post("/api/v1/push/records", json={"records": [demarche("1")]}, headers=headers)
            answers.append((answer.status_code, answer.data if answer.status_code == 200 else b""))
            db.session.remove()

    threads = [threading.Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 20
    assert {status for status, _ in answers} <= {200, 409}
    assert len({body for status, body in answers if status == 200}) == 1
    db.session.rollback()
    assert db.session.query(Run).count() == 1


def test_many_writers_of_one_record_end_in_one_version_each_and_one_in_force(app: Flask) -> None:
    load_register()
    client = made()
    headers = bearing(token_of(client.ref))
    app.config["PUSH_AT_ONCE"] = 50
    statuses: list[int] = []

    def call(rank: int) -> None:
        with app.app_context():
            key = {"Idempotency-Key": str(uuid.uuid4())}
            sent = {"records": [demarche("1", title=f"T{rank % 2}")]}
            answer = app.test_client().post("/api/v1/push/records", json=sent, headers=headers | key)
            statuses.append(answer.status_code)
            db.session.remove()

    threads = [threading.Thread(target=call, args=(rank,)) for rank in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 12
    db.session.rollback()
    facet = db.session.scalars(select(Facet)).one()
    assert facet.version_id == max(db.session.scalars(select(FacetVersion.id)))
