"""runs are looked up by source and end; what was derived again, and what was purged, is written"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

DAY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_index('ix_run_source_id_closed_at', 'run', ['source_id', 'closed_at'])
    with op.batch_alter_table('source') as batch_op:
        batch_op.add_column(sa.Column('rederived', sa.JSON(), nullable=True))
    with op.batch_alter_table('raw_payload') as batch_op:
        batch_op.add_column(sa.Column('purged_on', DAY, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('raw_payload') as batch_op:
        batch_op.drop_column('purged_on')
    with op.batch_alter_table('source') as batch_op:
        batch_op.drop_column('rederived')
    op.drop_index('ix_run_source_id_closed_at', table_name='run')
