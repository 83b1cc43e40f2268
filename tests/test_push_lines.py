"""Lines sent again byte for byte: known by their digest, and never taken for what they are not."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select, update

from hub.db import db
from hub.errors import Refused
from hub.harvest import raw
from hub.models import Change, Facet, FacetVersion, Metropole, Run
from hub.push.ahead import BLOCK, prepare
from hub.push.batch import Asked, receive
from hub.push.bodies import NDJSON, Body, unread
from hub.push.report import Report
from hub.push.senders import Sender, door_of
from tests.make import NANTES, RENNES, thing
from tests.sending import demarche, send, sender


def lines_of(*records: Mapping[str, Any] | str) -> bytes:
    written = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in records]
    return "".join(f"{each}\n" for each in written).encode()


def send_lines(*records: Mapping[str, Any] | str, by: Sender | None = None, **asked: Any) -> Report:
    by = by or sender()
    body = Body(io.BytesIO(lines_of(*records)), "")
    return receive(by, unread(body, NDJSON, by.siren), Asked(**asked))


def known_again(*records: Mapping[str, Any] | str, by: Sender | None = None) -> list[bool]:
    """Which of these lines are known by their digest alone."""
    by = by or sender()
    items = unread(Body(io.BytesIO(lines_of(*records)), ""), NDJSON, by.siren)
    return [bool(each.text) for each in prepare(by, items, door_of(by)).taken]


def statuses(report: Report) -> list[str]:
    return [each["status"] for each in report.results]


def test_a_line_sent_again_is_known_and_any_other_writing_of_it_is_looked_into(app: Flask) -> None:
    first, second = demarche("1"), demarche("2")
    assert statuses(send_lines(first, second)) == ["created", "created"]
    other = json.dumps(first, indent=None, separators=(",", ":"), ensure_ascii=False)
    assert known_again(first, other, second, demarche("3")) == [True, False, True, False]
    assert statuses(send_lines(first, other.replace('"1"', '"4"'), second)) == ["unchanged", "created", "unchanged"]
    assert statuses(send_lines(other)) == ["unchanged"]
    assert len(db.session.scalars(select(FacetVersion)).all()) == len(db.session.scalars(select(Change)).all()) == 3


def test_a_line_is_looked_into_again_once_the_door_or_what_is_in_force_changed(app: Flask) -> None:
    by, said = sender(), demarche("1", communes=["44109"])
    send_lines(said, by=by)
    assert known_again(said, by=by) == [True]
    send(demarche("1", title="Autre"), by=by)
    assert known_again(said, by=by) == [False]
    assert statuses(send_lines(said, by=by)) == ["updated"]
    db.session.execute(update(Metropole).where(Metropole.siren == NANTES).values(communes=["44001"]))
    db.session.commit()
    assert known_again(said, by=by) == [False]
    assert statuses(send_lines(said, by=by)) == ["quarantined"]


def test_a_line_whose_name_does_not_come_first_is_known_too(app: Flask) -> None:
    turned = dict(reversed(demarche("1").items()))
    other, far = demarche("2"), json.dumps({"data": {}, **demarche("3")}).replace(' "remote_id"', '\t"remote_id"')
    send_lines(turned, other, far)
    assert known_again(turned, other, far) == [True, True, True]
    assert statuses(send_lines(turned, other, dict(reversed(demarche("4").items())), far)) == [
        "unchanged",
        "unchanged",
        "created",
        "unchanged",
    ]


def test_a_line_that_begins_like_a_known_one_is_none(app: Flask) -> None:
    send_lines(demarche("1"))
    known = json.dumps(demarche("1"), ensure_ascii=False)
    twice = known.removesuffix("}") + ', "remote_id": "2"}'
    more = known.removesuffix("}") + ', "revision": 3}'
    assert known_again(known, twice, more, known + "x", known[:-2]) == [True, *[False] * 4]
    report = send_lines(twice, more)
    assert (statuses(report), report.results[0]["errors"][0]["rule"]) == (["quarantined", "unchanged"], "cle_en_double")


def test_a_line_that_is_badly_written_is_never_known(app: Flask) -> None:
    twice = '{"kind":"process","remote_id":"1","data":{"title":"A","title":"B","state":"en_cours"}}'
    for _ in range(2):
        report = send_lines(twice, demarche("2"), "{", demarche("3"))
        assert [each["errors"][0]["rule"] for each in report.results if "errors" in each] == [
            "cle_en_double",
            "json_invalide",
        ]
        assert [each["line"] for each in report.results] == [1, 2, 3, 4]
    assert statuses(report) == ["quarantined", "unchanged", "quarantined", "unchanged"]
    assert known_again(twice, demarche("2")) == [False, True]


def test_what_bears_more_than_a_record_is_read(app: Flask) -> None:
    numbered, named = demarche("1") | {"revision": 2}, demarche("2") | {"siren": NANTES}
    proposal = {"kind": "contribution", "remote_id": "3", "data": {"process_id": "1", "type": "avis", "title": "T"}}
    told = {**proposal, "remote_id": "4", "data": {**proposal["data"], "body": "Un texte."}}  # type: ignore[dict-item]
    send_lines(numbered, named, proposal, told)
    assert known_again(numbered, named, proposal, told) == [False, False, True, False]


def test_a_known_line_of_a_kind_that_is_no_longer_open_is_refused(app: Flask) -> None:
    by = sender()
    send_lines(demarche("1"), by=by)
    with pytest.raises(Refused) as refused:
        send_lines(demarche("1"), by=replace(by, kinds=frozenset({"meeting"})))
    assert refused.value.problem.rule == "genre_non_ouvert"


def test_a_known_line_says_nothing_of_another_metropole(app: Flask) -> None:
    send_lines(demarche("1"))
    assert known_again(demarche("1"), by=sender(RENNES)) == [False]


def test_what_a_tombstone_took_away_comes_back_by_its_line(app: Flask) -> None:
    send_lines(demarche("1"))
    send_lines({"kind": "process", "remote_id": "1", "deleted": True})
    assert statuses(send_lines(demarche("1"))) == ["unchanged"]
    assert db.session.scalars(select(Facet.presence)).one() == "present"


def test_a_known_line_that_another_sending_replaced_meanwhile_is_written_again(app: Flask) -> None:
    by, said = sender(), demarche("1", title="Avant")
    send_lines(said, by=by)
    batch = unread(Body(io.BytesIO(lines_of(said)), ""), NDJSON, by.siren)
    report = receive(by, batch, Asked(first=lambda connection: connection.execute(update(Facet).values(sha256="x"))))  # type: ignore[arg-type, return-value]
    assert statuses(report) == ["updated"]
    written = db.session.scalars(select(FacetVersion).order_by(FacetVersion.id.desc())).first()
    assert written is not None
    assert orjson.loads(written.data)["title"] == thing("process", "1").title == "Avant"  # type: ignore[union-attr]


def test_a_large_sending_keeps_its_known_lines_each_where_it_stood(sqlite_app: Flask) -> None:
    records = [demarche(str(rank)) for rank in range(BLOCK + 1)]
    send_lines(*records)
    report = send_lines(*records[:-1], demarche(str(BLOCK), title="Autre"))
    assert (report.counts["unchanged"], report.counts["updated"]) == (BLOCK, 1)
    run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    kept = raw.read(run.raw_sha256 or "").splitlines()
    first = db.session.scalars(select(FacetVersion).order_by(FacetVersion.id)).first()
    assert first is not None
    assert orjson.loads(kept[0]) == {"kind": "process", "remote_id": "0", "data": orjson.loads(first.data)}
    assert orjson.loads(kept[BLOCK])["data"]["title"] == "Autre"
