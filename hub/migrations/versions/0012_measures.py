"""measures, the cases they are folded from, what changed them, what was frozen of them"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql')
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('measure_case',
    sa.Column('indicator', KEY, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('period', KEY, nullable=False),
    sa.Column('hub_id', KEY, nullable=False),
    sa.Column('kind', KEY, nullable=False),
    sa.Column('numerator', sa.Float(), nullable=True),
    sa.Column('denominator', sa.Float(), nullable=True),
    sa.Column('said', sa.Text(), nullable=True),
    sa.Column('qualifier', KEY, nullable=False),
    sa.Column('approximate', sa.Boolean(), nullable=False),
    sa.Column('lacks', sa.Boolean(), nullable=False),
    sa.Column('elsewhere', sa.Boolean(), nullable=False),
    sa.Column('hidden', KEY, nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('indicator', 'siren', 'period', 'hub_id', name=op.f('pk_measure_case'))
    )
    op.create_index('ix_measure_case_hub_id', 'measure_case', ['hub_id'], unique=False)
    op.create_table('measure_mark',
    sa.Column('name', KEY, nullable=False),
    sa.Column('said', KEY, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_measure_mark'))
    )
    op.create_table('revision',
    sa.Column('id', ID, nullable=False),
    sa.Column('at', KEY, nullable=False),
    sa.Column('type', KEY, nullable=False),
    sa.Column('indicator', KEY, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('period', KEY, nullable=False),
    sa.Column('audience', KEY, nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('author', KEY, nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision'))
    )
    op.create_index(op.f('ix_revision_at'), 'revision', ['at'], unique=False)
    op.create_index('ix_revision_cell', 'revision', ['indicator', 'siren', 'period'], unique=False)
    op.create_table('snapshot',
    sa.Column('digest', KEY, nullable=False),
    sa.Column('view', KEY, nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('author', KEY, nullable=False),
    sa.Column('at', KEY, nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_snapshot'))
    )
    op.create_table('measure',
    sa.Column('indicator', KEY, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('period', KEY, nullable=False),
    sa.Column('audience', KEY, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('numerator', sa.Float(), nullable=True),
    sa.Column('denominator', sa.Float(), nullable=True),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('qualifier', KEY, nullable=False),
    sa.Column('state', KEY, nullable=False),
    sa.Column('flags', sa.JSON(), nullable=False),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.Column('grade', KEY, nullable=False),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('known', sa.Integer(), nullable=False),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.Column('notes', sa.JSON(), nullable=False),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('runs', sa.JSON(), nullable=False),
    sa.Column('as_of', KEY, nullable=False),
    sa.CheckConstraint("(value IS NULL) = (state NOT IN ('definitif', 'provisoire', 'estime'))", name=op.f('ck_measure_value_or_reason')),
    sa.ForeignKeyConstraint(['siren'], ['metropole.siren'], name=op.f('fk_measure_siren')),
    sa.PrimaryKeyConstraint('indicator', 'siren', 'period', 'audience', name=op.f('pk_measure'))
    )
    op.create_index('ix_measure_siren_period', 'measure', ['siren', 'period'], unique=False)
    op.create_table('validation',
    sa.Column('id', ID, nullable=False),
    sa.Column('siren', KEY, nullable=False),
    sa.Column('period', KEY, nullable=False),
    sa.Column('step', KEY, nullable=False),
    sa.Column('author', KEY, nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', KEY, nullable=False),
    sa.ForeignKeyConstraint(['siren'], ['metropole.siren'], name=op.f('fk_validation_siren')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_validation'))
    )
    op.create_index('ix_validation_siren_period', 'validation', ['siren', 'period'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_validation_siren_period', table_name='validation')
    op.drop_table('validation')
    op.drop_index('ix_measure_siren_period', table_name='measure')
    op.drop_table('measure')
    op.drop_table('snapshot')
    op.drop_index('ix_revision_cell', table_name='revision')
    op.drop_index(op.f('ix_revision_at'), table_name='revision')
    op.drop_table('revision')
    op.drop_table('measure_mark')
    op.drop_index('ix_measure_case_hub_id', table_name='measure_case')
    op.drop_table('measure_case')
