"""the digest of the door that a sending passed: what is sent again unchanged need not be looked into"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')


def upgrade() -> None:
    op.add_column('run', sa.Column('door', KEY, nullable=True))


def downgrade() -> None:
    op.drop_column('run', 'door')
