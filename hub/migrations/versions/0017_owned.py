"""lists of one metropole go through an index of their own, which replaces one that counted without their conditions"""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

OWNED = ['kind', 'lead', 'siren', 'hub_id']
CHOSEN = ['presence', 'diffusion', 'public_on', 'state', 'source_id', 'year_from', 'year_to']


def upgrade() -> None:
    op.drop_index('ix_facet_kind_siren', table_name='facet')
    op.create_index('ix_facet_owned', 'facet', [*OWNED, *CHOSEN])


def downgrade() -> None:
    op.drop_index('ix_facet_owned', table_name='facet')
    op.create_index('ix_facet_kind_siren', 'facet', ['kind', 'siren'])
