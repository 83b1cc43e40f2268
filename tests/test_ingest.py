"""The one door in: what a run writes, when it shows, what it never does."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from connectors.base import Checkpoint, Item, Record, RecordRefused, SourceChanged, SourceDown
from hub.db import db, writing
from hub.errors import BusySource
from hub.harvest import ingest
from hub.harvest.runs import LostLease, open_run
from hub.models import Facet, FacetVersion, Run, Term
from hub.models.thing import Filter, number_of, read, things_of
from tests.make import HARVEST, RENNES, counts, issues, make_source, process, run, thing


def test_a_first_run_creates_and_the_same_again_writes_nothing(app: Flask) -> None:
    source = make_source()
    first = run(source, [process("1"), process("2")])
    before = counts()
    again = run(source, [process("1"), process("2")])
    assert (first.counts["created"], again.counts["unchanged"]) == (2, 2)
    assert counts() == before | {"run": 2}


def test_a_changed_record_is_a_new_version_and_the_old_one_stays(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Avant")])
    changed = run(source, [process("1", title="Après")])
    assert changed.counts["updated"] == 1
    assert thing("process", "1").title == "Après"
    titles = [
        orjson.loads(data)["title"] for data in db.session.scalars(select(FacetVersion.data).order_by(FacetVersion.id))
    ]
    assert titles == ["Avant", "Après"]


def test_nothing_a_run_reads_is_visible_before_it_closes(app: Flask) -> None:
    source = make_source()

    def walk() -> Iterator[Item]:
        yield process("1")
        yield Checkpoint("1")
        assert db.session.execute(number_of("process")).scalar_one() == 0
        yield process("2")
        yield Checkpoint("2", end=True)

    ingest(source, walk(), HARVEST)
    db.session.rollback()
    assert db.session.execute(number_of("process")).scalar_one() == 2


def test_a_partial_deposit_leaves_alone_what_it_does_not_hold(app: Flask) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])
    run(source, [process("1", title="Autre")])
    assert thing("process", "2").presence == "present"


def test_a_source_that_breaks_off_keeps_the_pages_read_and_erases_nothing(app: Flask) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])

    def broken() -> Iterator[Item]:
        yield process("1", title="Autre")
        yield Checkpoint("1")
        raise SourceDown("La plateforme ne répond plus.")

    closed = ingest(source, broken(), HARVEST)
    assert (closed.state, closed.message) == ("partial", "La plateforme ne répond plus.")
    assert (thing("process", "1").title, thing("process", "2").presence) == ("Autre", "present")


def test_a_source_that_changed_its_form_applies_nothing(app: Flask) -> None:
    source = make_source()
    run(source, [process("1")])

    def moved() -> Iterator[Item]:
        yield process("1", title="Autre")
        yield Checkpoint("1")
        raise SourceChanged("La réponse est une page de connexion.")

    assert ingest(source, moved(), HARVEST).state == "failed"
    assert thing("process", "1").title == "Démarche 1"


def test_a_bad_record_is_set_aside_and_the_good_ones_enter(app: Flask) -> None:
    source = make_source()
    closed = run(source, [process("1"), process("2", ends_on="2026-02-31"), RecordRefused("json_invalide", "L3")])
    assert (closed.state, closed.counts["created"], closed.counts["problems"]) == ("complete", 1, 2)
    first, second = issues()
    assert (first.rule, first.pointer, first.value) == ("date_invalide", "/ends_on", "2026-02-31")
    assert first.message
    assert first.how
    assert (second.rule, second.place) == ("json_invalide", "L3")


def test_a_bad_record_never_touches_the_version_in_force(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="Bonne")])
    run(source, [process("1", title=""), process("2")])
    assert (thing("process", "1").title, thing("process", "1").presence) == ("Bonne", "present")


def test_the_same_problem_seen_thrice_is_one_issue_and_closes_when_repaired(app: Flask) -> None:
    source = make_source()
    for _ in range(3):
        run(source, [process("1"), process("2", ends_on="hier")])
    assert len(issues()) == 1
    assert issues()[0].last_run_id == db.session.scalars(select(Run.id).order_by(Run.id.desc())).first()
    run(source, [process("2", ends_on="2026-01-01")])
    assert (issues(), len(issues("repaired"))) == ([], 1)


def test_a_run_without_one_acceptable_record_is_failed_not_successful(app: Flask) -> None:
    closed = run(make_source(), [process("1", title="")])
    assert (closed.state, closed.message) == ("failed", "Aucune fiche acceptable n'a été lue.")
    assert len(issues()) == 1


def test_the_same_identifier_twice_with_equal_content_is_counted_once(app: Flask) -> None:
    closed = run(make_source(), [process("1"), process("1")])
    assert (closed.counts["created"], closed.counts["repeated"], issues()) == (1, 1, [])


def test_the_same_identifier_twice_with_other_content_sets_both_aside(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", title="En vigueur")])
    run(source, [process("1", title="A"), process("2"), process("1", title="B")])
    assert thing("process", "1").title == "En vigueur"
    assert [issue.rule for issue in issues()] == ["identifiant_en_double"]


@pytest.mark.parametrize("split", [False, True])
def test_the_later_stamp_wins_between_two_readings_of_one_identifier(app: Flask, split: bool) -> None:
    source = make_source()
    old = process("1", title="Ancienne", updated_at="2026-01-01T00:00:00Z")
    new = process("1", title="Récente", updated_at="2026-01-02T00:00:00Z")
    between: list[Item] = [Checkpoint("1")] if split else []
    run(source, [new, *between, old])
    assert thing("process", "1").title == "Récente"
    run(source, [old, *between, new])
    assert thing("process", "1").title == "Récente"


def test_a_tombstone_makes_a_thing_gone_with_a_date_and_keeps_what_it_said(app: Flask) -> None:
    source = make_source()
    run(source, [process("1"), process("2")])
    run(source, [Record("process", "1", {}, deleted=True)])
    gone = thing("process", "1")
    assert (gone.presence, gone.gone_on, gone.title) == ("gone", "2026-01-31", "Démarche 1")
    assert [each.remote_id for each in read(things_of("process"))] == ["2"]
    assert db.session.execute(number_of("process", Filter(presence="gone"))).scalar_one() == 1


def test_what_comes_back_is_present_again_under_the_same_identifier(app: Flask) -> None:
    source = make_source()
    run(source, [process("1")])
    before = thing("process", "1").id
    run(source, [Record("process", "1", {}, deleted=True)])
    run(source, [process("1")])
    assert (thing("process", "1").presence, thing("process", "1").id) == ("present", before)


def test_two_runs_of_one_source_never_overlap(app: Flask) -> None:
    source = make_source()
    open_run(source, HARVEST)
    with writing() as connection:
        connection.execute(update(Run).values(lease_owner="ailleurs:1"))
    with pytest.raises(BusySource):
        run(source, [process("1")])


def test_a_worker_that_lost_its_lease_writes_nothing_more(app: Flask) -> None:
    source = make_source()

    def stolen() -> Iterator[Item]:
        yield process("1")
        yield Checkpoint("1")
        with writing() as connection:
            connection.execute(update(Run).values(attempt=2))
        yield process("2")
        yield Checkpoint("2", end=True)

    with pytest.raises(LostLease):
        ingest(source, stolen(), HARVEST)
    assert db.session.query(Facet).count() == 0


@pytest.mark.parametrize(
    ("siren", "rule"), [("999999999", "siren_inconnu"), (RENNES, "autre_metropole"), ("24440040", "siren_invalide")]
)
def test_a_figure_of_an_unknown_or_foreign_metropole_is_refused(app: Flask, siren: str, rule: str) -> None:
    data = {
        "subject": {"kind": "metropole", "remote_id": siren},
        "metric": "comptes",
        "period": {"precision": "annee", "from": "2025", "to": "2025"},
        "basis": "cumul",
        "quantity": {"value": 12},
    }
    run(make_source(), [Record("observation", "x", data), process("1")])
    assert [issue.rule for issue in issues()] == [rule]


def test_a_link_to_nothing_is_kept_and_told_then_forgotten_when_its_target_comes(app: Flask) -> None:
    source = make_source()
    stage = Record("stage", "1", {"process_id": "118", "title": "Avis", "stage": "avis_citoyen"})
    assert run(source, [stage]).counts["created"] == 1
    assert [(issue.rule, issue.severity) for issue in issues()] == [("lien_orphelin", "info")]
    run(source, [process("118")])
    assert issues() == []


def test_more_than_a_thousand_lost_links_all_stay_open_until_their_target_comes(sqlite_app: Flask) -> None:
    source = make_source()
    stages = [Record("stage", str(n), {"process_id": f"p{n}", "title": "Étape"}) for n in range(1100)]
    run(source, stages)
    assert len(issues()) == 1100
    run(source, [*stages[:1], process("p1")])
    assert (len(issues()), len(issues("repaired"))) == (1099, 1)


def test_the_state_of_the_answer_follows_the_stages(app: Flask) -> None:
    source = make_source()
    avis = Record(
        "stage", "a", {"process_id": "1", "title": "Avis", "stage": "avis_citoyen", "delivered_on": "2021-03"}
    )
    answer = {"process_id": "1", "title": "Réponse", "stage": "reponse_argumentee", "delivered_on": "2021-07"}

    def state() -> str:
        db.session.rollback()
        return db.session.scalars(select(Term.value).where(Term.field == "answer")).one()

    run(source, [process("1")])
    assert state() == "sans_avis"
    run(source, [avis])
    assert state() == "avis_sans_reponse"
    run(source, [Record("stage", "r", answer)])
    assert state() == "reponse_publiee"
    run(source, [Record("stage", "r", {}, deleted=True)])
    assert state() == "avis_sans_reponse"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=3), min_size=1, max_size=5))
def test_any_history_of_deposits_ends_with_what_was_said_last(sqlite_app: Flask, history: list[dict[str, int]]) -> None:
    slug = f"s{db.session.query(Run).count()}"
    source = make_source(slug)
    said: dict[str, int] = {}
    for deposit in history:
        said |= deposit
        run(source, [process(name, title=f"v{value}") for name, value in deposit.items()])
    found = {each.remote_id: each.title for each in read(things_of("process", Filter(sources=(slug,))))}
    assert found == {name: f"v{value}" for name, value in said.items()}
