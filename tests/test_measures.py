"""Measures: computed from what the hub holds, with their state, kept true when it changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from connectors.base import Record
from hub.benchmark.compute import refresh
from hub.benchmark.indicators import INDICATORS
from hub.benchmark.measures import cells
from hub.db import db, writing
from hub.models import Case, Mark, Measure, Metropole, NetworkThing, Revision, Validation
from hub.models.audience import Audience, read_for
from hub.models.measure import measures_of
from tests.conftest import ready
from tests.make import NANTES, make_source, measure, process, run


def declare(kind: str, year: int, level: str = "complete", **more: Any) -> None:
    """A statement of coverage of Nantes."""
    said = {"id": f"couverture-{kind}-{year}-{level}", "siren": NANTES, "kind": kind, "level": level}
    said |= {"period": {"from": str(year), "to": str(year)}, "declared_at": "2026-01-10T10:00:00Z", "trace": [], **more}
    row = {"kind": "coverage", "id": said["id"], "position": 0, "siren": NANTES, "year": str(year), "sha256": "x"}
    with writing() as connection:
        connection.execute(
            insert(NetworkThing).values(**row, data=json.dumps(said), author="métropole", written_at="2026-01-10")
        )


def cell(indicator: str, period: str = "2025", siren: str = NANTES) -> Measure | None:
    db.session.rollback()
    return (
        db.session.scalars(measures_of([indicator], [siren], [period])).all()[-1:]
        and (db.session.scalars(measures_of([indicator], [siren], [period])).all()[-1])
    )


def test_a_count_without_a_statement_reads_at_least_and_is_estimated(app: Flask) -> None:
    run(make_source(), [process("1", starts_on="2025-02"), process("2", starts_on="2025")])
    refresh()
    found = cell("demarches")
    assert (found.value, found.qualifier, found.state, found.grade) == (2, "au_moins", "estime", "C")
    assert found.checks["couverture"] == ["C", "inconnue"]
    assert found.sources == ["essai-nantes"]


def test_without_records_nothing_is_a_zero_but_what_is_declared_complete(app: Flask) -> None:
    make_source()
    refresh()
    assert not cell("demarches")
    declare("process", 2025)
    refresh()
    found = cell("demarches")
    assert (found.value, found.numerator, found.state, found.grade) == (0, 0, "provisoire", "B")
    assert not cell("part_volontaire"), "a share of nothing is no zero"


@pytest.mark.parametrize("level", ["sans_objet", "non_collecte"])
def test_a_statement_that_there_is_none_is_the_state(app: Flask, level: str) -> None:
    run(make_source(), [process("1", starts_on="2025")])
    declare("process", 2025, level)
    refresh()
    assert (cell("demarches").value, cell("demarches").state) == (None, level)


def test_what_is_cancelled_or_part_of_another_or_the_citys_alone_is_not_counted(app: Flask) -> None:
    kept = [process("1", starts_on="2025"), process("2", starts_on="2025", perimeter="ville_et_metropole")]
    left = [
        process("3", starts_on="2025", state="annulee"),
        process("4", starts_on="2025", parent_id="1"),
        process("5", starts_on="2025", perimeter="ville"),
    ]
    run(make_source(), [*kept, *left])
    refresh()
    found = cell("demarches")
    assert (found.value, found.flags) == (2, ["perimetre_different"])
    listed = db.session.scalars(select(Case).where(Case.indicator == "demarches", Case.numerator.is_(None))).one()
    assert listed.said == "ville"


def test_a_share_of_fewer_than_five_is_not_given_and_its_cases_are(app: Flask) -> None:
    run(make_source(), [process(str(n), starts_on="2025", legal_basis="volontaire") for n in range(4)])
    refresh()
    found = cell("part_volontaire")
    assert (found.value, found.state, found.numerator, found.denominator) == (None, "effectif_insuffisant", 4, 4)
    assert db.session.query(Case).filter_by(indicator="part_volontaire").count() == 4


def test_a_share_has_its_interval_and_falls_to_c_when_one_in_five_lacks_the_field(app: Flask) -> None:
    source = make_source()
    known = [process(str(n), starts_on="2025", legal_basis="volontaire" if n < 9 else "obligatoire") for n in range(12)]
    declare("process", 2025)
    run(source, known)
    refresh()
    found = cell("part_volontaire")
    assert (found.numerator, found.denominator, found.value, found.grade) == (9, 12, 0.75, "B")
    assert (round(found.low, 4), round(found.high, 4)) == (0.4677, 0.9111)
    run(source, [*known, *(process(f"x{n}", starts_on="2025") for n in range(4))])
    refresh()
    found = cell("part_volontaire")
    assert (found.value, found.known, found.cases, found.checks["couverture"]) == (0.75, 12, 16, ["C", "champ"])


def test_a_validated_year_is_final_and_graded_a(app: Flask) -> None:
    run(make_source(), [process("1", starts_on="2025")])
    declare("process", 2025)
    with writing() as connection:
        said = {"siren": NANTES, "period": "2025", "step": "validee", "author": "administration", "at": "2026-01-20"}
        connection.execute(insert(Validation).values(**said))
    refresh()
    assert (cell("demarches").state, cell("demarches").grade) == ("definitif", "A")


def figure(remote_id: str, metric: str, value: int, **data: Any) -> Record:
    said = {"subject": {"kind": "metropole", "remote_id": NANTES}, "metric": metric, "basis": "flux"}
    said |= {"period": {"from": "2025-01-01", "to": "2025-12-31", "precision": "jour"}, "quantity": {"value": value}}
    return Record("observation", remote_id, said | data, "L1")


def contributed(remote_id: str, process_id: str, day: str, **more: Any) -> Record:
    said = {"title": f"Idée {remote_id}", "type": "proposition", "process_id": process_id, "published_at": day}
    return Record("contribution", remote_id, said | more, "L1")


def test_the_total_of_a_platform_and_that_of_its_demarches_are_never_added(app: Flask) -> None:
    items = [process("1", starts_on="2025"), *(contributed(str(n), "1", "2025-03-01") for n in range(3))]
    run(make_source(), [*items, figure("total", "contributions", 1000)])
    refresh()
    assert cell("contributions").value == 3
    with writing() as connection:
        connection.execute(delete(Mark))
    run(
        make_source("autre", "243500139"),
        [figure("t", "contributions", 1000, subject={"kind": "metropole", "remote_id": "243500139"})],
    )
    refresh()
    assert cell("contributions", siren="243500139").value == 1000


def test_a_figure_of_a_demarche_stands_for_what_the_hub_counts(app: Flask) -> None:
    about = {"subject": {"kind": "process", "remote_id": "1"}}
    items = [process("1", starts_on="2025"), *(contributed(str(n), "1", "2025-03-01") for n in range(3))]
    run(make_source(), [*items, figure("dit", "contributions", 40, **about)])
    refresh()
    assert cell("contributions").value == 40


def test_finding_no_document_is_no_zero_where_none_was_ever_received(sqlite_app: Flask) -> None:
    source = make_source()
    held = [process(str(n), starts_on="2025") for n in range(6)]
    run(source, held)
    refresh()
    assert not cell("mandats_publies")
    run(source, [*held, Record("document", "autre", {"title": "Un cahier", "type": "cahier"}, "L1")])
    refresh()
    assert (cell("mandats_publies").value, cell("mandats_publies").denominator) == (0, 6)


def test_figures_that_contradict_each_other_compare_to_nothing_until_they_are_corrected(app: Flask) -> None:
    source = make_source()
    run(source, [figure("tous", "participants", 900), figure("ligne", "participants", 1200, channel="en_ligne")])
    refresh()
    assert cell("participants").checks["validation"] == ["C", "probleme"]
    run(source, [figure("tous", "participants", 900), figure("ligne", "participants", 200, channel="en_ligne")])
    refresh()
    assert cell("participants").checks["validation"] == ["B", "controlee"]


def test_participants_are_never_added_up(app: Flask) -> None:
    about = {"subject": {"kind": "process", "remote_id": "1"}}
    source = make_source()
    run(source, [process("1", starts_on="2025"), figure("dit", "participants", 40, **about)])
    refresh()
    assert (cell("participants").value, cell("participants").state) == (None, "non_collecte")
    run(source, [process("1", starts_on="2025"), figure("tout", "participants", 900)])
    refresh()
    assert (cell("participants").value, cell("participants").state) == (900, "provisoire")


def meeting(remote_id: str, attendees: int | None, day: str = "2025-03-01T18:00:00Z", **data: Any) -> Record:
    came = {} if attendees is None else {"attendees": attendees}
    return Record("meeting", remote_id, {"title": f"Réunion {remote_id}", "starts_at": day, **came, **data}, "L1")


def test_a_small_count_enters_no_public_sum_and_members_read_it(app: Flask) -> None:
    run(make_source(), [meeting(str(n), 40) for n in range(5)])
    run(make_source("autre"), [meeting("petite", 8)])
    refresh()
    public = cell("participations")
    assert (public.value, public.qualifier, public.state) == (200, "au_moins", "estime")
    assert cell("presence_reunions").denominator == 5
    read_for(Audience(peers=True))
    assert cell("participations").value == 208
    read_for(Audience())


def test_when_all_is_hidden_the_cell_is_masked_and_no_zero(app: Flask) -> None:
    run(make_source(), [meeting("petite", 8)])
    refresh()
    assert (cell("participations").value, cell("participations").state) == (None, "masque")


def test_a_past_measure_that_changes_is_told_in_the_journal_and_says_revised(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", starts_on="2024")])
    refresh()
    run(source, [process("1", starts_on="2024"), process("2", starts_on="2024")])
    refresh()
    told = db.session.scalars(select(Revision).where(Revision.indicator == "demarches")).one()
    assert (told.before["value"], told.after["value"], told.type, told.author) == (1, 2, "revision", "harvest")
    assert "revise" in cell("demarches", "2024").flags


def test_what_is_gone_leaves_no_measure_behind_and_the_journal_says_so(app: Flask) -> None:
    source = make_source()
    run(source, [process("1", starts_on="2024")])
    refresh()
    run(source, [Record("process", "1", {}, "L1", deleted=True)])
    refresh()
    assert not cell("demarches", "2024")
    told = db.session.scalars(select(Revision).where(Revision.indicator == "demarches")).one()
    assert told.after == {"value": None, "state": "non_transmis"}


def test_nothing_new_writes_nothing(app: Flask) -> None:
    run(make_source(), [process("1", starts_on="2024"), process("2", starts_on="2025")])
    assert refresh() > 0
    assert refresh() == 0
    assert refresh(anew=True) == 0
    assert db.session.query(Revision).count() == 0


@pytest.mark.parametrize(("value", "state"), [(12, "non_transmis"), (None, "provisoire")])
def test_the_table_refuses_a_value_with_an_absent_state_and_a_state_without_its_value(
    app: Flask, value: float | None, state: str
) -> None:
    make_source()
    with pytest.raises(IntegrityError):
        measure("demarches", NANTES, "2025", value, state=state)


def test_a_population_of_more_than_three_years_before_is_said_where_it_divides(sqlite_app: Flask) -> None:
    make_source()
    for indicator in ("demarches", "bp_euros_habitant"):
        for period in ("2026", "2027"):
            measure(indicator, NANTES, period, 12)
    nantes = db.session.get_one(Metropole, NANTES)
    asked = [INDICATORS["demarches"], INDICATORS["bp_euros_habitant"]]

    def old(form: str) -> set[tuple[str, str]]:
        found = cells(asked, [nantes], ["2026", "2027"], form)
        return {(key, period) for (key, _, period), one in found.items() if "denominateur_ancien" in one.flags}

    assert nantes.population_year == 2023
    assert old("hab") == {("demarches", "2027"), ("bp_euros_habitant", "2027")}
    assert old("brut") == {("bp_euros_habitant", "2027")}, "a count divided by nobody has no denominator to be old"


DAYS = st.sampled_from(["2023", "2024-05", "2025-03-12", None])
SENT = st.dictionaries(
    st.integers(1, 6),
    st.tuples(DAYS, st.sampled_from(["volontaire", "obligatoire", None]), st.sampled_from(["en_cours", "annulee"])),
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(SENT, min_size=1, max_size=4))
def test_step_by_step_or_all_at_once_measures_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, sent: list[dict[int, Any]]
) -> None:
    """Incremental = full: whatever changed between two refreshes."""
    for _app in ready(tmp_path_factory.mktemp("measures") / "instance", ""):
        source = make_source()
        for each in sent:
            run(source, [_drawn(number, *said) for number, said in each.items()])
            refresh()
        step_by_step = told()
        with writing() as connection:
            for table in (Measure, Case, Mark):
                connection.execute(delete(table))
        refresh()
        assert told() == step_by_step


def _drawn(number: int, day: str | None, basis: str | None, state: str) -> Record:
    data = {"starts_on": day, "legal_basis": basis}
    return process(str(number), state=state, **{name: value for name, value in data.items() if value})


def told() -> list[Any]:
    """Every measure but its flag « revised », which tells how it came to be."""
    db.session.rollback()
    left = ("flags",)
    rows = db.session.execute(select(Measure.__table__)).mappings()
    return sorted(str({name: value for name, value in row.items() if name not in left}) for row in rows)
