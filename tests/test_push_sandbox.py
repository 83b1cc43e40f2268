"""What is tried stays among tries: learnt by nobody, whatever is asked, and never of production (`push-api.md` §8)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION, OPERATION, VISITOR
from hub.benchmark.compute import refresh
from hub.contract import operations
from hub.db import Base, db
from hub.harvest.founding import load_register
from hub.harvest.tick import tick
from hub.models import Facet, Measure, Notice, Run, Source
from schemas import KINDS
from tests.conftest import ready
from tests.fuzzing import UNLIMITED
from tests.hostile import hostile, own
from tests.make import NANTES
from tests.people import entered
from tests.platforms.mailbox import Mailbox
from tests.routes import addresses
from tests.sending import demarche
from tests.test_attacks_audience import numbered, text_of
from tests.test_push_api import Program, Snapshot

WORD, NUMBER = "canaridubacasable", 737389
ROLES = (VISITOR, AGENT, ADMINISTRATION, COORDINATION, OPERATION)


def canary(kind: str) -> dict[str, Any]:
    """A record whose every text holds the word, whose every number is the canary's, for everybody to read."""
    data = numbered(own(hostile(kind, WORD, WORD)).data, NUMBER)
    return {"kind": kind, "remote_id": f"{WORD}-{kind}", "data": data, "diffusion": "public"}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Mailbox]]:
    """A sandbox that was sent all that can be, beside what a metropole sent; the letters that left since."""
    box = Mailbox()
    mails = {"MAIL_SERVER": box.place, "COORDINATION_MAIL": "c@essais.fr", "OPERATOR_MAIL": "o@essais.fr"}
    for app in ready(tmp_path_factory.mktemp("tried") / "instance", "", **UNLIMITED, **mails):
        load_register()
        for role in ROLES:
            entered(app, role)
        Program(app).send(demarche("1", starts_on="2025"))
        program = Program(app, environment="sandbox")
        sent = program.send(*map(canary, KINDS)).get_json()
        assert sent["counts"]["created"] == len(KINDS), sent
        many = [demarche(f"{WORD}-{rank}", title=WORD, starts_on="2025") for rank in range(40)]
        program.send(*many, demarche(f"{WORD}-faux", title=WORD, state=WORD))
        gone = [{"kind": "process", "remote_id": each["remote_id"], "deleted": True} for each in many]
        assert program.send(*gone).status_code == 202
        assert Snapshot(program).commit().status_code == 202
        refresh()
        tick()
        yield app, box
    box.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_canary_of_the_sandbox_is_in_no_page_file_feed_or_answer_of_anybody(
    tried: tuple[Flask, Mailbox], role: str
) -> None:
    """P31."""
    app, _ = tried
    client = entered(app, role, name=f"lecture {role}")
    read = addresses(app)
    found = []
    for address in read:
        text = text_of(client, address).replace(address, "")
        if WORD in text or str(NUMBER) in text:
            found.append(address)
    assert found == []
    assert len(read) > 100


def test_a_canary_of_the_sandbox_is_in_no_feed_even_of_members_no_measure_and_no_letter(
    tried: tuple[Flask, Mailbox],
) -> None:
    """P31."""
    app, box = tried
    told = Program(app).call("GET", "/api/v1/changes").get_json()
    assert [change["op"] for change in told["changes"]] == ["created"]
    assert WORD not in repr(db.session.execute(select(Measure.__table__)).all())
    assert NUMBER not in db.session.scalars(select(Measure.value)).all()
    notices = repr(db.session.execute(select(Notice.__table__)).all())
    letters = "".join(str(letter) for letter in box.letters)
    assert WORD not in notices + letters
    assert (
        db.session.scalars(select(Measure.value).where(Measure.indicator == "demarches", Measure.value > 1)).all() == []
    )


WISHES: tuple[dict[str, Any], ...] = (
    {},
    {"environment": "production"},
    {"source": "envois-nantes"},
    {"sandbox": "false"},
    {"siren": NANTES},
    {"connector": "push"},
)
"""What a program may add to an address or to a body, hoping to leave its sandbox."""


def test_no_combination_of_parameters_lets_a_token_of_the_sandbox_write_for_real(app: Flask) -> None:
    """P32: every operation, with what may be asked of it, in the address, in the body and in headers."""
    app.config.update(UNLIMITED)
    load_register()
    real, tries = Program(app), Program(app, environment="sandbox")
    sent = real.send(demarche("1"), demarche("2", state="?")).get_json()
    whole = Snapshot(real)
    whole.add(demarche("1"))
    names = {"kind": "process", "remote_id": "1", "covered_year": "2024", "plural": "processes", "name": "nantes"}
    before, statuses = production(), set[int]()
    for each in operations(app):
        if not each.scopes:
            continue
        for ref, wish, asked, flags in product(
            (sent["run"], whole.path.rsplit("/", 1)[1]), WISHES, WISHES, ("", "atomic=true&dry_run=false")
        ):
            if ("ref" not in each.arguments and ref != sent["run"]) or (each.method == "GET" and asked):
                continue
            query = "&".join([flags, *(f"{name}={value}" for name, value in wish.items())]).strip("&")
            body = {"json": body_of(each.path) | asked} if each.told.get("body") else {}
            path = each.path.format_map({**names, "ref": ref})
            headers = {f"X-{name}": value for name, value in wish.items()}
            statuses.add(tries.call(each.method, f"{path}?{query}", headers=headers, **body).status_code)
    assert {200, 201, 400, 404} <= statuses
    assert production() == before
    assert db.session.scalars(select(Run.id).join(Source).where(Source.connector == "sandbox")).first()


def body_of(path: str) -> dict[str, Any]:
    """A body that an operation takes."""
    if path.endswith("/records"):
        return {"records": [demarche("1", title="Essai"), demarche("neuve", title="Essai")]}
    if path.endswith("/commit"):
        return {"count": 1, "sha256": "0" * 64}
    if path.endswith("/snapshots"):
        return {"kind": "stage"}
    return {"level": "complete"} if "coverage" in path else {"data": {"title": "Essai", "state": "en_cours"}}


def production() -> dict[str, list[str]]:
    """Every row that is of a source but a sandbox, or of none."""
    db.session.rollback()
    with db.engine.connect() as connection:
        tries = select(Source.id).where(Source.connector == "sandbox")
        runs = select(Run.id).where(Run.source_id.in_(tries))
        snapshots = Base.metadata.tables["push_snapshot"]
        opened = select(snapshots.c.id).where(snapshots.c.source_id.in_(tries))
        things = select(Facet.hub_id).where(Facet.source_id.in_(tries))
        theirs = {"source_id": tries, "run_id": runs, "snapshot_id": opened, "hub_id": things}
        found = {}
        for table in Base.metadata.tables.values():
            if table.name in ("rate", "client", "push_call", "raw_payload"):
                continue
            query = select(table)
            for name, of in theirs.items():
                if name in table.columns:
                    query = query.where(table.columns[name].not_in(of) | table.columns[name].is_(None))
            if table.name in ("source", "run"):
                query = query.where(table.columns["id"].not_in(tries if table.name == "source" else runs))
            found[table.name] = sorted(map(repr, connection.execute(query)))
        return found
