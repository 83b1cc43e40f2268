"""files that say all of a kind, terms of corrections, proposals, digests of what is refused"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
INDEXES = {'correction': ('source_id', 'expires_on'), 'proposal': ('hub_id', 'siren')}


def upgrade() -> None:
    _allow(nullable=True)
    op.create_table('correction',
    sa.Column('key', KEY, nullable=False),
    sa.Column('field', KEY, nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('beneath', KEY, nullable=False),
    sa.Column('moved', sa.Boolean(), nullable=False),
    sa.Column('expires_on', KEY, nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_correction_source_id')),
    sa.PrimaryKeyConstraint('key', 'field', name=op.f('pk_correction')),
    )
    op.create_table('proposal',
    sa.Column('id', ID, nullable=False),
    sa.Column('hub_id', KEY, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('field', KEY, nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('function', KEY, nullable=False),
    sa.Column('state', KEY, nullable=False),
    sa.Column('proposed_at', KEY, nullable=False),
    sa.Column('decided_at', KEY, nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal')),
    )
    op.add_column('issue', sa.Column('sha256', KEY, nullable=True))
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(op.f(f'ix_{table}_{column}'), table, [column])


def downgrade() -> None:
    op.drop_column('issue', 'sha256')
    for table in INDEXES:
        op.drop_table(table)
    op.execute('DELETE FROM push_snapshot WHERE client_id IS NULL')
    _allow(nullable=False)


def _allow(*, nullable: bool) -> None:
    """SQLite writes the table anew: the parts that name its rows are set aside meanwhile."""
    aside = op.get_bind().dialect.name == 'sqlite'
    if aside:
        op.execute('CREATE TEMPORARY TABLE aside AS SELECT * FROM push_part')
        op.execute('DELETE FROM push_part')
    with op.batch_alter_table('push_snapshot', schema=None) as batch_op:
        batch_op.alter_column('client_id', existing_type=ID, nullable=nullable)
    if aside:
        op.execute('INSERT INTO push_part SELECT * FROM aside')
        op.execute('DROP TABLE aside')
