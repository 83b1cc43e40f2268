"""One door: tried, sent, deposited or harvested, records enter, or are told, the same (`push-api.md` P1, P2)."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.records import record_of
from hub.db import db
from hub.harvest import upload
from hub.harvest.founding import load_register
from hub.models import Facet, FacetVersion, Issue, Source
from hub.push.report import resolved
from schemas import KINDS, schema
from tests.fuzzing import UNLIMITED
from tests.generated import batch, sent
from tests.harvesting import harvest, plain_source
from tests.make import RENNES, make_source, ndjson, run
from tests.platforms.plain import Plain
from tests.sending import demarche
from tests.test_push_api import RECORDS, Program
from tests.test_schemas import MINIMAL

WORDS = ("rule", "value", "expected", "message", "how")
Told = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def hub(sqlite_app: Flask) -> Flask:
    sqlite_app.config.update(UNLIMITED)
    load_register()
    return sqlite_app


def told(report: Mapping[str, Any]) -> Told:
    """What a report says is wrong with each record, wherever it stood."""
    return {
        str(each["index"]): sorted(tuple(error[word] for word in WORDS) for error in each["errors"])
        for each in report["results"]
        if each["status"] == "quarantined"
    }


def test_two_hundred_records_meet_the_same_problems_at_every_door(hub: Flask) -> None:
    """P2, P19: tried by anybody, tried dry, sent, harvested."""
    luck, nantes = random.Random(2), Program(hub)
    records = [sent(luck, str(rank), wrong=rank % 4 > 0) for rank in range(200)]
    found: list[Told] = []
    for path in ("/api/v1/validate", f"{RECORDS}?dry_run=true", RECORDS):
        said: Told = {}
        for at in (0, 100):
            answer = nantes.call("POST", path, json={"records": records[at : at + 100]})
            said |= {str(at + int(index)): errors for index, errors in told(answer.get_json()).items()}
        found.append(said)
    tried, dry, real = found
    assert tried == dry == real
    assert 80 < len(real) < 150, "some are sound, most are not"
    assert len({error[0] for errors in real.values() for error in errors}) > 15, "of many rules"
    done = run(make_source(), [record_of(each, str(rank)) for rank, each in enumerate(records)])
    assert {issue.place: None for issue in issues_of(done.id)}.keys() == real.keys()
    harvested: Told = {}
    for issue in issues_of(done.id):
        harvested.setdefault(issue.place, []).append(tuple(getattr(issue, word) for word in WORDS))
    assert {place: sorted(errors) for place, errors in harvested.items()} == real


def issues_of(run_id: int) -> list[Issue]:
    """The errors that a run met."""
    query = select(Issue).where(Issue.run_id == run_id, Issue.severity == "error")
    return list(db.session.scalars(query))


def test_every_pointer_of_five_hundred_bad_batches_leads_into_what_was_sent(hub: Flask) -> None:
    """P22, in JSON; with lines, the pointer leads into the record of its line."""
    luck, nantes, pointers = random.Random(22), Program(hub), 0
    for rank in range(500):
        records = batch(luck)
        as_lines = rank % 2 == 1
        answer = (nantes.lines if as_lines else nantes.send)(*records, headers={"Idempotency-Key": str(rank)})
        assert answer.status_code in (200, 422), answer.text
        for each in answer.get_json()["results"]:
            body: Any = records[each["line"] - 1] if as_lines else {"records": records}
            for error in each.get("errors", ()):
                assert resolved(json.loads(json.dumps(body)), error["pointer"]) == error["pointer"], (body, error)
                assert as_lines or error["pointer"].startswith(f"/records/{each['index']}"), error
                pointers += 1
    assert pointers > 500


def test_what_is_wrong_in_a_batch_leaves_the_rest_and_as_many_problems_as_records(hub: Flask) -> None:
    """P19: k bad records of n leave n − k, and each of its k problems says where, what, why and what to do."""
    luck, rennes = random.Random(19), Program(hub, siren=RENNES)
    for rank in range(20):
        states = [luck.choice(("en_cours", "?")) for _ in range(10)]
        records = [
            {"kind": "process", "remote_id": f"{rank}-{at}", "data": {"title": "T", "state": state}}
            for at, state in enumerate(states)
        ]
        report = rennes.send(*records).get_json()
        bad = states.count("?")
        counts = report["counts"]
        assert (counts["received"], counts["created"], counts["problems"]) == (10, 10 - bad, bad)
        issues = rennes.call("GET", report["issues"]).get_json()["items"]
        errors = [error for each in report["results"] for error in each.get("errors", ())]
        assert len(issues) == len(errors) == bad
        for one in (*issues, *errors):
            assert all(one[word] for word in ("pointer", *WORDS)), one


SAME = ("kind", "remote_id", "siren", "lead", "sha256", "presence", "diffusion", "sort_key", "state", "year_to")
WRONG = ("kind", "remote_id", "severity", "state", "pointer", *WORDS)


def held(source: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What the hub holds of a source, and what is wrong with it; not who said it, nor where."""
    mine = select(Facet, FacetVersion.data).join(FacetVersion, FacetVersion.id == Facet.version_id).join(Source)
    things = db.session.execute(mine.where(Source.slug == source)).all()
    issues = db.session.scalars(select(Issue).join(Source, Source.id == Issue.source_id).where(Source.slug == source))
    facets = [(*(getattr(facet, name) for name in SAME), data) for facet, data in things]
    return sorted(facets, key=repr), sorted((tuple(getattr(each, name) for name in WRONG) for each in issues), key=repr)


def test_the_same_records_sent_deposited_or_harvested_leave_the_same_things_and_problems(
    reader: Flask, platform: Plain, tmp_path: Path
) -> None:
    """P1."""
    luck = random.Random(1)
    for rank, kind in enumerate(kind for kind in KINDS if kind != "observation"):  # which has no title
        data = deepcopy(schema(kind)["examples"][0])
        platform.put(f"{rank}-entière", kind=kind, **data)
        platform.put(f"{rank}-fausse", kind=kind, **data | {"title": luck.choice(("", "é" * 9_000)), "inconnu": 1})
        for at in range(9):  # a walk of which too much is wrong would wait for a person
            platform.put(f"{rank}-{at}", kind=kind, **{"title": f"Titre {at}", **MINIMAL[kind]})
    records = [
        {"kind": row["kind"], "remote_id": name, "data": {key: row[key] for key in row if key not in ("id", "kind")}}
        for name, row in platform.things.items()
    ]
    harvest(plain_source(platform, "essai-plateforme"), full=True)
    upload(make_source("essai-fichier"), ndjson(tmp_path / "envoi.ndjson", records))
    assert Program(reader).send(*records).status_code == 200
    found = [held(slug) for slug in ("essai-plateforme", "essai-fichier", "envois-nantes")]
    things, problems = found[0]
    assert found == [(things, problems)] * 3
    assert len(things) >= 7
    assert len(problems) >= 14


def test_a_problem_of_a_table_names_the_line_of_the_file_header_and_quoted_breaks_counted(hub: Flask) -> None:
    """P23."""
    table = 'identifiant;titre;resume;etat\r\n1;Rue;"une\r\ndeux\ntrois";?\r\n\r\n2;Place;x;En cours\n3;Quai;"a\nb";?\n'
    answer = Program(hub).call("POST", f"{RECORDS}?kind=process", data=table.encode(), content_type="text/csv")
    results = answer.get_json()["results"]
    assert [(each["line"], each["status"]) for each in results] == [
        (2, "quarantined"),
        (6, "created"),
        (7, "quarantined"),
    ]
    assert [len(each.get("errors", ())) for each in results] == [1, 0, 1]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_lines_in_another_charset_are_set_aside_one_by_one_and_never_guessed(hub: Flask, encoding: str) -> None:
    good, bad = (json.dumps(demarche(name, title="Forêt"), ensure_ascii=False) for name in ("1", "2"))
    body = good.encode() + b"\n" + bad.encode(encoding) + b"\n"
    answer = Program(hub).call("POST", RECORDS, data=body, content_type="application/x-ndjson")
    results = answer.get_json()["results"]
    assert (answer.status_code, results[0]["status"]) == (200, "created")
    assert {each["status"] for each in results[1:]} == {"quarantined"}
    assert {each["errors"][0]["rule"] for each in results[1:]} <= {"utf8_invalide", "json_invalide"}
