"""in SQLite the number of a version is the place of its row: no index to go through, none to write

The table is written anew; what leads to it does meanwhile lead nowhere, hence without the watch over foreign keys,
which SQLite stops watching between transactions only.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _number(sa.Integer())


def downgrade() -> None:
    _number(sa.BigInteger())


def _number(type_: sa.types.TypeEngine) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        with _unwatched(), op.batch_alter_table('facet_version', recreate='always') as table:
            table.alter_column('id', type_=type_)


@contextmanager
def _unwatched() -> Iterator[None]:
    _watch('OFF')
    yield
    if lost := op.get_bind().execute(sa.text('PRAGMA foreign_key_check')).first():
        raise RuntimeError(f'lien perdu : {lost}')
    _watch('ON')


def _watch(state: str) -> None:
    """Turn the watch on or off: not by SQLAlchemy, which would begin a transaction first."""
    connection = op.get_bind().connection.dbapi_connection
    for statement in ('COMMIT', f'PRAGMA foreign_keys={state}', 'BEGIN'):
        connection.execute(statement)
