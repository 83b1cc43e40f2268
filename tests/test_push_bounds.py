"""Each limit of the push API, at its bound and one beyond; and sendings that have ten thousand things wrong (§10)."""

from __future__ import annotations

import gzip
import json
import random
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from hub.clock import iso, now
from hub.db import writing
from hub.harvest.founding import load_register
from hub.models import PushCall
from tests.clients import row
from tests.fuzzing import UNLIMITED
from tests.make import counts
from tests.sending import demarche
from tests.test_push_api import RECORDS, Program, Snapshot

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
Said = tuple[int, str]


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    sqlite_app.config.update(UNLIMITED)
    load_register()
    return sqlite_app


def many(number: int) -> list[dict[str, Any]]:
    return [demarche(str(rank)) for rank in range(number)]


def said(answer: Any) -> Said:
    """The status, and the rule that was broken, if any."""
    return answer.status_code, str((answer.get_json() or {}).get("type", "")).rpartition("/")[2]


def posted(program: Program, body: bytes, media_type: str = JSON, encoding: str = "") -> Said:
    headers = {"Content-Encoding": encoding} if encoding else {}
    path = f"{RECORDS}?kind=process" if media_type == CSV else RECORDS
    return said(program.call("POST", path, data=body, content_type=media_type, headers=headers))


def padded(size: int, **record: Any) -> bytes:
    """A batch of one record that takes this many bytes."""
    body = json.dumps({"records": [demarche(**record)]}).encode()
    return body + b" " * (size - len(body))


def test_a_body_as_it_arrives(hub: Flask) -> None:
    nantes = Program(hub)
    assert posted(nantes, padded(5_000_000)) == (200, "")
    assert posted(nantes, padded(5_000_001)) == (413, "envoi_trop_grand")


def test_a_body_unpacked_and_how_many_times_larger_it_gets(hub: Flask) -> None:
    hub.config["PUSH_UNPACKED_BYTES"] = 3_000_000
    nantes, luck = Program(hub), random.Random(36)
    noise = "".join(luck.choices("0123456789abcdef", k=2_900_000))  # which packs badly
    head = b'{"records": [%s], "x": "' % json.dumps(demarche("1")).encode()

    def packed(size: int) -> bytes:
        return gzip.compress((head + noise.encode())[: size - 2].ljust(size - 2, b"a") + b'"}')

    assert posted(nantes, packed(3_000_000), encoding="gzip") == (400, "champ_inconnu"), "read to its end"
    assert posted(nantes, packed(3_000_001), encoding="gzip") == (413, "envoi_trop_grand")
    hub.config["PUSH_UNPACKED_BYTES"] = 50_000_000
    assert posted(nantes, gzip.compress(padded(1_000_000)), encoding="gzip") == (200, "")
    assert posted(nantes, gzip.compress(padded(9_000_000)), encoding="gzip") == (413, "envoi_trop_grand")


@pytest.mark.parametrize(
    ("media_type", "setting"), [(JSON, "PUSH_BATCH_JSON"), (NDJSON, "PUSH_BATCH"), (CSV, "PUSH_BATCH")]
)
def test_the_records_of_a_batch(hub: Flask, media_type: str, setting: str) -> None:
    assert (hub.config["PUSH_BATCH_JSON"], hub.config["PUSH_BATCH"]) == (1_000, 20_000)
    hub.config[setting] = 50
    nantes = Program(hub)

    def body(number: int) -> bytes:
        if media_type == CSV:
            return ("identifiant;titre;etat\n" + "".join(f"{rank};T;En cours\n" for rank in range(number))).encode()
        lines = [json.dumps(each) for each in many(number)]
        return ("\n".join(lines) if media_type == NDJSON else f'{{"records": [{",".join(lines)}]}}').encode()

    assert posted(nantes, body(51), media_type) == (413, "envoi_trop_de_fiches")
    assert counts()["facet"] == 0
    assert posted(nantes, body(50), media_type) == (200, "")


def test_the_records_of_a_snapshot(hub: Flask) -> None:
    assert hub.config["PUSH_SNAPSHOT"] == 200_000
    hub.config["PUSH_SNAPSHOT"] = 10
    whole = Snapshot(Program(hub))
    assert whole.add(*many(10)).status_code == 200
    assert said(whole.program.call("POST", f"{whole.path}/records", json={"records": [demarche("autre")]})) == (
        409,
        "depot_trop_grand",
    )
    assert whole.commit().status_code == 200, "what passed it was not kept"


def test_a_record_by_its_bytes_its_depth_and_its_properties(hub: Flask) -> None:
    nantes = Program(hub)

    def rules(body: bytes, media_type: str) -> list[str]:
        answer = nantes.call("POST", RECORDS, data=body, content_type=media_type).get_json()
        errors = [error for each in answer.get("results", [answer]) for error in each.get("errors", ())]
        return [error["rule"] for error in errors]

    def sized(size: int) -> bytes:
        def written(text: str) -> bytes:
            return json.dumps(demarche("1", x=text), ensure_ascii=False, separators=(",", ":")).encode()

        return written("a" * (size - len(written(""))))

    for size, rule in ((65_536, "champ_inconnu"), (65_537, "fiche_trop_grande")):
        assert rules(b'{"records": [%s]}' % sized(size), JSON) == [rule]
    for size, rule in ((65_536, "champ_inconnu"), (65_537, "ligne_trop_longue")):
        assert rules(sized(size), NDJSON) == [rule]
    for depth, rule in ((17, "champ_inconnu"), (64, "trop_profond")):
        deep = b'{"kind": "process", "remote_id": "1", "data": {"title": "T", "x": %s}}' % (b"[" * depth + b"]" * depth)
        assert rules(deep, NDJSON) == [rule], "the schemas are closed: nothing of theirs is that deep"
    wide = json.dumps(demarche("1", **{f"k{rank}": 1 for rank in range(5_000)})).encode()
    assert rules(wide, NDJSON) == ["champ_inconnu"] * 100, "no more is told of one record"


def test_the_calls_of_a_minute_and_the_records_of_a_day(hub: Flask) -> None:
    nantes, rennes = Program(hub), Program(hub)
    hub.config["RATE_PUSH_RECORDS"] = "5/day"
    assert nantes.send(*many(5)).status_code == 200
    beyond = nantes.send(demarche("1"))
    assert (beyond.status_code, "Retry-After" in beyond.headers) == (429, True)
    assert rennes.send(*many(6)).status_code == 429
    hub.config["RATE_PUSH_RECORDS"] = "200000/day"
    hub.config["RATE_PUSH"] = "60/minute"
    other = Program(hub)
    answers = [other.call("GET", "/api/v1/push/me") for _ in range(61)]
    assert [each.status_code for each in answers] == [200] * 60 + [429]
    assert [answers[0].headers["RateLimit-Remaining"], answers[59].headers["RateLimit-Remaining"]] == ["59", "0"]
    assert "Retry-After" in answers[60].headers


def test_the_reads_of_an_address_and_the_records_that_are_looked_into_without_a_token(hub: Flask) -> None:
    hub.config["RATE_READS"], hub.config["RATE_VALIDATE"] = "120/minute", "10/minute"
    visitor = hub.test_client()
    assert [visitor.get("/api/v1/metropoles").status_code for _ in range(121)] == [200] * 120 + [429]
    tried = [visitor.post("/api/v1/validate", json={"records": many(1)}).status_code for _ in range(11)]
    assert tried == [200] * 10 + [429]
    hub.config["RATE_VALIDATE"] = "100/minute"
    assert [said(visitor.post("/api/v1/validate", json={"records": many(number)})) for number in (100, 101)] == [
        (200, ""),
        (413, "envoi_trop_de_fiches"),
    ]


def test_ten_thousand_wrong_lines_are_told_in_bounded_time_and_all_found_again(hub: Flask) -> None:
    nantes, start = Program(hub), time.monotonic()
    records = [demarche(str(rank), state="?") for rank in range(10_000)]
    answer = nantes.lines(*records, demarche("bonne"))
    report = answer.get_json()
    assert time.monotonic() - start < 30
    assert (answer.status_code, report["counts"]["problems"], report["counts"]["created"]) == (200, 10_000, 1)
    assert (len(report["results"]), report["complete"]) == (1_000, False)
    assert len(answer.data) < 2_000_000
    found, after = list[str](), ""
    while after is not None:
        query = f"?limit=1000{f'&after={after}' if after else ''}"
        page = nantes.call("GET", f"{report['issues']}{query}").get_json()
        found, after = [*found, *(each["remote_id"] for each in page["items"])], page["next"]
    assert sorted(found, key=int) == [str(rank) for rank in range(10_000)]
    sheet = nantes.call("GET", f"{report['issues']}.csv").text
    assert sheet.count("code_inconnu") == 10_000


def test_each_sending_of_a_client_beyond_those_at_once_waits_its_turn(hub: Flask) -> None:
    assert hub.config["PUSH_AT_ONCE"] == 4
    nantes = Program(hub)
    until = {"created_at": iso(now()), "until": iso(now() + timedelta(seconds=60))}
    at_work = [{"client_id": row(nantes.client.ref).id, "key": f"k{rank}", "digest": "x", **until} for rank in range(4)]
    with writing() as connection:
        connection.execute(insert(PushCall), at_work[:3])
    assert nantes.send(demarche("1")).status_code == 200
    with writing() as connection:
        connection.execute(insert(PushCall), at_work[3:])
    refused = nantes.send(demarche("2"))
    assert (said(refused), refused.headers["Retry-After"]) == ((429, "trop_a_la_fois"), "2")
    assert Program(hub).send(demarche("2")).status_code == 200, "another client is not made to wait"
