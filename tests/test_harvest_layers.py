"""Several writers on one thing of a harvested source: one thing, each layer its own presence (`harvest.md` §15)."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.harvest import upload
from hub.models import Facet
from tests.harvesting import again, harvest, later, plain_source
from tests.make import ndjson, thing
from tests.platforms.plain import Plain


def test_a_deposit_on_a_harvested_thing_is_a_layer_of_it_not_a_second_thing(
    reader: Flask, platform: Plain, tmp_path: Path
) -> None:
    platform.put("1")
    platform.put("2")
    source = plain_source(platform)
    harvest(source, full=True)
    row = {"kind": "process", "remote_id": "1", "data": {"title": "Titre de la métropole"}}
    upload(again(source), ndjson(tmp_path / "depot.ndjson", [row]))
    assert thing("process", "1").title == "Titre de la métropole"
    assert db.session.query(Facet).where(Facet.lead).count() == 2
    platform.put("1", title="Autre titre")
    assert harvest(source, full=True).state == "complete"
    assert thing("process", "1").title == "Titre de la métropole"


def test_what_was_only_deposited_is_not_missed_by_a_walk(reader: Flask, platform: Plain, tmp_path: Path) -> None:
    platform.put("2")
    source = plain_source(platform)
    row = {"kind": "process", "remote_id": "1", "data": {"title": "Titre de la métropole"}}
    upload(again(source), ndjson(tmp_path / "depot.ndjson", [row]))
    for _ in range(3):
        harvest(source, full=True)
        later(days=8)
    assert db.session.scalars(select(Facet.presence)).all() == ["present", "present"]


def test_a_thing_deposited_then_harvested_leads_once(reader: Flask, platform: Plain, tmp_path: Path) -> None:
    source = plain_source(platform)
    row = {"kind": "process", "remote_id": "1", "data": {"title": "Titre de la métropole"}}
    upload(source, ndjson(tmp_path / "depot.ndjson", [row]))
    platform.put("1")
    harvest(source, full=True)
    leads = db.session.scalars(select(Facet.writer).where(Facet.lead)).all()
    assert (leads, thing("process", "1").title) == (["upload"], "Titre de la métropole")
