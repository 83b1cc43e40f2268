"""counts of persons that are not shown, by threshold"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')
    op.create_table('hidden_count',
    sa.Column('hub_id', key, nullable=False),
    sa.Column('field', key, nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=False),
    sa.Column('siren', key, nullable=True),
    sa.Column('alone', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('hub_id', 'field', 'threshold', name=op.f('pk_hidden_count'))
    )
    op.create_index(op.f('ix_hidden_count_siren'), 'hidden_count', ['siren'])


def downgrade() -> None:
    op.drop_index(op.f('ix_hidden_count_siren'), table_name='hidden_count')
    op.drop_table('hidden_count')
