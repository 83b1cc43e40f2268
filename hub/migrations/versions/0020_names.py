"""things are found by their names, side by side in their source: the index of keys, in no order, holds what moved alone"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

NAME = ['source_id', 'kind', 'remote_id']
MOVED = sa.text('hub_id <> key')


def upgrade() -> None:
    op.create_index('uq_facet_name', 'facet', [*NAME, 'writer'], unique=True)
    op.create_index('ix_facet_moved', 'facet', ['key'], sqlite_where=MOVED, postgresql_where=MOVED)
    op.drop_index('ix_facet_source_id_kind_remote_id', table_name='facet')
    op.drop_index('uq_facet_key_writer', table_name='facet')


def downgrade() -> None:
    op.create_index('uq_facet_key_writer', 'facet', ['key', 'writer'], unique=True)
    op.create_index('ix_facet_source_id_kind_remote_id', 'facet', NAME)
    op.drop_index('ix_facet_moved', table_name='facet')
    op.drop_index('uq_facet_name', table_name='facet')
