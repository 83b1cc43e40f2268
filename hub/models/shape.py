"""What SQLite is told of the shape of the data, for it to find a thing by its identifier.

Left to guess, it takes two conditions (« of this kind », « that leads ») for narrower than one (« of this identifier »)
and reads all that there is of a kind. `ANALYZE` would say what the base of today holds, and choose otherwise tomorrow;
this holds for a large network, and costs nothing in a small one. Source: https://sqlite.org/fileformat2.html#stat1tab.
"""

from __future__ import annotations

from sqlalchemy import Engine, text

FACETS = "100000000"
"""More than any statement looks up: of a table of fewer, SQLite first reads the whole, to make a Bloom filter of it."""
SHAPE = {
    "ix_facet_hub_id": "1",
    "uq_facet_name": "50000 20000 1 1",
    "ix_facet_moved": "1",
    "ix_facet_listed": "200000 200000 1",
    "ix_facet_owned": "200000 200000 20000 1",
    "ix_facet_source_id_process_id": "50000 200",
}
"""Of each index of `facet`: of a million rows, how many share its first column, its first two, and so on."""


def tell_shape(engine: Engine) -> None:
    """Tell SQLite how narrow the indexes of `facet` are; PostgreSQL counts by itself."""
    if engine.dialect.name != "sqlite":
        return
    with engine.begin() as connection:
        connection.execute(text("ANALYZE sqlite_schema"))  # makes the table of statistics, and counts nothing
        connection.execute(text("DELETE FROM sqlite_stat1 WHERE tbl = 'facet'"))
        rows = [{"index": name, "stat": f"{FACETS} {shared}"} for name, shared in SHAPE.items()]
        connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('facet', :index, :stat)"), rows)
    engine.dispose()  # what is told is read as a connection opens
