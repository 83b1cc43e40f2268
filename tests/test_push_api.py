"""The push API as a program of a metropole meets it (`push-api.md` §4–§10)."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.benchmark.coverage import coverages
from hub.clock import iso, now
from hub.db import db
from hub.harvest.founding import load_register
from hub.harvest.holds import approve
from hub.harvest.tick import tick
from hub.models import Facet, Issue, PushCall, PushReceipt, PushSnapshot, Run, Source
from hub.push import calls
from tests.clients import bearing, made, token_of
from tests.make import NANTES, RENNES, counts, issues, thing
from tests.sending import demarche

Call = Callable[..., TestResponse]
RECORDS = "/api/v1/push/records"


@pytest.fixture
def hub(app: Flask) -> Flask:
    load_register()
    return app


class Program:
    """A program of a metropole, with its token."""

    def __init__(self, app: Flask, *scopes: str, **client: Any) -> None:
        self.client = made(**client)
        self.browser, self.headers = app.test_client(), bearing(token_of(self.client.ref, *scopes))

    def call(self, method: str, path: str, **asked: Any) -> TestResponse:
        headers = {"Idempotency-Key": str(uuid.uuid4()), **self.headers, **asked.pop("headers", {})}
        return self.browser.open(path, method=method, headers=headers, **asked)

    def send(self, *records: Mapping[str, Any], query: str = "", **asked: Any) -> TestResponse:
        return self.call("POST", RECORDS + query, json={"records": records}, **asked)

    def lines(self, *records: Mapping[str, Any], **asked: Any) -> TestResponse:
        body = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)
        return self.call("POST", RECORDS, data=body.encode(), content_type="application/x-ndjson", **asked)


def test_a_batch_enters_and_its_report_says_what_became_of_each_record(hub: Flask) -> None:
    nantes = Program(hub)
    answer = nantes.send(demarche("1"), demarche("2", ends_on="31/02/2026"))
    assert answer.status_code == 200, answer.text
    report = answer.json or {}
    assert report["counts"] == {"received": 2, "created": 1, "updated": 0, "unchanged": 0, "problems": 1}
    assert report["results"][1]["errors"][0]["pointer"] == "/records/1/data/ends_on"
    assert thing("process", "1").metropole.siren == NANTES  # type: ignore[union-attr]  # it has one
    read = hub.test_client().get("/api/v1/processes").json or {}
    assert [each["provenance"]["writer"] for each in read["items"]] == ["push"]


def test_the_same_records_in_three_forms_have_the_same_hashes(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(demarche("1"), demarche("2"))
    assert [each["status"] for each in (nantes.lines(demarche("1"), demarche("2")).json or {})["results"]] == [
        "unchanged",
        "unchanged",
    ]
    table = "identifiant;titre;État\r\n1;Démarche 1;En cours\r\n2;Démarche 2;en_cours\r\n"
    sheet = nantes.call("POST", f"{RECORDS}?kind=process", data=table.encode(), content_type="text/csv")
    assert [(each["line"], each["status"]) for each in (sheet.json or {})["results"]] == [
        (2, "unchanged"),
        (3, "unchanged"),
    ]
    unsaid = nantes.call("POST", RECORDS, data=table.encode(), content_type="text/csv")
    assert (unsaid.status_code, (unsaid.json or {})["type"]) == (400, "/problems/genre_inconnu")


def test_a_table_with_an_unknown_column_is_refused_row_by_row_as_an_unknown_field_is(hub: Flask) -> None:
    nantes, path = Program(hub), f"{RECORDS}?kind=process"
    table = "identifiant;titre;etat;resumee\r\n1;Un;En cours;Trop\r\n2;Deux;En cours;\r\n"
    answer = nantes.call("POST", path, data=table.encode(), content_type="text/csv")
    refused, entered = (answer.json or {})["results"]
    assert (refused["line"], refused["status"], entered["status"]) == (2, "quarantined", "created")
    (error,) = refused["errors"]
    assert (error["rule"], error["pointer"]) == ("champ_inconnu", "/data/resumee")
    assert "Vouliez-vous dire" in error["how"]
    assert nantes.send(demarche("3", resumee="Trop")).status_code == 422
    persons = b"identifiant;titre;etat;courriel\r\n4;Quatre;En cours;a@b.fr\r\n"
    answer = nantes.call("POST", path, data=persons, content_type="text/csv")
    assert (answer.status_code, (answer.json or {})["type"]) == (400, "/problems/tableau_illisible")
    assert "a@b.fr" not in answer.text


def test_a_call_repeated_with_its_key_is_answered_as_the_first_time(hub: Flask) -> None:
    nantes, key = Program(hub), {"Idempotency-Key": "envoi-1"}
    first = nantes.send(demarche("1"), headers=key)
    again = nantes.send(demarche("1"), headers=key)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert db.session.query(Run).count() == 1
    other = nantes.send(demarche("2"), headers=key)
    assert (other.status_code, (other.json or {})["type"]) == (422, "/problems/cle_repetition_reprise")
    assert nantes.call("POST", RECORDS, json={"records": []}, headers={"Idempotency-Key": ""}).status_code == 400


def test_a_call_without_a_key_is_told_how_to_make_one(hub: Flask) -> None:
    nantes = Program(hub)
    answer = nantes.browser.post(RECORDS, json={"records": [demarche("1")]}, headers=nantes.headers)
    assert (answer.status_code, (answer.json or {})["type"]) == (400, "/problems/cle_repetition_manquante")


def test_a_call_at_work_is_waited_for_and_a_dead_one_is_taken_over(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(demarche("1"), headers={"Idempotency-Key": "k"})
    call = db.session.scalars(select(PushCall)).one()
    call.status, call.until = None, iso(now() + timedelta(seconds=60))
    db.session.commit()
    waiting = nantes.send(demarche("1"), headers={"Idempotency-Key": "k"})
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (409, "2")
    call.until = iso(now() - timedelta(seconds=1))
    db.session.commit()
    assert nantes.send(demarche("1"), headers={"Idempotency-Key": "k"}).status_code == 200


def test_a_call_whose_twin_was_answered_while_it_was_looked_into_gets_that_answer(hub: Flask) -> None:
    Program(hub).send(demarche("1"), headers={"Idempotency-Key": "k"})
    known = db.session.scalars(select(PushCall)).one()
    twin, body = calls.Call(known.client_id, "k", known.digest), known.body
    with pytest.raises(calls.Repeated) as found, calls.at_work(twin) as claim:
        claim()
    assert found.value.answered.body == body
    assert db.session.query(PushCall).count() == 1, "the answer of the first is kept"


def test_a_dry_run_answers_the_report_of_the_real_call_and_needs_no_key(hub: Flask) -> None:
    nantes, records = Program(hub), [demarche("1"), demarche("2", state="?")]
    dry = nantes.browser.post(f"{RECORDS}?dry_run=true", json={"records": records}, headers=nantes.headers)
    assert counts() == {"facet": 0, "facet_version": 0, "run": 0}
    real = nantes.send(*records)
    assert (dry.json or {})["results"] == (real.json or {})["results"]
    assert (dry.json or {})["run"] is None


def test_a_dry_run_says_field_by_field_what_would_change(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(demarche("1", summary="Avant."), demarche("2"))
    changed = [demarche("1", title="Autre"), demarche("2"), demarche("3")]
    dry = nantes.send(*changed, query="?dry_run=true").json or {}
    summary = {"field": "summary", "before": "Avant."}
    title = {"field": "title", "before": "Démarche 1", "after": "Autre"}
    assert [each.get("changes") for each in dry["results"]] == [[summary, title], None, None]
    withheld = demarche("2", budget=None, budget_state="non_communique")
    nantes.send(withheld)
    dry = nantes.send(demarche("2"), query="?dry_run=true").json or {}
    assert dry["results"][0]["changes"] == [
        {"field": "budget", "before": None},
        {"field": "budget_state", "before": "non_communique"},
    ]
    nantes.send(demarche("2"))
    alone = nantes.call("PUT", f"{RECORDS}/process/2?dry_run=true", json={"data": demarche("2", title="B")["data"]})
    assert (alone.json or {})["results"][0]["changes"] == [{"field": "title", "before": "Démarche 2", "after": "B"}]
    assert "changes" not in str(nantes.send(*changed).json)


def test_a_record_is_put_read_and_withdrawn_by_its_address(hub: Flask) -> None:
    nantes, address = Program(hub), f"{RECORDS}/process/vélo 1"
    data = demarche()["data"]
    assert nantes.call("PUT", address, json={"data": data}).status_code == 201
    assert nantes.call("PUT", address, json={"data": data}).status_code == 200
    read = nantes.call("GET", address)
    assert (read.json or {})["layers"][0]["data"]["title"] == data["title"]
    stale = nantes.call("PUT", address, json={"data": data | {"title": "B"}}, headers={"If-Match": '"autre"'})
    assert stale.status_code == 412
    fresh = nantes.call(
        "PUT", address, json={"data": data | {"title": "B"}}, headers={"If-Match": read.headers["ETag"]}
    )
    assert fresh.status_code == 200
    assert nantes.call("DELETE", address).status_code == 200
    assert nantes.call("DELETE", address).status_code == 200
    assert db.session.scalars(select(Facet)).one().presence == "gone"
    assert nantes.call("DELETE", f"{RECORDS}/process/inconnue").status_code == 404


@pytest.mark.parametrize("condition", ['W/"{old}"', '"{old}", "autre"', "*"])
def test_a_condition_is_never_left_out_whatever_its_form(hub: Flask, condition: str) -> None:
    nantes, address = Program(hub), f"{RECORDS}/process/118"
    data = demarche()["data"]

    def put(title: str, headers: Mapping[str, str] | None = None) -> int:
        json = {"data": data | {"title": title}}
        return nantes.call("PUT", address, json=json, headers=headers or {}).status_code

    assert put("A", {"If-Match": condition.format(old="0" * 64)}) == 412, "rien n'est en vigueur"
    assert put("A") == 201
    asked = {"If-Match": condition.format(old=nantes.call("GET", address).headers["ETag"].strip('"'))}
    assert put("B", asked) == 200
    assert put("C", asked) == (200 if condition == "*" else 412)
    assert nantes.call("DELETE", address, headers=asked).status_code == (200 if condition == "*" else 412)


@pytest.mark.parametrize("name", ["e\u0301te\u0301", " 118 "])
def test_a_record_is_found_again_by_the_address_it_was_put_at(hub: Flask, name: str) -> None:
    nantes, address = Program(hub), f"{RECORDS}/process/{quote(name)}"
    assert nantes.call("PUT", address, json={"data": demarche()["data"]}).status_code == 201
    read = nantes.call("GET", address)
    assert read.status_code == 200
    assert nantes.call("DELETE", address, headers={"If-Match": read.headers["ETag"]}).status_code == 200
    assert db.session.scalars(select(Facet)).one().presence == "gone"


@pytest.mark.parametrize("name", ["https://exemple.fr/a//b/", "a/", "..", "é è", "100%"])
def test_a_record_named_by_an_address_is_put_and_read_under_its_own_name(hub: Flask, name: str) -> None:
    nantes, address = Program(hub), f"{RECORDS}/process/{quote(name, safe='')}"
    assert nantes.call("PUT", address, json={"data": demarche()["data"]}).status_code == 201
    assert (nantes.call("GET", address).json or {})["remote_id"] == name
    assert db.session.scalars(select(Facet.remote_id)).all() == [name]


def test_a_batch_that_names_another_metropole_writes_nothing_at_all(hub: Flask) -> None:
    nantes = Program(hub)
    for record in (
        demarche("2") | {"siren": RENNES},
        {"kind": "observation", "remote_id": "o", "data": observation(RENNES)},
    ):
        answer = nantes.send(demarche("1"), record)
        assert (answer.status_code, (answer.json or {})["type"]) == (403, "/problems/autre_metropole"), record
    assert counts() == {"facet": 0, "facet_version": 0, "run": 0}
    assert nantes.send(demarche("1") | {"siren": NANTES}).status_code == 200


def observation(siren: str) -> dict[str, Any]:
    subject = {"kind": "metropole", "remote_id": siren}
    period = {"from": "2025", "to": "2025", "precision": "annee"}
    return {"metric": "participants", "subject": subject, "period": period, "quantity": {"value": 3}, "basis": "flux"}


def test_a_token_writes_only_the_kinds_of_its_scopes(hub: Flask) -> None:
    figures = Program(hub, "push:figures")
    answer = figures.send(demarche("1"))
    assert (answer.status_code, (answer.json or {})["type"]) == (403, "/problems/genre_non_ouvert")
    reading = Program(hub, "own:read")
    assert reading.send(demarche("1")).status_code == 403
    assert counts()["run"] == 0


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("body", "media_type", "status", "rule"),
    [
        (b"{", "application/json", 400, "json_invalide"),
        (b'{"records": [], "records": []}', "application/json", 400, "cle_en_double"),
        (b'{"records": {}}', "application/json", 400, "type_invalide"),
        (b'{"fiches": []}', "application/json", 400, "champ_inconnu"),
        (b'{"records": []}', "application/json", 400, "envoi_vide"),
        (b"", "application/x-ndjson", 400, "envoi_vide"),
        ("é".encode("latin-1"), "application/json", 400, "utf8_invalide"),
        (b"[" * 100_000, "application/json", 400, "trop_profond"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "contenu_non_accepte"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_its_rule(
    hub: Flask, body: bytes, media_type: str, status: int, rule: str
) -> None:
    answer = Program(hub).call("POST", RECORDS, data=body, content_type=media_type)
    assert (answer.status_code, (answer.json or {})["type"]) == (status, f"/problems/{rule}"), answer.text
    assert answer.mimetype == "application/problem+json"
    assert counts()["run"] == 0


def test_a_bad_line_is_set_aside_alone_and_named_by_its_number(hub: Flask) -> None:
    body = json.dumps(demarche("1")).encode() + b"\n\n{bad\n" + json.dumps(demarche("2")).encode()
    answer = Program(hub).call("POST", RECORDS, data=body, content_type="application/x-ndjson")
    results = (answer.json or {})["results"]
    assert [(each["line"], each["status"]) for each in results] == [(1, "created"), (3, "quarantined"), (4, "created")]


def test_a_compressed_body_is_read_and_a_bomb_is_not(hub: Flask) -> None:
    nantes = Program(hub)
    packed = gzip.compress(json.dumps({"records": [demarche("1")]}).encode())
    sent = {"content_type": "application/json", "headers": {"Content-Encoding": "gzip"}}
    assert nantes.call("POST", RECORDS, data=packed, **sent).status_code == 200
    bomb = gzip.compress(b" " * 60_000_000)
    refused = nantes.call("POST", RECORDS, data=bomb, **sent)
    assert (refused.status_code, (refused.json or {})["type"]) == (413, "/problems/envoi_trop_grand")
    assert nantes.call("POST", RECORDS, data=packed[:-9], **sent).status_code == 400
    large = json.dumps({"records": [demarche("2")]}).encode() + b" " * 4_000_000
    assert nantes.call("POST", RECORDS, data=large, content_type="application/json").status_code == 200
    assert nantes.call("POST", RECORDS, data=b"x" * 5_000_001, content_type="application/json").status_code == 413


def test_limits_are_told_and_the_call_beyond_them_is_refused(hub: Flask) -> None:
    hub.config["RATE_PUSH"] = "3/minute"
    hub.config["RATE_PUSH_RECORDS"] = "5/day"
    hub.config["PUSH_BATCH_JSON"] = 4
    nantes = Program(hub)
    first = nantes.send(*(demarche(str(rank)) for rank in range(4)))
    assert (first.status_code, first.headers["RateLimit-Remaining"]) == (200, "2")
    assert nantes.send(*(demarche(str(rank)) for rank in range(5))).status_code == 413
    beyond = nantes.send(*(demarche(str(rank)) for rank in range(2)))
    assert (beyond.status_code, "Retry-After" in beyond.headers) == (429, True)
    assert nantes.send(demarche("1")).status_code == 429
    assert counts()["run"] == 1


def test_a_receipt_proves_what_was_received_to_an_independent_reader(hub: Flask) -> None:
    nantes = Program(hub)
    body = json.dumps({"records": [demarche("1")]}).encode()
    sent = nantes.call("POST", RECORDS, data=body, content_type="application/json").json or {}
    run = nantes.call("GET", sent["receipt"]).json or {}
    keys = KeySet.import_key_set(hub.test_client().get("/.well-known/jwks.json").json)
    said = json.loads(jws.deserialize_compact(run["receipt"]["jws"], keys).payload)
    assert (said["run"], said["siren"], said["body_sha256"]) == (sent["run"], NANTES, hashlib.sha256(body).hexdigest())
    altered = run["receipt"]["jws"][:-4] + "AAAA"
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(altered, keys)
    assert all("d" not in key for key in (hub.test_client().get("/.well-known/jwks.json").json or {})["keys"])


def test_the_problems_of_a_run_are_read_as_json_and_as_a_table(hub: Flask) -> None:
    nantes = Program(hub)
    sent = nantes.send(demarche("1", state="=cmd()"), demarche("2")).json or {}
    read = nantes.call("GET", sent["issues"]).json or {}
    assert [(each["rule"], each["remote_id"], each["state"]) for each in read["items"]] == [
        ("code_inconnu", "1", "open")
    ]
    sheet = nantes.call("GET", f"{sent['issues']}.csv")
    assert "'=cmd()" in sheet.text
    nantes.send(demarche("1"))
    assert [each.state for each in issues("repaired")] == ["repaired"]


def sent_hash(record: Mapping[str, Any]) -> str:
    """The digest of a record, as `docs/API.md` says to compute it."""
    text = json.dumps(record["data"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_refused_record_leaves_its_digest_by_which_its_sender_finds_it_and_nothing_of_a_person(hub: Flask) -> None:
    nantes = Program(hub)
    wrong, again, person = demarche("1", state="?"), demarche("1", state="!"), demarche("3", title="Voir ana@essais.fr")
    unnamed = {"kind": "process", "data": {"title": "Sans identifiant", "state": "en_cours"}}

    def told(report: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        read = nantes.call("GET", report["issues"]).json or {}
        return [(each["rule"], each["sha256"]) for each in read["items"]]

    first = told(nantes.send(wrong, person, demarche("4")).json or {})
    assert first == [("code_inconnu", sent_hash(wrong)), ("donnee_personnelle", None)]
    assert told(nantes.send(again, demarche("4")).json or {}) == [("code_inconnu", sent_hash(again))]
    assert told(nantes.send(unnamed, demarche("4")).json or {}) == [("identifiant_manquant", None)]
    whole = Snapshot(nantes, year=2024)
    whole.add(demarche("5", starts_on="2024"), demarche("6", starts_on="2024", state="?"))
    assert ("code_inconnu", sent_hash(demarche("6", starts_on="2024", state="?"))) in told(whole.commit().json or {})
    assert "ana@essais.fr" not in str(db.session.execute(select(Issue.__table__)).all())


def test_another_metropole_reaches_nothing_of_ours_and_learns_nothing(hub: Flask) -> None:
    nantes, rennes = Program(hub), Program(hub, siren=RENNES)
    sent = nantes.send(demarche("1")).json or {}
    snapshot = (nantes.call("POST", "/api/v1/push/snapshots", json={"kind": "process"}).json or {})["snapshot"]
    before = counts()
    for method, path in (
        ("GET", f"/api/v1/push/runs/{sent['run']}"),
        ("GET", f"/api/v1/push/runs/{sent['run']}/issues"),
        ("GET", f"/api/v1/push/runs/{sent['run']}/issues.csv"),
        ("GET", f"{RECORDS}/process/1"),
        ("DELETE", f"{RECORDS}/process/1"),
        ("GET", f"/api/v1/push/snapshots/{snapshot}"),
        ("DELETE", f"/api/v1/push/snapshots/{snapshot}"),
    ):
        ours = rennes.call(method, path)
        none = rennes.call(
            method, path.replace(sent["run"], "aucun").replace(snapshot, "aucun").replace("/1", "/aucun")
        )
        assert (ours.status_code, none.status_code) == (404, 404), path
    assert counts() == before


def test_sandbox_records_are_read_by_nobody_but_their_client(hub: Flask) -> None:
    tries = Program(hub, environment="sandbox")
    sent = tries.send(demarche("1", title="Canari du bac à sable"))
    assert (sent.json or {})["results"][0]["status"] == "created"
    assert (hub.test_client().get("/api/v1/processes").json or {})["total"] == 0
    assert "Canari" not in hub.test_client().get("/demarches").text
    assert tries.call("GET", f"{RECORDS}/process/1").status_code == 200
    assert db.session.scalars(select(Source).where(Source.connector == "sandbox")).one().siren is None


def test_a_sandbox_is_put_back_and_a_client_of_production_has_none(hub: Flask) -> None:
    tries, nantes = Program(hub, environment="sandbox"), Program(hub)
    tries.send(demarche("1", title="Canari"))
    nantes.send(demarche("2"))
    address = "/api/v1/push/sandbox/reset"
    for _ in range(2):
        answer = tries.call("POST", address)
        assert (answer.status_code, (answer.json or {})["counts"]["created"]) == (200, 8), answer.text
    assert tries.call("GET", f"{RECORDS}/process/1").status_code == 404
    assert tries.call("GET", f"{RECORDS}/process/exemple-process").status_code == 200
    assert nantes.call("POST", address).status_code == 403
    assert thing("process", "2").data["title"] == "Démarche 2"


def test_validate_says_what_a_sending_would_be_told_and_stores_nothing(hub: Flask) -> None:
    records = [demarche("1", state="?"), demarche("2", ends_on="31/02/2026"), demarche("3")]
    said = hub.test_client().post("/api/v1/validate", json={"records": records}).json or {}
    assert counts()["run"] == 0
    sent = Program(hub).send(*records).json or {}
    assert [each.get("errors") for each in said["results"]] == [each.get("errors") for each in sent["results"]]


class Snapshot:
    """A snapshot being sent by a program."""

    def __init__(self, program: Program, **asked: Any) -> None:
        self.program, self.sent = program, dict[str, str]()
        opened = program.call("POST", "/api/v1/push/snapshots", json={"kind": "process"} | asked)
        assert opened.status_code == 201, opened.text
        self.path = opened.headers["Location"]

    def add(self, *records: Mapping[str, Any]) -> TestResponse:
        for each in records:
            text = json.dumps(each["data"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self.sent[each["remote_id"]] = hashlib.sha256(text.encode()).hexdigest()
        return self.program.call("POST", f"{self.path}/records", json={"records": records})

    def commit(self, **changed: Any) -> TestResponse:
        lines = "".join(f"{name}\t{self.sent[name]}\n" for name in sorted(self.sent))
        said = {"count": len(self.sent), "sha256": hashlib.sha256(lines.encode()).hexdigest()}
        return self.program.call("POST", f"{self.path}/commit", json=said | changed)


def presences() -> dict[str, str]:
    db.session.rollback()
    return dict(iter(db.session.execute(select(Facet.remote_id, Facet.presence))))


def test_only_a_committed_snapshot_concludes_that_something_is_missing(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(*(demarche(str(rank)) for rank in range(12)))
    whole = Snapshot(nantes)
    for rank in range(6):
        whole.add(demarche(str(rank)), demarche(str(10 - rank)))
    assert set(presences().values()) == {"present"}
    answer = whole.commit()
    assert (answer.status_code, (answer.json or {})["state"]) == (200, "complete"), answer.text
    assert [name for name, said in presences().items() if said != "present"] == ["11"]
    hub.config["CLOCK"] = "2026-02-20T12:00:00Z"
    again = Snapshot(Program(hub))
    again.add(*(demarche(str(rank)) for rank in range(11)))
    assert again.commit().status_code == 200
    assert presences()["11"] == "gone"


def test_a_snapshot_that_differs_is_abandoned_or_is_empty_changes_no_presence(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(*(demarche(str(rank)) for rank in range(40)))
    whole = Snapshot(nantes)
    whole.add(demarche("1"))
    for changed in ({"count": 2}, {"sha256": "0" * 64}):
        answer = whole.commit(**changed)
        assert (answer.status_code, (answer.json or {})["type"]) == (409, "/problems/depot_different")
    assert nantes.call("DELETE", whole.path).status_code == 204
    assert whole.commit().status_code == 409
    empty = Snapshot(nantes).commit()
    assert (empty.status_code, (empty.json or {})["state"]) == (202, "held"), empty.text
    assert "/moissons/" in empty.headers["Location"]
    assert set(presences().values()) == {"present"}


def test_one_snapshot_of_a_kind_is_open_at_a_time_and_expires_after_a_day(hub: Flask) -> None:
    nantes = Program(hub)
    first = Snapshot(nantes)
    again = nantes.call("POST", "/api/v1/push/snapshots", json={"kind": "process"})
    assert (again.status_code, (again.json or {})["type"]) == (409, "/problems/depot_deja_ouvert")
    assert nantes.call("POST", "/api/v1/push/snapshots", json={"kind": "stage"}).status_code == 201
    later = datetime.fromisoformat(hub.config["CLOCK"]) + timedelta(hours=25)
    hub.config["CLOCK"] = iso(later)
    afterwards = Program(hub)
    first.program = afterwards
    assert first.commit().status_code == 409
    assert afterwards.call("POST", "/api/v1/push/snapshots", json={"kind": "process"}).status_code == 201


def test_a_snapshot_of_a_year_says_nothing_of_the_others(hub: Flask) -> None:
    nantes = Program(hub)
    dated = [demarche(f"{year}-{rank}", starts_on=f"{year}-03-01") for year in (2023, 2024) for rank in range(4)]
    nantes.send(*dated)
    whole = Snapshot(nantes, year=2024)
    whole.add(*dated[4:7])
    assert whole.commit().status_code == 200
    assert [name for name, said in presences().items() if said != "present"] == ["2024-3"]


def test_what_is_sent_while_a_snapshot_waits_for_a_person_stays_when_it_is_approved(hub: Flask) -> None:
    nantes = Program(hub)
    nantes.send(*(demarche(str(rank)) for rank in range(40)))
    whole = Snapshot(nantes)
    whole.add(demarche("1", title="Ancien"))
    assert whole.commit().status_code == 202
    nantes.send(demarche("1", title="Nouveau"), demarche("new"))
    run = db.session.scalars(select(Run).where(Run.state == "held")).one()
    approve(run, "essai", "vérifié")
    assert thing("process", "1").data["title"] == "Nouveau"
    assert (presences()["new"], presences()["2"]) == ("present", "not_seen")


def test_the_feed_tells_members_more_where_their_token_says_so(hub: Flask) -> None:
    nantes, rennes = Program(hub), Program(hub, siren=RENNES)
    nantes.send(demarche("1"), demarche("2", title="Entre membres") | {"diffusion": "pairs"})
    public = hub.test_client().get("/api/v1/changes").json or {}
    told = rennes.call("GET", "/api/v1/changes")
    assert (len(public["changes"]), len((told.json or {})["changes"])) == (1, 2)
    assert told.headers["Cache-Control"] == "no-store"
    deaf = Program(hub, "own:read", siren=RENNES).call("GET", "/api/v1/changes")
    assert deaf.status_code == 403
    tries = Program(hub, environment="sandbox").call("GET", "/api/v1/changes")
    assert len((tries.json or {})["changes"]) == 1


def test_each_day_forgets_what_has_had_its_time_and_sundays_put_sandboxes_back(hub: Flask) -> None:
    nantes, tries = Program(hub), Program(hub, environment="sandbox")
    nantes.send(demarche("1"))
    tries.send(demarche("1"))
    opened = nantes.call("POST", "/api/v1/push/snapshots", json={"kind": "process"})
    hub.config["CLOCK"] = "2026-02-01T12:00:01Z"  # a Sunday
    tick()
    assert db.session.query(PushCall).count() == 0
    states = db.session.scalars(select(PushSnapshot.state)).all()
    assert (opened.status_code, list(states)) == (201, ["expired"])
    sandbox = select(Facet.remote_id).join(Source, Source.id == Facet.source_id).where(Source.connector == "sandbox")
    assert "exemple-process" in db.session.scalars(sandbox).all()
    hub.config["CLOCK"] = "2031-02-03T12:00:00Z"
    assert db.session.query(PushReceipt).count() == 1
    tick()
    assert db.session.query(PushReceipt).count() == 0


def test_a_metropole_states_what_its_data_cover_and_the_last_statement_stands(hub: Flask) -> None:
    nantes, address = Program(hub), "/api/v1/push/coverage/process/2024"
    assert nantes.call("PUT", address, json={"level": "partielle", "share": 0.5}).status_code == 201
    assert nantes.call("PUT", address, json={"level": "complete"}).status_code == 201
    assert {each.level for each in coverages(NANTES)} == {"complete", "partielle"}
    wrong = nantes.call("PUT", address, json={"level": "complete", "statement": "appelez le 06 12 34 56 78"})
    assert (wrong.status_code, (wrong.json or {})["errors"][0]["rule"]) == (422, "donnee_personnelle")
    assert nantes.call("PUT", address, json={"level": 3}).status_code == 400
    assert nantes.call("PUT", address, json={"niveau": "complete"}).status_code == 400
    assert Program(hub, environment="sandbox").call("PUT", address, json={"level": "complete"}).status_code == 403
    assert len(coverages(NANTES)) == 2
