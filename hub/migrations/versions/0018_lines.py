"""the digest of the line that said what is in force: sent again byte for byte, it is known without being looked into"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')


def upgrade() -> None:
    op.add_column('facet_version', sa.Column('line', KEY, nullable=True))
    op.add_column('facet', sa.Column('line', KEY, nullable=True))


def downgrade() -> None:
    op.drop_column('facet', 'line')
    op.drop_column('facet_version', 'line')
