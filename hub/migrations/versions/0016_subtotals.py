"""subtotals of cases: all is measured anew once, which fills them"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'measure_subtotal',
        sa.Column('indicator', KEY, nullable=False),
        sa.Column('siren', KEY, nullable=False),
        sa.Column('period', KEY, nullable=False),
        sa.Column('shape', sa.Text(), nullable=False),
        sa.Column('numerator', sa.Float(), nullable=False),
        sa.Column('denominator', sa.Float(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('indicator', 'siren', 'period', 'shape', name=op.f('pk_measure_subtotal')),
    )
    op.execute("DELETE FROM measure_mark WHERE name = 'feed'")


def downgrade() -> None:
    op.drop_table('measure_subtotal')
