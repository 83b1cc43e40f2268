"""what a push leaves beside its run: calls, receipts, revisions, snapshots"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OPEN = sa.text("state = 'open'")
INDEXES = {
    'push_call': ('created_at',),
    'push_receipt': ('client_id', 'received_at'),
    'push_snapshot': ('client_id', 'expires_at', 'run_id'),
}


def upgrade() -> None:
    op.create_table('push_call',
    sa.Column('client_id', ID, nullable=False),
    sa.Column('key', KEY, nullable=False),
    sa.Column('digest', KEY, nullable=False),
    sa.Column('until', KEY, nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('location', sa.String(length=500), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('created_at', KEY, nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_push_call_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'key', name=op.f('pk_push_call')),
    )
    op.create_table('push_receipt',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('client_id', ID, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('received_at', KEY, nullable=False),
    sa.Column('body_sha256', KEY, nullable=False),
    sa.Column('jws', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_push_receipt_run_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_push_receipt_client_id')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_push_receipt')),
    )
    op.create_table('push_revision',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('key', KEY, nullable=False),
    sa.Column('revision', KEY, nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_push_revision_source_id')),
    sa.PrimaryKeyConstraint('source_id', 'key', name=op.f('pk_push_revision')),
    )
    op.create_table('push_snapshot',
    sa.Column('id', ID, nullable=False),
    sa.Column('ref', KEY, nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('client_id', ID, nullable=False),
    sa.Column('kind', KEY, nullable=False),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('theme', KEY, nullable=True),
    sa.Column('state', KEY, nullable=False),
    sa.Column('opened_at', KEY, nullable=False),
    sa.Column('expires_at', KEY, nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_push_snapshot_source_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_push_snapshot_client_id')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_push_snapshot_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_push_snapshot')),
    sa.UniqueConstraint('ref', name=op.f('uq_push_snapshot_ref')),
    )
    op.create_index('uq_push_snapshot_open', 'push_snapshot', ['source_id', 'kind'], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table('push_part',
    sa.Column('snapshot_id', ID, nullable=False),
    sa.Column('remote_id', KEY, nullable=False),
    sa.Column('sent_sha256', KEY, nullable=False),
    sa.Column('refused', sa.Boolean(), nullable=False),
    sa.Column('data', sa.Text(), nullable=True),
    sa.Column('problems', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('diffusion', KEY, nullable=True),
    sa.Column('public_on', KEY, nullable=True),
    sa.ForeignKeyConstraint(['snapshot_id'], ['push_snapshot.id'], name=op.f('fk_push_part_snapshot_id')),
    sa.PrimaryKeyConstraint('snapshot_id', 'remote_id', name=op.f('pk_push_part')),
    )
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(op.f(f'ix_{table}_{column}'), table, [column])


def downgrade() -> None:
    for table in ('push_part', 'push_snapshot', 'push_revision', 'push_receipt', 'push_call'):
        op.drop_table(table)
