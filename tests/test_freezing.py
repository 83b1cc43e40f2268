"""Frozen views (B40, B42): one content, one address, for ever; nobody's name in it, nothing reserved open to all."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from hub.access.reader import Held, Reader
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.benchmark.freezing import body_of, freeze, opened, revised
from hub.benchmark.frozen_views import Content, content_of
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.db import db, writing
from hub.errors import BadQuery
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, Measure, Snapshot
from hub.models.audience import PUBLIC, Audience, read_for, reading_for
from schemas.canonical import content_hash
from tests.make import NANTES, RENNES, measure
from tests.pages import content, html_of, links, sheet, words
from tests.people import entered, holder, token

SOMEONE = holder(Held(COORDINATION))
ASKED = {"m": ["rennes", "nantes"], "i": ["demarches", "part_hybride"], "p": ["2024"], "n": ["brut"]}
PEERS = Audience(peers=True)


def measured() -> None:
    load_metropoles()
    measure("demarches", NANTES, "2024", 12, qualifier="au_moins", state="estime", sources=["essai"])
    measure("part_hybride", NANTES, "2024", 0.125, numerator=2, denominator=16)
    measure("demarches", RENNES, "2024", 0)


def change(value: float, siren: str = NANTES, **said: Any) -> None:
    with writing() as connection:
        mine = (Measure.indicator == "demarches", Measure.siren == siren)
        connection.execute(update(Measure).where(*mine).values(value=value, numerator=value, **said))


def stored(digest: str) -> Snapshot:
    return db.session.get_one(Snapshot, digest)


def test_the_reference_content_has_the_hash_of_the_specification() -> None:
    said = {"denominator": 102, "label": "Réponse argumentée", "numerator": 29, "state": "definitif"}
    assert content_hash(said) == "732195b21143622ae54582777b82e7b819e9a8b8153dc40ebbd8bcde55d81847"


def test_the_same_view_has_one_address_whoever_freezes_it_and_whenever(app: Flask) -> None:
    measured()
    first = freeze("comparer", ASKED, SOMEONE)
    app.config["CLOCK"] = "2026-03-01T08:00:00Z"
    turned = {"p": ["2024", "2024"], "m": ["nantes", "rennes"], "i": ["part_hybride", "demarches"]}
    assert freeze("comparer", turned, holder(Held(ADMINISTRATION, RENNES))) == first
    assert db.session.query(Snapshot).count() == 1
    body = stored(first).body
    assert hashlib.sha256(body.encode()).hexdigest() == first
    assert stored(first).at == "2026-01-31T12:00:00Z"
    for secret in ("Essai", "2026-01-31T", "essais.fr"):
        assert secret not in body
    said = orjson.loads(body)
    assert set(said) == {"view", "parameters", "data", "metadata", "definitions"}
    assert [(row["metropole"], row["indicator"], row["value"]) for row in said["data"]] == [
        ("nantes", "demarches", 12), ("rennes", "demarches", 0),
        ("nantes", "part_hybride", 0.125), ("rennes", "part_hybride", None),
    ]  # fmt: skip
    assert tuple(sorted(said["data"][0])) == tuple(sorted(MEASURE_COLUMNS))


def test_a_frozen_view_keeps_its_numbers_and_tells_those_revised_since(app: Flask) -> None:
    measured()
    digest = freeze("comparer", ASKED, SOMEONE)
    before = stored(digest).body
    assert revised(opened(stored(digest))) == []
    change(14, state="definitif", qualifier="exact")
    measure("part_hybride", RENNES, "2024", 0.5)
    db.session.rollback()
    changes = revised(opened(stored(digest)))
    assert [(one.before.value, one.after and one.after.value) for one in changes] == [(12, 14), (None, 0.5)]
    assert stored(digest).body == before
    assert freeze("comparer", ASKED, SOMEONE) != digest
    change(12, state="estime", qualifier="au_moins")
    assert len(revised(opened(stored(digest)))) == 1, "une valeur revenue n'est plus révisée"


def test_what_members_alone_read_is_frozen_for_them_alone(app: Flask) -> None:
    measured()
    measure("demarches", RENNES, "2024", 7, audience="pairs")
    read_for(PEERS)
    reserved = freeze("comparer", ASKED, SOMEONE)
    shared = freeze("comparer", {**ASKED, "i": ["part_hybride"]}, SOMEONE)
    read_for(PUBLIC)
    assert [stored(reserved).public, stored(shared).public] == [False, True]
    assert freeze("comparer", ASKED, SOMEONE) != reserved
    visitor, agent = app.test_client(), entered(app, AGENT)
    for form in ("", ".json", ".csv"):
        assert visitor.get(f"/i/{reserved}{form}").status_code == 404
        assert agent.get(f"/i/{reserved}{form}").status_code == 200
    assert "aucune valeur n'a été révisée depuis" in words(agent, f"/i/{shared}")
    assert "aucune valeur n'a été révisée depuis" in words(agent, f"/i/{reserved}")


def test_what_becomes_public_is_then_read_by_all_at_the_same_address(app: Flask) -> None:
    measured()
    measure("demarches", RENNES, "2024", 7, audience="pairs")
    with reading_for(PEERS):
        digest = freeze("comparer", ASKED, SOMEONE)
    with writing() as connection:
        connection.execute(Measure.__table__.delete().where(Measure.siren == RENNES, Measure.audience == "public"))
        connection.execute(update(Measure).where(Measure.siren == RENNES).values(audience="public"))
    assert freeze("comparer", ASKED, SOMEONE) == digest
    assert stored(digest).public


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        ("autre", ASKED),
        ("comparer", {**ASKED, "m": ["atlantide"]}),
        ("comparer", {**ASKED, "i": []}),
        ("comparer", {**ASKED, "i": ["inconnu"]}),
        ("comparer", {**ASKED, "p": ["Ana, ana@essais.fr"]}),
        ("comparer", {**ASKED, "n": ["toutes"]}),
        ("comparer", {**ASKED, "data": ["[]"]}),
        ("indicateur", {"p": ["2024"]}),
    ],
)
def test_a_view_that_does_not_exist_is_not_frozen(sqlite_app: Flask, view: str, asked: dict[str, list[str]]) -> None:
    measured()
    with pytest.raises(BadQuery):
        freeze(view, asked, SOMEONE)
    assert db.session.query(Snapshot).count() == 0


def test_rates_are_frozen_with_the_population_they_are_made_of(sqlite_app: Flask) -> None:
    measured()
    content = content_of("indicateur", {"key": ["demarches"], "p": ["2024"], "n": ["hab"]})
    row = next(row for row in content.rows if row["siren"] == NANTES)
    people = next(one for one in content.metadata["populations"] if one["siren"] == NANTES)
    assert (row["numerator"], row["denominator"]) == (12, people["population"])
    assert row["value"] == pytest.approx(12 / people["population"] * 100_000)
    assert len(content.rows) == 23
    assert content.parameters == {"key": "demarches", "p": ["2024"], "n": "hab"}


VALUES = st.one_of(st.none(), st.integers(-5, 10**6), st.floats(0, 1e9), st.text(max_size=5))
ROWS = st.lists(st.dictionaries(st.sampled_from(MEASURE_COLUMNS), VALUES, max_size=5), max_size=4)


@given(rows=ROWS, seed=st.randoms())
def test_the_order_in_which_a_row_was_written_is_no_part_of_its_address(rows: list[dict[str, Any]], seed: Any) -> None:
    turned = [dict(sorted(row.items(), key=lambda _: seed.random())) for row in rows]
    one, two = (body_of("comparer", Content({"n": "brut"}, each, {}, [])) for each in (rows, turned))
    assert one == two
    assert orjson.loads(one)["data"] == orjson.loads(two)["data"]
    assert body_of("comparer", Content({"n": "hab"}, rows, {}, [])) != one


def frozen_by(app: Flask, role: str = AGENT) -> Any:
    client = entered(app, role)
    data = {**ASKED, "view": "comparer", "csrf_token": token(client, "/compte")}
    return client, client.post("/figer", data=data)


def test_a_member_freezes_a_view_and_anybody_opens_it_in_three_forms(sqlite_app: Flask) -> None:
    measured()
    _, answer = frozen_by(sqlite_app)
    assert answer.status_code == 303
    line = db.session.query(AuditLine).order_by(AuditLine.id.desc()).first()
    digest = answer.location.removeprefix("/i/")
    assert (line.content["verb"], line.content["object"]) == ("freeze", f"snapshot:{digest}")
    change(14)
    visitor, page = sqlite_app.test_client(), f"/i/{digest}"
    told = words(visitor, page)
    assert "Instantané du 31 janvier 2026 · 1 valeur a été révisée depuis · voir la version courante" in told
    assert "au moins 12" in told
    assert "Démarches ouvertes Nantes 2024 au moins 12 démarches (e) au moins 14 démarches (e)" in told
    assert "n.d. — pas de donnée transmise" in told
    assert "(2026), via Hub des métropoles participatives — « Comparaison de 2 indicateurs », instantané du" in told
    assert "/comparer?i=demarches&i=part_hybride&m=nantes&m=rennes&p=2024&g=groupe" in links(content(visitor, page))
    body = visitor.get(f"{page}.json").data
    assert hashlib.sha256(body).hexdigest() == digest
    rows = sheet(visitor, f"{page}.csv")
    assert list(rows[0]) == list(MEASURE_COLUMNS)
    assert [row["value"] for row in rows] == ["12", "0", "0.125", ""]
    assert visitor.get(f"{page}?x=1").status_code == 400
    assert visitor.get(f"{page}?page=2").status_code == 400
    assert visitor.get("/i/0").status_code == 404


def test_only_who_has_entered_freezes_by_a_form_of_this_hub(sqlite_app: Flask) -> None:
    measured()
    assert sqlite_app.test_client().post("/figer", data={**ASKED, "view": "comparer"}).status_code == 303
    client, _ = frozen_by(sqlite_app)
    assert client.post("/figer", data={**ASKED, "view": "comparer"}).status_code == 400
    assert db.session.query(Snapshot).count() == 1


def test_what_was_frozen_is_escaped_whatever_it_holds(sqlite_app: Flask) -> None:
    measured()
    digest = freeze("comparer", ASKED, Reader(name="essai"))
    said = orjson.loads(stored(digest).body)
    said["metadata"]["title"] = "<script>alert(1)</script>"
    with writing() as connection:
        connection.execute(update(Snapshot).values(body=orjson.dumps(said).decode()))
    assert "<script>" not in html_of(sqlite_app.test_client(), f"/i/{digest}")


def test_the_form_is_offered_to_members_with_the_parameters_of_the_page(sqlite_app: Flask) -> None:
    form = "{{ freeze_form('indicateur', {'key': 'demarches', 'p': ['2024', '2023']}) }}"
    source = "{% from '_freeze.html' import freeze_form with context %}" + form
    with sqlite_app.test_request_context():
        sqlite_app.preprocess_request()
        template = sqlite_app.jinja_env.from_string(source)
        assert template.render(reader=Reader()).strip() == ""
        html = template.render(reader=SOMEONE)
    for name, value in (("view", "indicateur"), ("key", "demarches"), ("p", "2024"), ("p", "2023")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html
    assert 'name="csrf_token"' in html
