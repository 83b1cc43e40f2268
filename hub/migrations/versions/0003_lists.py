"""the index that lists go through and counts are made from holds what lists are narrowed by"""

from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

LISTED = ['kind', 'lead', 'hub_id']
CHOSEN = ['siren', 'presence', 'diffusion', 'public_on', 'state', 'source_id', 'year_from', 'year_to']


def upgrade() -> None:
    op.drop_index('ix_facet_kind_lead_hub_id', table_name='facet')
    op.create_index('ix_facet_listed', 'facet', [*LISTED, *CHOSEN])


def downgrade() -> None:
    op.drop_index('ix_facet_listed', table_name='facet')
    op.create_index('ix_facet_kind_lead_hub_id', 'facet', LISTED)
