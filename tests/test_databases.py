"""The databases of the tests: one that was used is lent again as a new one is, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tests.conftest import ready
from tests.databases import Databases, connected
from tests.make import make_source, process, run


def held(url: str) -> dict[str, int]:
    """The tables that hold rows, and the sequences that were drawn from."""
    with connected(make_url(url)) as connection:
        names = list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
        rows = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}
        drawn = text("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        met = {row.sequencename: row.last_value for row in connection.execute(drawn)}
        return {name: number for name, number in rows.items() if number} | met


def test_a_database_that_was_used_is_lent_again_empty(databases: Databases, tmp_path: Path) -> None:
    with databases.lent() as url:
        for _ in ready(tmp_path / "instance", url):
            run(make_source(), [process("1")])
        assert len(held(url)) > 8
    with databases.lent() as again:
        assert again == url
        assert held(again) == {"alembic_version": 1}


@pytest.mark.parametrize(
    "change", ["DROP TABLE issue", "ALTER TABLE run ADD COLUMN x int", "UPDATE alembic_version SET version_num = '1'"]
)
def test_a_database_whose_schema_was_changed_is_lent_no_more(databases: Databases, change: str) -> None:
    with databases.lent() as url, connected(make_url(url)) as connection:
        connection.execute(text(change))
    with databases.lent() as other:
        assert other != url
