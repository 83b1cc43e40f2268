"""What a sending that is tried, refused whole, left open or killed changes: nothing (`push-api.md` P20, P27–P30)."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.records import record_of
from hub.db import db
from hub.errors import Refused
from hub.harvest.founding import load_register
from hub.instance import open_instance
from hub.models import Facet, FacetVersion, PushSnapshot
from hub.push.commitment import commit
from hub.push.senders import Sender
from hub.push.snapshots import add, open_snapshot, received
from hub.push.taken import Sent
from tests.checksums import changed, checksums
from tests.conftest import FIXED
from tests.forked import READY, Forked
from tests.fuzzing import UNLIMITED
from tests.generated import batch
from tests.harvesting import later
from tests.make import NANTES
from tests.sending import demarche, send
from tests.test_push_api import Program, Snapshot

MANY = 2_000
"""Démarches of a snapshot whose commit takes long enough to be killed half-way."""


@pytest.fixture
def hub(app: Flask) -> Flask:
    app.config.update(UNLIMITED)
    load_register()
    return app


def test_two_hundred_batches_are_told_the_same_dry_and_real_and_dry_ones_leave_no_trace(sqlite_app: Flask) -> None:
    """P30: every table but those that count calls; what is sent creates, changes, repeats and withdraws."""
    sqlite_app.config.update(UNLIMITED)
    load_register()
    luck, nantes, statuses = random.Random(30), Program(sqlite_app), set[str]()
    for _ in range(200):
        records = [each | {"deleted": True} if luck.random() < 0.1 else each for each in batch(luck, 3)]
        query = luck.choice(("", "", "&atomic=true"))
        before = checksums()
        dry = nantes.send(*records, query=f"?dry_run=true{query}")
        assert changed(before) == set()
        real = nantes.send(*records, query=f"?dry_run=false{query}")
        tried, done = dry.get_json(), real.get_json()
        assert (dry.status_code, tried["run"], tried["dry_run"]) == (real.status_code, None, True)
        for name in ("state", "siren", "counts", "results", "complete"):
            assert tried[name] == done[name], (name, records)
        statuses |= {each["status"] for each in done["results"]}
    assert statuses >= {"created", "updated", "unchanged", "deleted", "quarantined", "left"}


def test_an_atomic_batch_with_one_bad_record_changes_its_run_and_its_problems_alone(hub: Flask) -> None:
    """P20."""
    send(demarche("1"))
    before = checksums()
    report = send(demarche("1", title="Autre"), demarche("2"), demarche("3", state="?"), atomic=True)
    assert report.status == 422
    assert changed(before) == {"run", "issue"}


def test_what_is_not_committed_changes_nothing_of_what_is_there(hub: Flask) -> None:
    """P27: left open, abandoned, over, announced with another count or digest."""
    nantes = Program(hub)
    nantes.send(*(demarche(str(rank)) for rank in range(12)))
    before = checksums()
    whole = Snapshot(nantes)
    whole.add(demarche("1", title="Autre"), demarche("neuve"))
    assert whole.commit(count=3).status_code == 409
    assert whole.commit(sha256="0" * 64).status_code == 409
    assert changed(before) <= {"push_snapshot", "push_part"}
    assert nantes.call("DELETE", whole.path).status_code == 204
    again = Snapshot(nantes)
    again.add(demarche("1", title="Autre"))
    later(hub, hours=25)
    again.program = Program(hub)
    assert again.commit().status_code == 409
    assert changed(before) <= {"push_snapshot", "push_part", "client_token"}


def snapshot(title: str) -> PushSnapshot:
    """A whole snapshot of many démarches that waits to be committed; half of them, not to be held, have this title."""
    sender = Sender(NANTES, client_id=None)
    opened = open_snapshot(sender, "process")
    records = [demarche(str(rank), title=title if rank % 2 else "Place") for rank in range(MANY)]
    add(sender, opened, [Sent(rank, record_of(each, "")) for rank, each in enumerate(records)])
    return opened


def commit_it(said: Connection, instance: str, url: str, ref: str) -> None:
    """Commit a snapshot, in a process of its own."""
    app = open_instance({**FIXED, "DATABASE_URL": url}, Path(instance))
    with app.app_context():
        snapshot_id = db.session.scalars(select(PushSnapshot.id).where(PushSnapshot.ref == ref)).one()
        with db.engine.connect() as connection:
            count, sha256 = received(connection, snapshot_id)
        said.send(READY)
        commit(Sender(NANTES, client_id=None), ref, count, sha256, lambda _connection, _report: None)


def committed(opened: PushSnapshot) -> bool:
    """Tell whether a snapshot was committed already; it is now."""
    with db.engine.connect() as connection:
        count, sha256 = received(connection, opened.id)
    with suppress(Refused):
        commit(Sender(NANTES, client_id=None), opened.ref, count, sha256, lambda _connection, _report: None)
        return False
    return True


def titles() -> set[str]:
    """The titles that the hub says of what changes, all of them at one instant."""
    db.session.rollback()
    query = select(FacetVersion.data).join(Facet, Facet.version_id == FacetVersion.id).distinct()
    return {json.loads(data)["title"] for data in db.session.scalars(query)} - {"Place"}


def test_a_snapshot_whose_commit_is_killed_is_applied_wholly_or_not_at_all(hub: Flask) -> None:
    """P28: killed after more and more of it."""
    ends = set[bool]()
    for rank, seconds in enumerate((0.0, 0.05, 0.1, 0.2, 0.5, 60)):
        opened = snapshot(f"Titre {rank}")
        process = Forked(commit_it, hub.instance_path, hub.config["DATABASE_URL"], opened.ref)
        process.ready()
        process.process.join(seconds)
        process.process.kill()
        process.code()
        assert len(titles()) <= 1, "all of it or nothing"
        ends.add(committed(opened))
        assert titles() == {f"Titre {rank}"}
    assert ends == {True, False}, "some were killed in time, some not"
