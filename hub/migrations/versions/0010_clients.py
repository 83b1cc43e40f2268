"""clients of the API, their secrets, tokens and used assertions"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
INDEXES = {
    'client': ('siren', 'created_by'),
    'client_secret': ('client_id', 'ends_at'),
    'client_token': ('client_id', 'secret_id', 'expires_at'),
    'client_assertion': ('client_id', 'expires_at'),
}


def upgrade() -> None:
    op.create_table('client',
    sa.Column('id', ID, nullable=False),
    sa.Column('ref', KEY, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('environment', KEY, nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('kinds', sa.JSON(), nullable=False),
    sa.Column('ranges', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('contact', KEY, nullable=True),
    sa.Column('jwks', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('jwks_url', sa.String(length=2000), nullable=True),
    sa.Column('jwks_read_at', KEY, nullable=True),
    sa.Column('created_at', KEY, nullable=False),
    sa.Column('created_by', ID, nullable=True),
    sa.Column('last_used_at', KEY, nullable=True),
    sa.Column('suspended_at', KEY, nullable=True),
    sa.Column('revoked_at', KEY, nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_client_created_by')),
    sa.ForeignKeyConstraint(['siren'], ['metropole.siren'], name=op.f('fk_client_siren')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client')),
    sa.UniqueConstraint('ref', name=op.f('uq_client_ref'))
    )
    op.create_table('client_secret',
    sa.Column('id', ID, nullable=False),
    sa.Column('ref', KEY, nullable=False),
    sa.Column('client_id', ID, nullable=False),
    sa.Column('digest', KEY, nullable=False),
    sa.Column('created_at', KEY, nullable=False),
    sa.Column('last_used_at', KEY, nullable=True),
    sa.Column('ends_at', KEY, nullable=False),
    sa.Column('told_days', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_secret_client_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_secret')),
    sa.UniqueConstraint('digest', name=op.f('uq_client_secret_digest')),
    sa.UniqueConstraint('ref', name=op.f('uq_client_secret_ref'))
    )
    op.create_table('client_token',
    sa.Column('id', ID, nullable=False),
    sa.Column('digest', KEY, nullable=False),
    sa.Column('client_id', ID, nullable=False),
    sa.Column('secret_id', ID, nullable=True),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('issued_at', KEY, nullable=False),
    sa.Column('expires_at', KEY, nullable=False),
    sa.Column('revoked_at', KEY, nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_token_client_id')),
    sa.ForeignKeyConstraint(['secret_id'], ['client_secret.id'], name=op.f('fk_client_token_secret_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_client_token_digest'))
    )
    op.create_table('client_assertion',
    sa.Column('digest', KEY, nullable=False),
    sa.Column('client_id', ID, nullable=False),
    sa.Column('expires_at', KEY, nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_assertion_client_id')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_client_assertion'))
    )
    for table, columns in INDEXES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_index(batch_op.f(f'ix_{table}_{column}'), [column], unique=False)


def downgrade() -> None:
    for table in ('client_assertion', 'client_token', 'client_secret', 'client'):
        op.drop_table(table)
