"""a person's file may say all of a kind: its snapshot has no client"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0011'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    _allow(nullable=True)


def downgrade() -> None:
    op.execute('DELETE FROM push_snapshot WHERE client_id IS NULL')
    _allow(nullable=False)


def _allow(*, nullable: bool) -> None:
    """SQLite writes the table anew: the parts that name its rows are set aside meanwhile."""
    aside = op.get_bind().dialect.name == 'sqlite'
    if aside:
        op.execute('CREATE TEMPORARY TABLE aside AS SELECT * FROM push_part')
        op.execute('DELETE FROM push_part')
    with op.batch_alter_table('push_snapshot', schema=None) as batch_op:
        batch_op.alter_column('client_id', existing_type=ID, nullable=nullable)
    if aside:
        op.execute('INSERT INTO push_part SELECT * FROM aside')
        op.execute('DROP TABLE aside')
