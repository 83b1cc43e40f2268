"""the largest commune of a metropole and its share: what tells which territories are alike"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('metropole', schema=None) as batch_op:
        batch_op.add_column(sa.Column('main_commune', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('main_commune_share', sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('metropole', schema=None) as batch_op:
        batch_op.drop_column('main_commune_share')
        batch_op.drop_column('main_commune')
