"""a coordinator's word for another one who has lost their ways in"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('person') as batch_op:
        batch_op.add_column(sa.Column('recovery_by', KEY, nullable=True))
        batch_op.add_column(sa.Column('recovery_until', KEY, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('person') as batch_op:
        batch_op.drop_column('recovery_until')
        batch_op.drop_column('recovery_by')
