"""How long a correction holds: a year, or until its source moves (`harvest.md` §15, H55)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from hub.access.rights import ADMINISTRATION
from hub.db import db
from hub.harvest.correct import correct
from hub.harvest.tick import tick
from hub.models import Correction, Issue, Notice, Source
from tests.make import make_source, process, run, thing
from tests.people import NANTES, entered
from tests.test_pages_corrections import sent

FROM, SOON, OVER = "2026-01-31T12:00:00Z", "2027-01-10T12:00:00Z", "2027-02-01T12:00:00Z"


@pytest.fixture
def source(app: Flask) -> Source:
    """A source of Nantes, of which the title of a démarche is corrected."""
    found = make_source("essai-nantes", NANTES)
    run(found, [process("1", title="Faux titre", starts_on="2021"), process("2", title="Autre")])
    correct(thing("process", "1").id, {"title": "Bon titre"}, reason="Coquille", author="Administration de Nantes")
    return found


def issues(state: str = "open") -> list[str]:
    db.session.rollback()
    query = select(Issue.remote_id).where(Issue.rule == "correction_a_revoir", Issue.state == state)
    return list(db.session.scalars(query))


def read(source: Source, title: str) -> None:
    run(db.session.merge(source), [process("1", title=title, starts_on="2021"), process("2", title="Autre")])


def test_a_source_that_moves_under_a_correction_opens_one_issue_and_changes_nothing(source: Source) -> None:
    read(source, "Faux titre")
    assert issues() == []
    for title in ("Titre neuf", "Titre neuf", "Titre encore neuf"):
        read(source, title)
        assert thing("process", "1").title == "Bon titre"
        assert issues() == ["1"]
    read(source, "Faux titre")
    assert (issues(), issues("repaired")) == ([], ["1"])


def test_the_metropole_keeps_its_correction_or_abandons_it(app: Flask, source: Source) -> None:
    read(source, "Titre neuf")
    address, client = f"/corriger/{thing('process', '1').id}", entered(app, ADMINISTRATION)
    assert "à revoir" in client.get(address).text.replace("\xa0", " ")
    assert "Correction à revoir" in client.get(f"{address}?champ=title").text.replace("\xa0", " ")
    assert sent(client, f"{address}/garder", champ="title", reason="").status_code == 422
    assert sent(client, f"{address}/garder", champ="starts_on", reason="Oui").status_code == 400
    assert sent(client, f"{address}/garder", champ="title", reason="Toujours faux").status_code == 303
    assert issues() == []
    read(source, "Titre neuf")
    assert (thing("process", "1").title, issues()) == ("Bon titre", [])
    read(source, "Titre encore neuf")
    assert issues() == ["1"]
    assert sent(client, f"{address}/retirer", champ="title", reason="La source a raison").status_code == 303
    assert (thing("process", "1").title, issues()) == ("Titre encore neuf", [])
    assert db.session.query(Correction).count() == 0


def test_a_correction_ends_after_twelve_months_and_the_metropole_is_told_a_month_before(
    app: Flask, source: Source
) -> None:
    tick()
    assert db.session.scalars(select(Notice.occasion).where(Notice.occasion.contains("correction:"))).all() == []
    for day in (SOON, "2027-01-11T12:00:00Z"):
        app.config["CLOCK"] = day
        tick()
        assert thing("process", "1").title == "Bon titre"
    told = db.session.scalars(select(Notice.body).where(Notice.occasion.contains("correction:"))).all()
    assert len(told) == 1
    assert "31/01/2027" in told[0]
    app.config["CLOCK"] = OVER
    tick()
    assert thing("process", "1").title == "Faux titre"
    assert db.session.query(Correction).count() == 0


def test_a_correction_that_is_kept_holds_twelve_more_months(app: Flask, source: Source) -> None:
    app.config["CLOCK"] = SOON
    address, client = f"/corriger/{thing('process', '1').id}", entered(app, ADMINISTRATION)
    assert "31 janvier 2027" in client.get(f"{address}?champ=title").text.replace("\xa0", " ")
    assert sent(client, f"{address}/garder", champ="title", reason="Toujours faux").status_code == 303
    app.config["CLOCK"] = OVER
    tick()
    assert thing("process", "1").title == "Bon titre"
    assert db.session.scalars(select(Correction.expires_on)).all() == ["2028-01-10"]
