"""What a metropole declares of its data: a row each time, the newest in force, never overwritten, told in the log."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.access.reader import Held
from hub.access.rights import ADMINISTRATION
from hub.benchmark.coverage import coverages, covering
from hub.db import db
from hub.harvest.declarations import declare
from hub.harvest.founding import load_metropoles
from hub.models import AuditLine, NetworkThing
from schemas import Problem
from tests.harvested import at
from tests.people import NANTES, RENNES, holder


@pytest.fixture(autouse=True)
def register(app: Flask) -> None:
    """The register of metropoles, on a day."""
    load_metropoles()
    at(app, "2026-01-31T10:00:00Z")


def said(**changes: Any) -> list[Problem]:
    """Nantes declares its démarches of 2025 complete, but for what is changed."""
    given = {"siren": NANTES, "kind": "process", "year": 2025, "level": "complete", "share": None, "statement": None}
    return declare(**(given | {"author": "système d'information de la métropole"} | changes))


def rows() -> list[NetworkThing]:
    return list(db.session.scalars(select(NetworkThing).where(NetworkThing.kind == "coverage")))


def test_each_declaration_is_a_row_of_its_own_and_the_newest_is_in_force(app: Flask) -> None:
    assert said(level="partielle", share=0.5) == []
    at(app, "2026-02-01T10:00:00Z")
    assert said(statement="Tout a été transmis.") == []
    assert len(rows()) == 2
    in_force = covering(coverages(NANTES), "process", 2025)
    assert in_force
    assert (in_force.level, in_force.share) == ("complete", None)
    assert covering(coverages(NANTES), "process", 2024) is None
    assert coverages(RENNES) == []


def test_a_person_is_told_by_function_and_the_log_keeps_the_line(app: Flask) -> None:
    assert said(author=holder(Held(ADMINISTRATION, NANTES))) == []
    [row] = rows()
    assert row.author == "administration de la métropole"
    assert "Essai" not in row.data
    [line] = db.session.scalars(select(AuditLine)).all()
    assert line.content
    assert (line.content["verb"], line.content["object"], line.siren) == ("validate", f"coverage:{row.id}", NANTES)


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"level": "totale"}, "code_inconnu", "/level"),
        ({"kind": "metropole"}, "code_inconnu", "/kind"),
        ({"year": 2027}, "date_future", "/period/from"),
        ({"year": 25}, "date_invalide", "/period/from"),
        ({"siren": "000000000"}, "siren_inconnu", "/siren"),
        ({"level": "partielle", "share": 1.5}, "nombre_trop_grand", "/share"),
        ({"share": 0.5}, "part_sans_partielle", "/share"),
        ({"statement": "Demander à ana@essais.fr"}, "donnee_personnelle", "/statement"),
    ],
)
def test_what_cannot_be_declared_is_said_in_french_and_leaves_no_row(
    app: Flask, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    found = said(**changes)
    assert (rule, pointer) in {(each.rule, each.pointer) for each in found}
    assert rows() == []
    assert db.session.scalars(select(AuditLine)).all() == []
