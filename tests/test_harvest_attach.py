"""A platform replaced by another: identifiers last, nothing is lost, and it can be undone (`harvest.md` §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import schemas
from hub.db import db
from hub.errors import BadQuery, BusySource
from hub.harvest import correct
from hub.harvest.attach import Pair, attach, detach
from hub.harvest.perform import start
from hub.harvest.registry import edit, named, step
from hub.models import Change, Decision, Facet, FacetVersion, Run, Source, Term
from hub.models.demarche import parts_of
from hub.models.layer import layers_of
from hub.models.thing import called, citing, linked, read, things_of
from tests.harvesting import again, events, harvest, later, plain_source
from tests.platforms.plain import Plain

WHY = {"motive": "La métropole a changé de plateforme", "actor": "administration de Nantes Métropole"}


@pytest.fixture
def successor() -> Iterator[Plain]:
    started = Plain()
    yield started
    started.close()


@pytest.fixture
def pair(reader: Flask, platform: Plain, successor: Plain) -> tuple[Source, Source]:
    """An old platform with a démarche, its step and its proposal; a new one with the démarche, its step, a new step."""
    platform.put("12", title="Fabrique de la ville", summary="Débattre")
    platform.put("s1", kind="stage", title="Atelier", stage="reponse_argumentee", process_id="12")
    platform.put("p9", kind="contribution", title="Une forêt", type="proposition", process_id="12")
    old = plain_source(platform, "ancienne")
    harvest(old, full=True)
    later(days=1)
    successor.put("77", title="Fabrique de la ville 2")
    successor.put("e1", kind="stage", title="Atelier repris", stage="reponse_argumentee", process_id="77")
    successor.put("e2", kind="commitment", title="Planter", status="en_cours", process_id="77")
    new = plain_source(successor, "nouvelle", replaces_id=old.id, slot=95)
    harvest(new, full=True)
    return again(old), again(new)


OLD, NEW = schemas.hub_id("ancienne", "process", "12"), schemas.hub_id("nouvelle", "process", "77")
PROCESS = Pair("process", "12", "77")


def process(hub_id: str = OLD) -> Any:
    db.session.rollback()
    return read(called("process", hub_id))[0]


def names(query: Any) -> list[str]:
    return [each.remote_id for each in read(query)]


def test_the_old_identifier_lasts_and_the_new_platform_speaks_first(pair: tuple[Source, Source]) -> None:
    _, new = pair
    attach(new, [PROCESS], **WHY)
    shown = process()
    assert (shown.id, shown.remote_id, shown.source.slug) == (OLD, "77", "nouvelle")
    assert (shown.title, shown.data["summary"]) == ("Fabrique de la ville 2", "Débattre")
    assert [layer.source.slug for layer in layers_of(shown)] == ["ancienne", "nouvelle"]
    assert process(NEW).id == OLD, "l'adresse de la fiche rattachée ne meurt pas"
    assert len(read(things_of("process"))) == 1


def test_parts_of_both_platforms_stand_under_the_thing(pair: tuple[Source, Source]) -> None:
    old, new = pair
    attach(new, [PROCESS], **WHY)
    shown = process()
    assert names(parts_of(shown, "contribution")) == ["p9"]
    assert sorted(names(citing(shown, "stage"))) == ["e1", "s1"]
    assert [each.id for each in read(linked(old, "process", ["12"]))] == [OLD]
    of_process = select(Term.value).where(Term.field == "process")
    assert db.session.scalars(of_process).all() == [OLD], "les engagements se trient par la démarche qui dure"


def test_a_decision_a_run_and_the_feed_tell_of_it_and_nothing_is_deleted(pair: tuple[Source, Source]) -> None:
    _, new = pair
    facets, versions = (db.session.query(table).count() for table in (Facet, FacetVersion))
    run = attach(new, [PROCESS], **WHY)
    decision = db.session.scalars(select(Decision).where(Decision.action == "attach")).one()
    assert (decision.motive, decision.actor, decision.run_id) == (WHY["motive"], WHY["actor"], run.id)
    assert decision.details == {"pairs": [["process", "12", "77"]]}
    told = select(Change.hub_id, Change.event).where(Change.run_id == run.id).order_by(Change.id)
    assert [tuple(row) for row in db.session.execute(told)] == [(NEW, "gone"), (OLD, "updated")]
    assert db.session.query(Facet).count() == facets
    assert db.session.query(FacetVersion).count() == versions + 1
    assert db.session.query(Facet).where(Facet.lead, Facet.hub_id == OLD).count() == 1


def test_the_source_replaced_is_stopped_and_its_other_things_stay(pair: tuple[Source, Source]) -> None:
    old, new = pair
    attach(new, [PROCESS], **WHY)
    assert again(old).state == "stopped"
    assert {each.source.slug for each in read(things_of("contribution"))} == {"ancienne"}
    with pytest.raises(BadQuery, match="est remplacée par « nouvelle »"):
        step(named("ancienne"), "accept", "coordination")


def test_later_harvests_go_on_under_the_lasting_identifier(pair: tuple[Source, Source], successor: Plain) -> None:
    _, new = pair
    attach(new, [PROCESS], **WHY)
    successor.put("77", title="Fabrique, saison 3")
    harvest(again(new), full=True)
    assert process().title == "Fabrique, saison 3"
    assert events()[-1] == ("updated", OLD)
    successor.put("78")
    harvest(again(new), full=True)
    successor.remove("77")
    harvest(again(new), full=True)
    assert process().presence == "not_seen"


def test_corrections_made_before_and_after_both_hold(pair: tuple[Source, Source]) -> None:
    _, new = pair
    correct(OLD, {"title": "Titre corrigé", "summary": "Décider"}, reason="avant", author="Nantes")
    attach(again(new), [PROCESS], **WHY)
    assert (process().title, process().data["summary"]) == ("Titre corrigé", "Décider")
    correct(OLD, {"title": "Titre recorrigé"}, reason="après", author="Nantes")
    assert (process().title, process().data["summary"]) == ("Titre recorrigé", "Décider")
    assert events()[-1] == ("updated", OLD)
    assert db.session.query(Facet).where(Facet.lead, Facet.kind == "process").count() == 1


def test_detaching_gives_back_both_things_as_they_were(pair: tuple[Source, Source]) -> None:
    _, new = pair
    before = {each.id: each.data for kind in ("process", "stage") for each in read(things_of(kind))}
    attach(new, [PROCESS, Pair("stage", "s1", "e1")], **WHY)
    run = detach(again(new), **WHY)
    after = {each.id: each.data for kind in ("process", "stage") for each in read(things_of(kind))}
    assert after == before
    told = select(Change.event).where(Change.run_id == run.id, Change.hub_id.in_((OLD, NEW))).order_by(Change.id)
    assert db.session.scalars(told).all() == ["restored", "updated"]
    assert db.session.scalars(select(Term.value).where(Term.field == "process")).all() == [NEW]
    assert names(parts_of(process(), "stage")) == ["s1"]
    assert step(named("ancienne"), "accept", "coordination").state == "accepted"


def test_the_feed_read_from_the_start_gives_what_the_hub_shows(pair: tuple[Source, Source], reader: Flask) -> None:
    _, new = pair
    attach(new, [PROCESS], **WHY)
    table: dict[str, Any] = {}
    for change in reader.test_client().get("/api/v1/changes").get_json()["changes"]:
        if change["op"] == "gone":
            table.pop(change["hub_id"], None)
        else:
            table[change["hub_id"]] = change["data"]
    shown = [each for kind in ("process", "stage", "contribution", "commitment") for each in read(things_of(kind))]
    assert table.keys() == {each.id for each in shown}
    assert table[OLD]["title"] == "Fabrique de la ville 2"


@pytest.mark.postgresql_once("pairs5")
@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([], "aucune fiche"),
        ([Pair("process", "13", "77")], "« ancienne » n'a pas de fiche 13"),
        ([Pair("process", "12", "78")], "« nouvelle » n'a pas de fiche 78"),
        ([Pair("stage", "12", "e1")], "« ancienne » n'a pas de fiche 12"),
        ([Pair("stage", "s1", "e1"), Pair("stage", "s1", "e9")], "n'a pas de fiche e9"),
        ([PROCESS, Pair("stage", "s1", "e1"), Pair("process", "12", "78")], "nommée deux fois"),
    ],
)
def test_a_list_with_a_wrong_line_changes_nothing(
    pair: tuple[Source, Source], pairs: list[Pair], sentence: str
) -> None:
    runs = db.session.query(Run).count()
    with pytest.raises(BadQuery, match=sentence):
        attach(pair[1], pairs, **WHY)
    assert (db.session.query(Run).count(), again(pair[0]).state) == (runs, "accepted")


def test_what_is_attached_is_not_attached_twice_nor_its_list_changed(pair: tuple[Source, Source]) -> None:
    _, new = pair
    attach(new, [PROCESS], **WHY)
    with pytest.raises(BadQuery, match="« ancienne » n'a pas de fiche 12 à rattacher"):
        attach(again(new), [PROCESS], **WHY)
    with pytest.raises(BadQuery, match="détachez-les d'abord"):
        edit(again(new), {"replaces_id": None}, "Nantes")
    with pytest.raises(BadQuery, match="ne sont pas rattachées"):
        detach(again(new), [Pair("stage", "s1", "e1")], **WHY)


def test_a_motive_and_a_source_replaced_are_asked_for_and_a_source_being_read_waits(
    pair: tuple[Source, Source],
) -> None:
    old, new = pair
    with pytest.raises(BadQuery, match="Indiquez le motif"):
        attach(new, [PROCESS], motive=" ", actor="Nantes")
    with pytest.raises(BadQuery, match="hub source edit --replaces"):
        attach(again(old), [PROCESS], **WHY)
    start(again(new), "person")
    with pytest.raises(BusySource):
        attach(again(new), [PROCESS], **WHY)
    assert again(old).state == "accepted"
    start(again(old), "person")
    with pytest.raises(BadQuery, match="« ancienne » est en cours de lecture"):
        attach(again(new), [PROCESS], **WHY)
