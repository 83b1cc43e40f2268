"""lists go in the order in which things came: what is new is written at the end of their indexes, not all over them"""

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

CHOSEN = ['presence', 'diffusion', 'public_on', 'state', 'source_id', 'year_from', 'year_to']


def upgrade() -> None:
    _index('id')


def downgrade() -> None:
    _index('hub_id')


def _index(order: str) -> None:
    op.drop_index('ix_facet_listed', table_name='facet')
    op.drop_index('ix_facet_owned', table_name='facet')
    op.create_index('ix_facet_listed', 'facet', ['kind', 'lead', order, 'siren', *CHOSEN])
    op.create_index('ix_facet_owned', 'facet', ['kind', 'lead', 'siren', order, *CHOSEN])
