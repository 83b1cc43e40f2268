"""A query that serves a reader is cut after a time; what works for itself goes to its end (C38)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, Select, func, literal, select

from hub.access.rights import ADMINISTRATION
from hub.db import db, writing
from hub.harvest.founding import load_register
from tests.conftest import ready
from tests.people import entered, token

BOUND = 1


@pytest.fixture(params=["sqlite", "postgresql"])
def hurried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A hub whose readers wait for one second."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres")
    yield from ready(tmp_path / "instance", url, QUERY_SECONDS=BOUND, TESTING=False)


def counting(up_to: int) -> Select[int]:
    """A query that counts one by one: ten million take several seconds, on both databases."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < up_to))
    return select(func.count()).select_from(numbers)


LONG, SHORT = counting(20_000_000), counting(1000)


def serving(app: Flask, endpoint: str, view: Callable[..., str]) -> None:
    """Put another view in the place of one."""
    app.view_functions[endpoint] = view


@pytest.mark.parametrize("path", ["/plan-du-site", "/api/v1/processes"])
def test_a_slow_read_is_cut_and_said_in_french(hurried: Flask, path: str) -> None:
    endpoint = hurried.url_map.bind("localhost").match(path)[0]
    serving(hurried, endpoint, lambda **_given: str(db.session.scalar(LONG)))
    began = time.monotonic()
    answer = hurried.test_client().get(path)
    assert time.monotonic() - began < BOUND + 4
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    said = answer.json["detail"] if path.startswith("/api") else answer.text
    assert "un calcul trop long" in said.replace("\u202f", " ")
    for word in ("SELECT", "RECURSIVE", "numbers", "statement", "interrupted", "timeout", "sqlalchemy"):
        assert word not in answer.text, word
    db.session.remove()  # as the end of a request does; here the context around the test keeps it
    assert hurried.test_client().get("/").status_code == 200


def test_a_connection_of_its_own_is_cut_as_well_as_the_session(hurried: Flask) -> None:
    def view() -> str:
        with db.engine.connect() as connection:
            return str(connection.scalar(LONG))

    serving(hurried, "reference.site_plan", view)
    assert hurried.test_client().get("/plan-du-site").status_code == 503


def test_each_query_has_its_time_and_not_the_whole_page(hurried: Flask) -> None:
    def view() -> str:
        for _ in range(6):
            time.sleep(BOUND / 4)
            db.session.scalar(SHORT)
        return "fait"

    serving(hurried, "reference.site_plan", view)
    assert hurried.test_client().get("/plan-du-site").status_code == 200


def test_a_flow_lasts_as_long_as_its_reader(hurried: Flask) -> None:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 60_000))
    flow = select(numbers.c.n).execution_options(yield_per=500)

    def view() -> str:
        read = 0
        for rank, _ in enumerate(db.session.execute(flow)):
            read += 1
            if rank % 30_000 == 0:
                time.sleep(BOUND * 0.8)
        return str(read)

    serving(hurried, "reference.site_plan", view)
    answer = hurried.test_client().get("/plan-du-site")
    assert (answer.status_code, answer.text) == (200, "60000")


def slow_enough(connection: Connection) -> Select[int]:
    """A query that alone lasts longer than a reader waits, on this machine and not much longer."""
    size = 500_000
    while True:
        began = time.monotonic()
        connection.scalar(counting(size))
        if time.monotonic() - began > BOUND * 1.2:
            return counting(size)
        size *= 2


def test_what_works_for_itself_and_what_a_person_writes_go_to_their_end(hurried: Flask) -> None:
    load_register()
    with db.engine.connect() as connection:
        query = slow_enough(connection)

    def view() -> str:
        with writing() as connection:
            return f"compté {connection.scalar(query)}"

    serving(hurried, "account.rename", view)
    client = entered(hurried, ADMINISTRATION)
    answer = client.post("/compte/nom", data={"csrf_token": token(client, "/compte"), "full_name": "x"})
    assert (answer.status_code, answer.text[:6]) == (200, "compté")


def test_a_connection_that_served_a_reader_works_for_itself_afterwards(hurried: Flask) -> None:
    serving(hurried, "reference.site_plan", lambda: str(db.session.scalar(LONG)))
    assert hurried.test_client().get("/plan-du-site").status_code == 503
    db.session.rollback()
    query = slow_enough(db.session.connection())
    assert db.session.scalar(query) > 0
