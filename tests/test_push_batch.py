"""Batches that metropoles send: what enters, what is set aside, what a repetition changes (`push-api.md` §5, §6)."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from hub.db import db
from hub.harvest.holds import approve, differences, tallies
from hub.models import Facet, Issue, Run, Source
from hub.pages.held import held_of
from tests.make import counts, issues, thing
from tests.sending import demarche, send, sender


def test_good_records_enter_and_the_bad_one_is_told_with_its_place_and_cure(app: Flask) -> None:
    report = send(demarche("1"), demarche("2", starts_on="31/02/2026"), demarche("3"))
    assert (report.state, report.status) == ("complete", 200)
    assert [each["status"] for each in report.results] == ["created", "quarantined", "created"]
    error = report.results[1]["errors"][0]
    assert (error["rule"], error["pointer"]) == ("date_invalide", "/records/1/data/starts_on")
    assert error["how"]
    assert thing("process", "3").data["title"] == "Démarche 3"
    assert [each.rule for each in issues()] == ["date_invalide"]


def test_sending_twice_changes_nothing(app: Flask) -> None:
    send(demarche("1"))
    before = counts()
    report = send(demarche("1"))
    assert report.results[0]["status"] == "unchanged"
    assert {name: counts()[name] - before[name] for name in before} == {"facet": 0, "facet_version": 0, "run": 1}


def test_a_dry_run_says_what_the_call_would_and_leaves_no_trace(app: Flask) -> None:
    send(demarche("1"))
    before = counts()
    tried = send(demarche("1", title="Autre"), demarche("2"), demarche("3", state="?"), dry_run=True)
    assert (tried.run, counts()) == (None, before)
    done = send(demarche("1", title="Autre"), demarche("2"), demarche("3", state="?"))
    assert tried.results[0].pop("changes") == [{"field": "title", "before": "Démarche 1", "after": "Autre"}]
    assert tried.results == done.results


def test_an_atomic_batch_with_one_bad_record_writes_its_run_and_its_problems_alone(app: Flask) -> None:
    report = send(demarche("1"), demarche("2", state="?"), atomic=True)
    assert (report.state, report.status) == ("failed", 422)
    assert [each["status"] for each in report.results] == ["left", "quarantined"]
    assert counts() == {"facet": 0, "facet_version": 0, "run": 1}
    assert [each.rule for each in issues()] == ["code_inconnu"]


def test_a_tombstone_makes_a_thing_gone_at_once_and_again_changes_nothing(app: Flask) -> None:
    send(demarche("1"), demarche("2"))
    report = send({"kind": "process", "remote_id": "1", "deleted": True})
    assert report.results[0]["status"] == "deleted"
    gone = db.session.scalars(select(Facet).where(Facet.presence == "gone")).one()
    assert (gone.remote_id, gone.gone_reason) == ("1", "retire_par_la_metropole")
    assert send({"kind": "process", "remote_id": "1", "deleted": True}).state == "complete"


def test_too_many_tombstones_wait_for_a_person(app: Flask) -> None:
    send(*(demarche(str(rank)) for rank in range(12)))
    report = send(demarche("99"), *({"kind": "process", "remote_id": str(rank), "deleted": True} for rank in range(8)))
    assert (report.status, report.results[0]["status"], report.results[1]["status"]) == (202, "created", "held")
    assert db.session.scalars(select(Run).where(Run.ref == report.held)).one().state == "held"
    assert db.session.query(Facet).filter_by(presence="gone").count() == 0


def test_who_decides_of_tombstones_is_shown_those_and_no_other(app: Flask) -> None:
    send(*(demarche(str(rank)) for rank in range(12)))
    report = send(*({"kind": "process", "remote_id": str(rank), "deleted": True} for rank in range(8)))
    send(demarche("3", title="Revenue"))
    run = db.session.scalars(select(Run).where(Run.ref == report.held)).one()
    shown = sorted(each.remote_id for each in differences(run) if each.change == "missing")
    assert shown == ["0", "1", "2", "4", "5", "6", "7"]
    assert tallies(run) == [("process", 12, 5, 7)]
    page = held_of(run)
    assert page.totals == {"missing": 7}
    assert page.reasons[0][1].startswith("12 avant")
    assert app.test_client().get(f"/moissons/{report.held}").status_code == 200
    assert len(page.sorts["missing"]) == 7
    approve(run, "essais", "Elles sont finies")
    assert db.session.query(Facet).filter_by(presence="gone").count() == 7


def test_an_older_revision_changes_nothing_in_whatever_order_it_comes(app: Flask) -> None:
    send(demarche("1", title="Nouveau") | {"revision": 5})
    report = send(demarche("1", title="Ancien") | {"revision": 4})
    assert report.results[0]["status"] == "skipped"
    assert thing("process", "1").data["title"] == "Nouveau"


def test_two_contradictory_records_of_one_batch_are_both_set_aside(app: Flask) -> None:
    report = send(demarche("1", title="Une"), demarche("1", title="Deux"), demarche("2"))
    assert [each["status"] for each in report.results] == ["quarantined", "quarantined", "created"]
    assert {each.rule for each in db.session.scalars(select(Issue))} == {"identifiant_en_double"}


def test_two_contradictory_revisions_let_no_older_one_in(app: Flask) -> None:
    said = [("Ancienne", 1), ("Plus récente", 2), ("Une", 3), ("Deux", 3)]
    report = send(*(demarche("1", title=title) | {"revision": revision} for title, revision in said))
    assert [each["status"] for each in report.results] == ["skipped", "skipped", "quarantined", "quarantined"]
    assert db.session.query(Facet).count() == 0


def test_what_a_sandbox_is_sent_belongs_to_no_metropole(app: Flask) -> None:
    report = send(demarche("1") | {"diffusion": "public"}, by=sender(sandbox="c-essai"))
    assert report.results[0]["status"] == "created"
    source = db.session.scalars(select(Source).where(Source.connector == "sandbox")).one()
    assert (source.siren, source.state, source.diffusion) == (None, "draft", "brouillon")
    facet = db.session.scalars(select(Facet)).one()
    assert (facet.siren, facet.diffusion) == (None, "brouillon")
