"""`python -m tests.migrations`: the migrations build the declared tables, without drift, and can be undone."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade
from sqlalchemy import inspect

from hub.app import create_app
from hub.cli.database import prepare_database
from hub.db import Base, db


def drift(url: str = "") -> list[str]:
    """Return the differences between the migrated database and the declared tables, then what a downgrade left."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": url}, Path(folder))
        with app.app_context():
            prepare_database()
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                found = [str(each) for each in compare_metadata(context, Base.metadata)]
            downgrade(revision="base")
            found += [f"reste {name}" for name in inspect(db.engine).get_table_names() if name != "alembic_version"]
            db.engine.dispose()
    return found


if __name__ == "__main__":
    differences = drift()
    print("\n".join(differences) or "Migrations : aucun écart avec les tables déclarées.")
    sys.exit(1 if differences else 0)
