"""What is done of a sending before its transaction: nothing of it shows in what enters."""

from __future__ import annotations

import orjson
from flask import Flask
from sqlalchemy import select, update

from hub.db import db
from hub.harvest import raw
from hub.models import Change, Facet, FacetVersion, Issue, Metropole, Run, Source
from hub.push.ahead import BLOCK
from tests.make import NANTES, thing
from tests.sending import demarche, send, sender


def test_what_is_sent_again_is_looked_into_again_once_the_door_changed(app: Flask) -> None:
    by, said = sender(), demarche("1", communes=["44109"])
    assert [send(said, by=by).results[0]["status"] for _ in range(2)] == ["created", "unchanged"]
    db.session.execute(update(Metropole).where(Metropole.siren == NANTES).values(communes=["44001"]))
    db.session.commit()
    again = send(said, by=by).results[0]
    assert (again["status"], again["errors"][0]["rule"]) == ("quarantined", "commune_hors_metropole")


def test_what_a_tombstone_took_away_comes_back_with_the_same_words(app: Flask) -> None:
    send(demarche("1"))
    send({"kind": "process", "remote_id": "1", "deleted": True})
    assert send(demarche("1")).results[0]["status"] == "unchanged"
    assert db.session.scalars(select(Facet.presence)).one() == "present"
    assert db.session.scalars(select(Change.event).order_by(Change.id)).all() == ["created", "gone", "restored"]


def test_a_problem_is_repaired_by_the_record_in_force_sent_again(app: Flask) -> None:
    send(demarche("1"))
    send(demarche("1", state="?"))
    assert db.session.scalars(select(Issue.state)).all() == ["open"]
    assert send(demarche("1")).results[0]["status"] == "unchanged"
    assert db.session.scalars(select(Issue.state)).all() == ["repaired"]


def test_what_was_counted_before_is_counted_again_when_less_of_it_enters(app: Flask) -> None:
    send(demarche("1") | {"revision": 2})
    send(demarche("1", title="Avant") | {"revision": 1}, demarche("2"))
    profile = db.session.scalars(select(Source.profile).where(Source.connector == "push")).one()
    assert profile["process"]["fields"]["n"] == 2


def test_a_large_sending_is_kept_whole_each_record_where_it_stood(sqlite_app: Flask) -> None:
    records = [demarche(str(rank)) for rank in range(BLOCK + 2)]
    send(*records[:7], demarche("7", state="?"), *records[8:])
    run = db.session.scalars(select(Run)).one()
    versions = db.session.scalars(select(FacetVersion).order_by(FacetVersion.id)).all()
    assert (len(versions), {version.raw_sha256 for version in versions}) == (BLOCK + 1, {run.raw_sha256})
    kept = orjson.loads(raw.read(run.raw_sha256 or ""))["records"]
    assert [rank for rank, each in enumerate(kept) if each is None] == [7]
    last = versions[-1]
    assert last.raw_pointer == f"/records/{BLOCK + 1}"
    assert kept[BLOCK + 1] == {"kind": "process", "remote_id": last.remote_id, "data": orjson.loads(last.data)}


def test_a_large_sending_repeated_with_one_change_writes_that_one(sqlite_app: Flask) -> None:
    records = [demarche(str(rank)) for rank in range(BLOCK + 1)]
    send(*records)
    report = send(*records[:-1], demarche(str(BLOCK), title="Autre"))
    assert (report.counts["unchanged"], report.counts["updated"], report.counts["versions"]) == (BLOCK, 1, 1)
    assert thing("process", str(BLOCK)).title == "Autre"
