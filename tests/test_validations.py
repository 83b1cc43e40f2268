"""A year is validated by its metropole, accepted by the network, reopened by what changes its data (B43)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.base import Record
from hub.access.reader import Held
from hub.access.rights import ADMINISTRATION, AGENT, COORDINATION
from hub.benchmark.compute import refresh
from hub.benchmark.indicators import INDICATORS
from hub.benchmark.measures import cells
from hub.benchmark.validations import NotNow, accept, reopen, standing, standing_of, validate
from hub.db import db
from hub.errors import BadQuery
from hub.harvest.correct import correct
from hub.harvest.declarations import declare
from hub.models import AuditLine, Metropole, Validation
from hub.models.audit import AuditHead
from tests.make import NANTES, RENNES, make_source, measure, process, run, thing
from tests.pages import content, html_of, items, links, words
from tests.people import entered, holder, token

PAGE = "/metropoles/nantes/donnees"
OWNER, NETWORK = holder(Held(ADMINISTRATION, NANTES)), holder(Held(COORDINATION))
IN_2024 = {"starts_on": "2024-03", "ends_on": "2024-09"}


def said(siren: str = NANTES) -> list[tuple[str, str, str | None]]:
    rows = db.session.scalars(select(Validation).where(Validation.siren == siren).order_by(Validation.id))
    return [(row.period, row.step, row.reason) for row in rows]


def test_a_year_goes_from_its_metropole_to_the_coordination_and_back_without_losing_a_step(app: Flask) -> None:
    make_source()
    assert not standing(NANTES, "2024").locked
    with pytest.raises(NotNow):
        accept(NANTES, "2024", NETWORK)
    validate(NANTES, "2024", OWNER)
    assert (standing(NANTES, "2024").name, standing(NANTES, "2024").locked) == ("validee", True)
    assert standing(NANTES, "2024").author == "administration de la métropole"
    with pytest.raises(NotNow):
        validate(NANTES, "2024", OWNER)
    accept(NANTES, "2024", NETWORK)
    reopen(NANTES, "2024", "Une démarche manque", NETWORK)
    assert (standing(NANTES, "2024").name, standing(NANTES, "2024").locked) == ("rouverte", False)
    with pytest.raises(NotNow):
        reopen(NANTES, "2024", "Encore", NETWORK)
    assert said() == [
        ("2024", "validee", None),
        ("2024", "acceptee", None),
        ("2024", "rouverte", "Une démarche manque"),
    ]
    validate(RENNES, "2023", holder(Held(ADMINISTRATION, RENNES)))
    steps = standing_of([NANTES, RENNES], ["2023", "2024"])
    assert {key: step.name for key, step in steps.items()} == {
        (NANTES, "2024"): "rouverte",
        (RENNES, "2023"): "validee",
    }
    assert db.session.query(AuditHead).one().lines == 4


@pytest.mark.parametrize("year", ["2026", "2027", "24", "année", "²024", ""])
def test_only_a_year_that_is_over_is_validated(sqlite_app: Flask, year: str) -> None:
    make_source()
    with pytest.raises(BadQuery):
        validate(NANTES, year, OWNER)
    assert said() == []


def test_what_changes_a_validated_year_reopens_it_and_nothing_else_does(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", **IN_2024), process("2", starts_on="2023", ends_on="2023")])
    validate(NANTES, "2024", OWNER)
    validate(NANTES, "2023", OWNER)
    run(source, [process("1", **IN_2024), process("2", starts_on="2023", ends_on="2023")])
    assert len(said()) == 2, "rien n'a changé"
    run(source, [process("3", starts_on="2025", ends_on="2025")])
    assert len(said()) == 2, "2025 n'est pas validée"
    done = correct(thing("process", "1").id, {"channel": "hybride"}, reason="faute", author="équipe")
    assert not isinstance(done, list)
    reason = f"Des données de cette année ont changé. Correction par une personne, {done.ref}."
    assert said()[2:] == [("2024", "rouverte", reason)]
    assert standing(NANTES, "2024").author == "le hub"
    assert standing(NANTES, "2023").locked


def test_a_thing_that_leaves_a_validated_year_reopens_it_and_a_draft_does_not(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", **IN_2024)])
    validate(NANTES, "2024", OWNER)
    drafts = make_source("brouillons", diffusion="brouillon")
    run(drafts, [process("2", **IN_2024)])
    assert standing(NANTES, "2024").locked
    run(make_source("essai-rennes", RENNES), [process("3", **IN_2024)])
    assert standing(NANTES, "2024").locked
    run(source, [process("1", starts_on="2025", ends_on="2025")])
    assert [step for _, step, _ in said()] == ["validee", "rouverte"]
    assert thing("process", "1").data["starts_on"] == "2025", "ce qui est reçu entre toujours"


def test_values_are_final_from_their_validation_to_what_changes_them_and_the_journal_tells_both(app: Flask) -> None:
    source = make_source()
    declare(NANTES, "process", 2024, "complete", None, "", OWNER)
    run(source, [process("1", **IN_2024)])
    refresh()
    validate(NANTES, "2024", OWNER)
    refresh()
    assert graded() == ("definitif", "A")
    run(source, [process("1", **IN_2024), process("2", **IN_2024)])
    refresh()
    assert graded() == ("provisoire", "B")
    told = items(app.test_client(), "/journal.json?metropole=nantes&indicateur=demarches&annee=2024")
    assert [(row["before"], row["before_state"], row["after"], row["after_state"]) for row in told] == [
        (1, "definitif", 2, "provisoire"),
        (1, "provisoire", 1, "definitif"),
    ]


def graded() -> tuple[str, str]:
    db.session.rollback()
    metropole = db.session.get_one(Metropole, NANTES)
    cell = cells([INDICATORS["demarches"]], [metropole], ["2024"])["demarches", NANTES, "2024"]
    return cell.state, cell.grade


def test_the_page_lets_each_do_their_step_and_nobody_another(sqlite_app: Flask) -> None:
    run(make_source(), [process("1", **IN_2024)])
    agent, owner = entered(sqlite_app, AGENT), entered(sqlite_app, ADMINISTRATION)
    network, rennes = entered(sqlite_app, COORDINATION), entered(sqlite_app, ADMINISTRATION, RENNES)
    assert "2024 Contrôlée, pas encore validée" in words(sqlite_app.test_client(), PAGE)
    assert ["Valider 2024" in words(one, PAGE) for one in (agent, rennes, network, owner)] == [
        False,
        False,
        False,
        True,
    ]
    form = {"year": "2024", "csrf_token": token(rennes, PAGE)}
    assert rennes.post(f"{PAGE}/valider", data=form).status_code == 403
    assert owner.post(f"{PAGE}/valider", data={"year": "2024"}).status_code == 400, "sans jeton"
    form = {"year": "2024", "csrf_token": token(owner, PAGE)}
    assert owner.post(f"{PAGE}/valider", data=form).location == f"{PAGE}#validation"
    assert owner.post(f"{PAGE}/valider", data=form).status_code == 409
    assert owner.post(f"{PAGE}/accepter", data=form).status_code == 403
    assert "Validée par la métropole" in words(agent, PAGE)
    form = {"year": "2024", "csrf_token": token(network, PAGE)}
    assert network.post(f"{PAGE}/accepter", data=form).status_code == 303
    assert "Acceptée par la coordination du réseau coordination du réseau, le 31 janvier 2026" in words(agent, PAGE)
    assert f"{PAGE}/rouvrir?annee=2024" in links(content(owner, PAGE))
    assert agent.get(f"{PAGE}/rouvrir").status_code == 403
    assert sum(line.content["verb"] in ("validate", "govern") for line in db.session.scalars(select(AuditLine))
               if line.content and not line.content["refused"]) == 2  # fmt: skip


def test_reopening_asks_a_public_reason_that_names_nobody(sqlite_app: Flask) -> None:
    run(make_source(), [process("1", **IN_2024)])
    validate(NANTES, "2024", OWNER)
    owner = entered(sqlite_app, ADMINISTRATION)
    proof = token(owner, f"{PAGE}/rouvrir?annee=2024")
    for reason in ("", "Vu avec ana@essais.fr", "x" * 501):
        answer = owner.post(f"{PAGE}/rouvrir", data={"year": "2024", "reason": reason, "csrf_token": proof})
        assert answer.status_code == 422, reason
    assert owner.post(f"{PAGE}/rouvrir", data={"year": "\0", "reason": "Oubli", "csrf_token": proof}).status_code == 400
    sent = {"year": "2024", "reason": "<b>Oubli</b>", "csrf_token": proof}
    assert owner.post(f"{PAGE}/rouvrir", data=sent).status_code == 303
    html = html_of(sqlite_app.test_client(), PAGE)
    assert "&lt;b&gt;Oubli&lt;/b&gt;" in html
    row = next(row for row in items(owner, f"{PAGE}.json") if row["part"] == "validation")
    assert (row["year"], row["state"]) == (2024, "rouverte")


def test_its_own_agents_see_what_would_raise_a_grade_with_the_page_that_does_it(sqlite_app: Flask) -> None:
    run(
        make_source(),
        [process("1", **IN_2024), Record("meeting", "r", {"title": "Atelier", "starts_at": "2024-05"}, "L")],
    )
    unknown = {"couverture": ["C", "inconnue"], "validation": ["B", "controlee"]}
    measure("demarches", NANTES, "2024", 3, grade="C", checks=unknown)
    measure("part_hybride", NANTES, "2024", 0.5, grade="C", checks={"couverture": ["C", "champ"]})
    measure("comptes", NANTES, "2024", 10, checks={"validation": ["A", "validee"]})
    measure("demarches", RENNES, "2024", 3, grade="C", checks=unknown)
    agent = entered(sqlite_app, AGENT)
    told = words(agent, PAGE)
    assert "Ce qui relèverait la note" in told
    assert "Déclarer la couverture 2024 : démarches Démarches ouvertes" in told
    found = links(content(agent, PAGE))
    assert f"{PAGE}/declarer?genre=process&annee=2024" in found
    assert f"{PAGE}/process.channel" in found
    assert f"{PAGE}#validation" in found
    assert "jamais déclarée" not in told, "ce qui est dit là ne l'est pas une seconde fois"
    for other in (sqlite_app.test_client(), entered(sqlite_app, AGENT, RENNES)):
        assert "Ce qui relèverait la note" not in words(other, PAGE)
