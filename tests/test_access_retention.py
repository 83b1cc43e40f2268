"""Whatever holds a person is shown, erased and has its time: no table is forgotten (C4, C5)."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select, update

from hub.access import contacts, people
from hub.access.reader import Reader
from hub.access.rights import AGENT, OPERATION
from hub.access.upkeep import KEPT_UNDER, retention, tidy
from hub.clock import iso, now
from hub.db import Base, db, writing
from hub.models import Contact, Person
from hub.models.person import Rescue
from tests.harvesting import later
from tests.make import make_source
from tests.people import NANTES, person


def columns_of_persons() -> set[str]:
    """Every column that names a person, in every table."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    }


def test_every_column_that_names_a_person_is_exported_and_erased() -> None:
    known = {f"{column.class_.__tablename__}.{column.key}" for column in people.PERSONAL.values()}
    assert columns_of_persons() >= {"session.person_id", "role.person_id"}
    assert known == columns_of_persons() | {"person.id"}


def test_every_table_of_people_has_its_time_and_its_line() -> None:
    assert set(KEPT_UNDER) == set(people.PERSONAL)


def test_every_line_is_told_on_the_page(sqlite_app: Flask) -> None:
    lines = dict(retention())
    assert set(KEPT_UNDER.values()) <= set(lines)
    page = sqlite_app.test_client().get("/donnees-personnelles").text
    for what in lines:
        assert what.replace("'", "&#39;") in page, what


def test_consents_and_rescues_go_when_their_time_is_over(app: Flask) -> None:
    make_source()
    agent, operator = person(AGENT), person(OPERATION)
    with writing() as connection:
        for days in (0, 300):
            app.config["CLOCK"] = "2026-01-31T12:00:00Z"
            later(app, days=days)
            by = Reader(person_id=agent, acting_for=NANTES)
            contacts.consent(connection, by, f"Fonction du jour {days}", "pairs", named=False)
            contacts.open_rescue(connection, Reader(person_id=operator), NANTES, f"Motif du jour {days}, en entier")
        contacts.consent(connection, by, "Retirée", "pairs", named=False)
        connection.execute(update(Contact).where(Contact.function == "Retirée").values(withdrawn_at=iso(now())))
        connection.execute(update(Person).values(last_entry_at=iso(now())))
    later(app, days=67)
    with writing() as connection:
        tidy(connection)
    assert db.session.scalars(select(Contact.function)).all() == ["Fonction du jour 300"]
    assert db.session.scalars(select(Rescue.motive)).all() == ["Motif du jour 300, en entier"]
