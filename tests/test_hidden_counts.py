"""A hidden count of persons on every way out: page, file, API, feed, provenance, comparison (C8, C9, C10)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from connectors.base import Record
from hub.db import db
from hub.harvest.correct import correct
from hub.harvest.secrecy import hide_all
from hub.models import FacetVersion, HiddenCount, Run
from hub.models.audience import PUBLIC, Audience, read_for
from tests.make import make_source, process, run, thing


def figure(remote_id: str, value: float, **more: Any) -> Record:
    """A figure of the démarche « p »."""
    data = {
        "subject": {"kind": "process", "remote_id": "p"},
        "metric": "participants",
        "period": {"from": "2024", "to": "2024", "precision": "annee"},
        "basis": "flux",
        "quantity": {"value": value, "qualifier": "exact", "as_written": f"{value} personnes"},
        **more,
    }
    return Record("observation", remote_id, data, f"/{remote_id}")


def meeting(remote_id: str, attendees: int | None, **more: Any) -> Record:
    """A meeting of the démarche « p »."""
    data = {"title": f"Réunion {remote_id}", "process_ids": ["p"], "starts_at": "2024-03-01T18:00:00Z", **more}
    return Record("meeting", remote_id, data | {"attendees": attendees}, f"/{remote_id}")


def young(age: str) -> list[dict[str, str]]:
    """A breakdown by age."""
    return [{"dimension": "age", "value": age}]


def published(*records: Record) -> Run:
    """These records, harvested with the démarche they speak of."""
    return run(make_source(), [process("p", title="Budget participatif"), *records])


def addresses(name: str, kind: str = "observations") -> list[str]:
    """Every address at which a figure of the démarche may be read."""
    found, process_ = thing(kind[:-1], name), thing("process", "p")
    ref = found.run.ref
    ways = [
        f"/provenance/{found.id}",
        f"/demarches/{process_.id}",
        f"/moissons/{ref}",
        "/metropoles/nantes",
    ]
    files = [f"{way}.{form}" for way in ways for form in ("json", "csv")]
    api = [f"/api/v1/{kind}", f"/api/v1/{kind}/{found.id}", "/api/v1/changes"]
    stated = [f"/comparer{form}?v=enonces" for form in ("", ".json", ".csv")]
    return [*ways, *stated, *files, *api, "/sources/essai-nantes", "/metrics", "/"]


def told(client: FlaskClient, address: str) -> str:
    """What an address answers, without what are no words of the record: identifiers, dates, styles."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"[0-9a-f]{64}|20\d\d-\d\d-\d\d(T[0-9:]+Z)?", "", answer.text)


def test_a_small_count_has_no_value_in_any_form_and_a_large_one_has(app: Flask) -> None:
    published(figure("few", 7), figure("many", 87, metric="repondants"))
    client = app.test_client()
    for address in addresses("few"):
        text = told(client, address)
        assert not re.search(r"\b7\s*(participants|personnes)", text), address
        assert '"value": 7' not in text.replace(":7", ": 7"), address
    page = client.get(f"/demarches/{thing('process', 'p').id}").text
    assert "&lt; 11" in page
    assert "masqué, petits effectifs" in page
    assert "87" in page


def test_the_api_says_masque_and_neither_hash_nor_payload_gives_the_count(app: Flask) -> None:
    published(figure("few", 7))
    client = app.test_client()
    found = thing("observation", "few")
    item = client.get(f"/api/v1/observations/{found.id}").get_json()
    assert item["data"]["quantity"] is None
    assert item["data"]["quantity_state"] == "masque"
    assert "quantity_below" not in item["data"]
    assert item["provenance"]["raw"] is None
    (change,) = [each for each in client.get("/api/v1/changes").get_json()["changes"] if each["kind"] == "observation"]
    assert change["data"] == item["data"]
    true_hash = db.session.scalar(select(FacetVersion.sha256).where(FacetVersion.remote_id == "few"))
    for address in addresses("few"):
        assert str(true_hash) not in client.get(address).text, address


def test_a_hidden_neighbour_is_not_said_to_be_under_eleven(app: Flask) -> None:
    published(figure("all", 60), figure("a", 4, breakdown=young("18-24")), figure("b", 56, breakdown=young("25+")))
    page = app.test_client().get(f"/demarches/{thing('process', 'p').id}").text
    assert page.count("masqué, petits effectifs") >= 2
    assert "&lt; 11" not in page
    assert thing("observation", "all").data["quantity"]["value"] == 60
    assert thing("observation", "b").data["quantity"] is None


def test_attendance_of_a_meeting_is_hidden_and_zero_stays_zero(app: Flask) -> None:
    published(meeting("few", 4), meeting("none", 0), meeting("many", 40, registrations=9))
    few, none, many = (thing("meeting", name).data for name in ("few", "none", "many"))
    assert (few["attendees"], few["attendees_state"]) == (None, "masque")
    assert (none["attendees"], none["attendees_state"]) == (0, "observe")
    assert (many["attendees"], many["registrations"]) == (40, None)
    client = app.test_client()
    for address in (f"/provenance/{thing('meeting', 'few').id}", f"/provenance/{thing('meeting', 'few').id}.json"):
        assert '"attendees":4' not in client.get(address).text.replace(" ", "")
    assert "&lt; 11 — masqué, petits effectifs" in client.get(f"/provenance/{thing('meeting', 'few').id}").text


def test_a_peer_sees_from_five_on_and_the_public_does_not(app: Flask) -> None:
    published(figure("seven", 7), figure("three", 3, metric="repondants"))
    try:
        read_for(Audience(peers=True))
        assert thing("observation", "seven").data["quantity"]["value"] == 7
        assert thing("observation", "three").data["quantity_below"] == 5
    finally:
        read_for(PUBLIC)
    assert thing("observation", "seven").data["quantity_below"] == 11


def test_what_was_small_once_or_was_corrected_does_not_come_back_through_its_history(app: Flask) -> None:
    source = make_source()
    run(source, [process("p"), figure("x", 6)])
    run(source, [process("p"), figure("x", 60)])
    assert thing("observation", "x").data["quantity"] is None
    run(source, [process("p"), figure("y", 80, metric="repondants")])
    quantity = {"value": 9, "qualifier": "exact"}
    correct(thing("observation", "y").id, {"quantity": quantity}, reason="faute de frappe", author="équipe")
    assert thing("observation", "y").data["quantity"] is None
    page = app.test_client().get(f"/provenance/{thing('observation', 'y').id}").text
    assert not re.search(r"\b(9|80)\s*répondants", page)


def test_a_threshold_that_changes_is_applied_at_the_next_start(app: Flask) -> None:
    published(figure("x", 14))
    assert thing("observation", "x").data["quantity"]["value"] == 14
    app.config["SMALL_COUNT_PUBLIC"] = 20
    hide_all()
    assert thing("observation", "x").data["quantity"] is None
    app.config["SMALL_COUNT_PUBLIC"] = 11
    hide_all()
    assert set(db.session.scalars(select(HiddenCount.threshold))) <= {5, 11}
    assert thing("observation", "x").data["quantity"]["value"] == 14


@pytest.mark.parametrize(
    "stays",
    [
        {"subject": {"kind": "metropole", "remote_id": "244400404"}},
        {"metric": "votes"},
        {"metric": "contributions"},
        {"trace": [{"document_id": "d", "certainty": "affirme", "quote": "7 personnes"}]},
    ],
)
def test_what_the_rule_leaves_alone_is_shown(app: Flask, stays: dict[str, Any]) -> None:
    published(figure("x", 7, **stays))
    assert thing("observation", "x").data["quantity"]["value"] == 7


def test_nothing_of_the_founding_documents_is_hidden(founded: Flask) -> None:
    assert db.session.scalars(select(HiddenCount.hub_id)).all() == []
