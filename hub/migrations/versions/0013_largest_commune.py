"""the largest commune of a metropole and its share: what tells which territories are alike"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('metropole', sa.Column('main_commune', sa.String(length=200), nullable=True))
    op.add_column('metropole', sa.Column('main_commune_share', sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column('metropole', 'main_commune_share')
    op.drop_column('metropole', 'main_commune')
