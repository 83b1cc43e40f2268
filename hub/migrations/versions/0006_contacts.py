"""consents to be called, and the rescue access of operators"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contact',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ref', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('siren', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=True),
    sa.Column('function', sa.String(length=200), nullable=False),
    sa.Column('diffusion', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('named', sa.Boolean(), nullable=False),
    sa.Column('consented_at', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('expires_at', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('withdrawn_at', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contact_person_id')),
    sa.ForeignKeyConstraint(['siren'], ['metropole.siren'], name=op.f('fk_contact_siren')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact')),
    sa.UniqueConstraint('ref', name=op.f('uq_contact_ref'))
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_siren'), ['siren'], unique=False)

    op.create_table('rescue',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('siren', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('motive', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.Column('until', sa.String(length=200).with_variant(sa.String(length=200, collation='C'), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_rescue_person_id')),
    sa.ForeignKeyConstraint(['siren'], ['metropole.siren'], name=op.f('fk_rescue_siren')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rescue'))
    )
    with op.batch_alter_table('rescue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rescue_person_id'), ['person_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('rescue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rescue_person_id'))

    op.drop_table('rescue')
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_siren'))
        batch_op.drop_index(batch_op.f('ix_contact_person_id'))

    op.drop_table('contact')
