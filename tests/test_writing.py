"""One write transaction: what is read afterwards is what was written."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from hub.db import db, writing
from hub.models import Source
from tests.make import make_source


def test_what_is_read_after_a_write_is_what_was_written_even_when_something_was_read_meanwhile(app: Flask) -> None:
    source = make_source()
    with writing() as connection:
        connection.execute(update(Source).where(Source.id == source.id).values(name="Un autre nom"))
    assert source.name == "Un autre nom"
    assert app.name == "hub"
    assert db.session.get_one(Source, source.id).name == "Un autre nom"
