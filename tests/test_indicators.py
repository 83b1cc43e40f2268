"""Every row of the catalogue: a value, a zero and each absent state it can take, from records to cells (B32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from connectors.base import Record
from hub.benchmark.compute import refresh
from hub.benchmark.indicators import CATALOGUE
from hub.db import db, writing
from hub.models import Measure, Metropole, Run, Source, Validation
from tests.conftest import ready
from tests.indicator_cases import ABSENT, CLOCK, COMMUNES, LEFT, OWN, SCENARIOS, Scenario
from tests.make import run
from tests.territories import settle, source_of, statement, territory

Found = dict[tuple[str, str, str], Measure]
NAMES = tuple(SCENARIOS)
EXPECTED = [(name, key) for name, one in SCENARIOS.items() for key in one.cells]


def siren_of(name: str) -> str:
    return f"{900_000_000 + NAMES.index(name)}"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """The public measures of every scenario, from their records through one refresh."""
    for _app in ready(tmp_path_factory.mktemp("indicators") / "instance", "", CLOCK=CLOCK):
        write_ground()
        for name, scenario in SCENARIOS.items():
            if scenario.records:
                send(siren_of(name), scenario)
        with writing() as connection:
            old = select(Source.id).where(Source.slug == "ancienne").scalar_subquery()
            connection.execute(update(Run).where(Run.source_id == old).values(closed_at="2026-06-20T08:00:00Z"))
            connection.execute(update(Metropole).values(communes=list(COMMUNES)))
            connection.execute(insert(Validation), list(validations()))
        refresh()
        rows = db.session.scalars(select(Measure).where(Measure.audience == "public"))
        yield {(row.siren, row.indicator, row.period): row for row in rows}


def write_ground() -> None:
    """Write the territories and what they state of their coverage."""
    partial = {"partielle": {"share": 0.9}}
    said = [
        statement(siren_of(name), kind, level, **partial.get(level, {}))
        for name, one in SCENARIOS.items()
        for kind, level in one.coverage.items()
    ]
    settle([territory(siren_of(name), name, [*COMMUNES, LEFT]) for name in NAMES], said)


def validations() -> Iterator[dict[str, str]]:
    """The years that metropoles validated, once they had sent all: what comes after reopens them."""
    for name, one in SCENARIOS.items():
        for year in one.validated:
            row = {"siren": siren_of(name), "period": year, "step": "validee", "author": "administration"}
            yield row | {"at": "2026-06-30T12:00:00Z"}


def send(siren: str, scenario: Scenario) -> None:
    told = run(source_of(siren, **scenario.source), list(signed(siren, scenario.records)))
    assert told.counts["created"] == len(scenario.records), told.counts


def signed(siren: str, records: Sequence[Record]) -> Iterator[Record]:
    for each in records:
        if (each.data or {}).get("subject", {}).get("remote_id") == OWN:
            each = replace(each, data={**each.data, "subject": {**each.data["subject"], "remote_id": siren}})
        yield each


@pytest.mark.parametrize(("name", "key"), EXPECTED)
def test_each_built_case_gives_the_cell_that_the_catalogue_says(found: Found, name: str, key: str) -> None:
    expected = SCENARIOS[name].cells[key]
    row = found.get((siren_of(name), key, expected.period))
    if expected.state == "non_transmis" and row is None:
        return
    assert row is not None, "no measure"
    value = None if row.value is None else round(row.value, 6)
    said = (row.numerator, row.denominator, value, row.state, row.qualifier)
    wanted = None if expected.value is None else round(expected.value, 6)
    assert said == (expected.numerator, expected.denominator, wanted, expected.state, expected.qualifier)
    assert expected.grade in (None, row.grade), row.checks
    assert expected.notes is None or tuple(row.notes) == expected.notes


@pytest.mark.parametrize("key", [one.key for one in CATALOGUE])
def test_every_row_has_a_built_case_for_a_value_a_zero_and_each_absent_state(key: str) -> None:
    cells = [one.cells[key] for one in SCENARIOS.values() if key in one.cells]
    assert any(cell.value for cell in cells)
    assert any(cell.value == 0 for cell in cells)
    assert {cell.state for cell in cells if cell.value is None} == ABSENT[key]
