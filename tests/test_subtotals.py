"""Subtotals of cells: in whatever order cases come and go, they are what the cases that stand add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from hub.benchmark.cases import Row
from hub.benchmark.subtotals import move, subtotals
from hub.db import db
from hub.models import Subtotal

SIREN = "243500139"
CELLS = [("participations", SIREN, "2024"), ("reponse_delai", SIREN, "2024"), ("reunions", SIREN, "2025")]
AMOUNTS = st.one_of(st.none(), st.integers(0, 10**7), st.decimals(0, 10**6, places=2).map(float))


@st.composite
def cases(draw: st.DrawFn) -> Row:
    indicator, siren, period = draw(st.sampled_from(CELLS))
    amount = draw(AMOUNTS)
    row: Row = {"indicator": indicator, "siren": siren, "period": period, "numerator": amount, "denominator": amount}
    row |= {"kind": draw(st.sampled_from(["process", "observation"])), "hub_id": draw(st.sampled_from(["a", "b"]))}
    row |= {"said": draw(st.sampled_from([None, "masque"])), "qualifier": "exact", "approximate": False}
    return row | {"lacks": draw(st.booleans()), "elsewhere": False, "hidden": "", "run_id": draw(st.integers(1, 2))}


def standing(connection: Connection) -> list[Any]:
    return sorted(connection.execute(select(Subtotal.__table__)).all())


def added_up(connection: Connection, rows: Sequence[Row]) -> list[Any]:
    connection.execute(delete(Subtotal))
    move(connection, [], rows, [])
    return standing(connection)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.lists(cases(), max_size=6), max_size=5), st.data())
def test_whatever_comes_and_goes_the_subtotals_are_those_of_what_stands(
    app: Flask, arrivals: list[list[Row]], data: st.DataObject
) -> None:
    with db.engine.connect() as connection:
        connection.execute(delete(Subtotal))
        held: list[Row] = []
        for come in arrivals:
            left = data.draw(st.lists(st.sampled_from(held), max_size=3, unique_by=id)) if held else []
            move(connection, left, come, [])
            held = [row for row in held if not any(row is gone for gone in left)] + come
        moved = standing(connection)
        assert moved == added_up(connection, held)
        connection.rollback()


def test_those_of_a_metropole_are_added_up_anew_when_all_its_cases_are_given(app: Flask) -> None:
    row: Row = {"indicator": "reunions", "siren": SIREN, "period": "2024", "numerator": 3, "denominator": None}
    row |= {"kind": "meeting", "hub_id": "a", "said": None, "qualifier": "exact", "approximate": False}
    row |= {"lacks": False, "elsewhere": False, "hidden": "", "run_id": 1}
    with db.engine.connect() as connection:
        move(connection, [], [row, row], [])
        move(connection, [], [row], [SIREN])
        cell = ("reunions", SIREN, "2024")
        (found,) = subtotals(connection, {cell})[cell]
        assert (found["numerator"], found["n"]) == (3, 1)
        connection.rollback()
