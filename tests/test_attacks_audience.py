"""Somebody tries to learn what is not for them: through every page, file, count, feed, provenance and raw extract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import schemas
from connectors.base import Record
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION, OPERATION
from hub.db import db
from hub.harvest import upload
from hub.models import Run
from hub.spreadsheet import MEDIA_TYPE
from tests.conftest import ready
from tests.harvesting import harvest, plain_source
from tests.hostile import hostile, own
from tests.make import make_source, ndjson, process, run
from tests.pages import inside, printed
from tests.people import NANTES, RENNES, entered
from tests.platforms.plain import Plain
from tests.routes import addresses

DRAFT, PEERS, LATER, PUBLIC = "brouillonsecret", "pairssecret", "futursecret", "ditatous"
FIGURES = {DRAFT: 737371, PEERS: 737373, LATER: 737377, PUBLIC: 737379}
HOW = {
    DRAFT: {"diffusion": "brouillon"},
    PEERS: {"diffusion": "pairs"},
    LATER: {"diffusion": "public", "public_on": "2026-06-01"},
    PUBLIC: {"diffusion": "public"},
}
READERS = {
    "somebody who has not entered": ("visiteur", None, {PUBLIC}),
    "an operator": (OPERATION, None, {PUBLIC}),
    "an agent of another metropole": (AGENT, RENNES, {PUBLIC, PEERS}),
    "an administrator of another metropole": (ADMINISTRATION, RENNES, {PUBLIC, PEERS}),
    "the coordination": (COORDINATION, None, {PUBLIC, PEERS}),
    "an agent of the metropole": (AGENT, NANTES, {PUBLIC, PEERS, DRAFT, LATER}),
}
LISTS = ("demarches", "engagements", "documents", "api/v1/processes", "api/v1/commitments")
ASKED = ("orientation", "demarche", "theme", "annee", "type", "source", "metropole", "state", "etat", "year", "reponse")


def numbered(data: Any, number: int) -> Any:
    """The data in which every whole number is this one, but places and ranks."""
    if isinstance(data, dict):
        kept = ("lat", "lon", "page", "position")
        return {name: value if name in kept else numbered(value, number) for name, value in data.items()}
    if isinstance(data, list):
        return [numbered(value, number) for value in data]
    return number if type(data) is int and data > 1 else data


def said(kind: str, word: str) -> dict[str, Any]:
    """A record whose every text holds a word, whose every number is one of its own, diffused as the word says."""
    record = own(hostile(kind, word, word))
    return {"kind": kind, "remote_id": word, "data": numbered(record.data, FIGURES[word]), **HOW[word]}


def wrong(word: str) -> Iterator[dict[str, Any]]:
    """Records that are refused, or whose links lead nowhere: the problems told of them quote them."""
    for rank, bad in enumerate(({"starts_on": word}, {"title": ""}, {"unknown": word})):
        data = {"title": word, "state": "en_cours", **bad}
        yield {"kind": "process", "remote_id": f"{word}-{rank}", "data": data, **HOW[word]}
    lost = {"title": word, "state": "en_cours", "parent_id": f"absente-{word}"}
    yield {"kind": "process", "remote_id": f"{word}-lien", "data": lost, **HOW[word]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Nantes has sent, in one file, records of each kind for each audience; Rennes only has people."""
    folder = tmp_path_factory.mktemp("audience")
    for app in ready(folder / "instance", ""):
        records = [said(kind, word) for word in HOW for kind in schemas.KINDS]
        refused = [each for word in HOW for each in wrong(word)]
        done = upload(make_source(), ndjson(folder / "envoi.ndjson", records + refused))
        assert (done.counts["created"], done.counts["problems"]) == (len(records) + 4, 12), done.counts
        make_source("essai-rennes", RENNES)
        yield app


def text_of(client: FlaskClient, address: str) -> str:
    """What an address answers, without any space."""
    with client.get(address) as answer:
        if answer.mimetype == "image/png":  # the picture of the drawing that `.svg` answers
            return ""
        opened = {MEDIA_TYPE: inside, "application/pdf": printed}.get(answer.mimetype, bytes.decode)
        content = opened(answer.get_data())
        return re.sub(r"[\s\u00a0\u202f]", "", content)


def learnt(client: FlaskClient, address: str) -> set[str]:
    """The audiences whose words or figures an answer holds; what was asked is repeated to whoever asks."""
    text = text_of(client, address).replace(re.sub(r"\s", "", address), "")
    return {word for word, number in FIGURES.items() if word in text or str(number) in text}


@pytest.mark.parametrize("who", READERS)
def test_nobody_learns_through_any_address_what_is_not_for_them(house: Flask, who: str) -> None:
    role, siren, expected = READERS[who]
    client = entered(house, role, siren, name=f"lecture {who}")
    found: dict[str, set[str]] = {}
    for address in addresses(house):
        for word in learnt(client, address):
            found.setdefault(word, set()).add(address)
    assert {word: sorted(places)[:5] for word, places in found.items() if word not in expected} == {}
    assert set(found) == expected
    assert all(len(places) > 20 for places in found.values())


def test_the_problems_of_a_record_are_told_to_those_who_may_read_the_record(house: Flask) -> None:
    for who, (role, siren, expected) in READERS.items():
        client = entered(house, role, siren, name=f"anomalies {who}")
        ref = db.session.scalars(select(Run.ref)).one()
        for address in ("/sources/essai-nantes", "/sources/essai-nantes.csv", f"/moissons/{ref}.json"):
            assert learnt(client, address) == expected, (who, address)


@pytest.mark.parametrize("form", ["", ".json", ".csv"])
def test_asking_for_a_hidden_value_answers_as_asking_for_none(house: Flask, form: str) -> None:
    client = house.test_client()
    for path in LISTS:
        suffix = "" if path.startswith("api") else form
        for name in ASKED:
            hidden, none = (
                text_of(client, f"/{path}{suffix}?{name}={value}").replace(value, "")
                for value in ("brouillonsecret", "riendutoutdici")
            )
            assert hidden == none, (path, name)


def test_a_page_that_depends_on_its_reader_is_kept_by_no_cache(house: Flask) -> None:
    member = entered(house, AGENT, name="caches")
    for address in addresses(house):
        if address.startswith(("/api/", "/static/", "/schemas/", "/.well-known/")):
            continue
        with house.test_client().get(address) as public, member.get(address) as own_:
            assert "Cookie" in public.vary, address
            assert own_.headers["Cache-Control"] == "no-store", address


def hidden(secret: str, figure: int) -> Iterator[Record]:
    """A record of each kind that is not public, of the same identifiers whatever it says."""
    for kind in schemas.KINDS:
        data = numbered(own(hostile(kind, secret)).data, figure)
        yield Record(kind, "cachee", data, "L1", diffusion="brouillon")
    yield Record("process", "cachee-fausse", {"title": secret, "starts_on": secret}, "L2", diffusion="brouillon")


def publish(platform: Plain, attendees: int) -> None:
    """Put twelve meetings on a platform, each with as many people."""
    for rank in range(12):
        platform.put(str(rank), kind="meeting", starts_at="2025-01-01", attendees=attendees)


def told_with(platform: Plain, folder: Path, secret: str, figure: int) -> dict[str, bytes]:
    """Everything that a hub answers to a visitor, where what is hidden says this."""
    for app in ready(folder, "", ALLOW_PRIVATE_NETWORKS=True):
        source = make_source()
        run(source, hidden(secret, figure))
        run(source, [Record("process", "1", {"title": secret, "state": "en_cours"}, "L1", diffusion="brouillon")])
        run(source, [process("1", title="Dite à tous")])
        drafts = plain_source(platform, "essai-brouillons", diffusion="brouillon")
        publish(platform, figure)
        harvest(drafts, full=True)
        publish(platform, 1)
        assert [each["guard"] for each in harvest(drafts, full=True).verdicts] == ["chiffres"]
        client = app.test_client()
        return {
            address: client.get(address).data
            for address in addresses(app)
            if not address.startswith(("/static", "/connexion"))
        }
    raise AssertionError


@pytest.mark.usefixtures("sqlite_reader")
def test_nothing_that_a_visitor_is_answered_depends_on_a_hidden_value(platform: Plain, tmp_path: Path) -> None:
    """Not a title, figure, total, digest, order or length: two hubs that differ by hidden values answer alike."""
    one = told_with(platform, tmp_path / "one", "premiersecret", 51_001)
    other = told_with(platform, tmp_path / "other", "un tout autre secret", 7_340)
    assert one.keys() == other.keys()
    assert [address for address in one if one[address] != other[address]] == []
