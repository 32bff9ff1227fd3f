"""Phones: what waits on them, photos and voice notes, keys of outboxes, the wiping of a lost one."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 0001 made it once: databases that are older than that change have it still.
    op.drop_index('ix_capture_user_id', 'capture', if_exists=True)
    op.create_table('device',
    sa.Column('id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('user_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('device_id', sa.Text(), nullable=False),
    sa.Column('session_id', crm.database.columns.Id(length=36), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('app', sa.Text(), nullable=False),
    sa.Column('last_seen_at', crm.database.columns.Instant(timezone=True), nullable=False),
    sa.Column('waiting', sa.BigInteger(), nullable=False),
    sa.Column('parked', sa.BigInteger(), nullable=False),
    sa.Column('oldest_waiting_at', crm.database.columns.Instant(timezone=True), nullable=True),
    sa.Column('installed', sa.Boolean(), nullable=False),
    sa.Column('persisted', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_device_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
    sa.UniqueConstraint('user_id', 'device_id', name=op.f('uq_device_user_id_device_id'))
    )
    op.create_table('attachment',
    sa.Column('id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('user_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('activity_id', crm.database.columns.Id(length=36), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', crm.database.columns.Instant(timezone=True), nullable=False),
    sa.Column('received_at', crm.database.columns.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_attachment_activity_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_attachment_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    op.create_index(op.f('ix_attachment_activity_id'), 'attachment', ['activity_id'])
    op.create_index(op.f('ix_attachment_user_id'), 'attachment', ['user_id'])
    op.create_table('decision',
    sa.Column('id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('user_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('author_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('capture_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('activity_id', crm.database.columns.Id(length=36), nullable=True),
    sa.Column('record', sa.Text(), nullable=False),
    sa.Column('record_id', crm.database.columns.Id(length=36), nullable=False),
    sa.Column('field', sa.Text(), nullable=False),
    sa.Column('yours', crm.database.columns.JsonColumn(), nullable=False),
    sa.Column('theirs', crm.database.columns.JsonColumn(), nullable=False),
    sa.Column('theirs_by_id', crm.database.columns.Id(length=36), nullable=True),
    sa.Column('theirs_at', crm.database.columns.Instant(timezone=True), nullable=True),
    sa.Column('captured_at', crm.database.columns.Instant(timezone=True), nullable=False),
    sa.Column('created_at', crm.database.columns.Instant(timezone=True), nullable=False),
    sa.Column('kept', sa.Text(), nullable=True),
    sa.Column('resolved_at', crm.database.columns.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_decision_author_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_decision_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision'))
    )
    op.create_index(op.f('ix_decision_record_id'), 'decision', ['record_id'])
    op.create_index('ix_decision_user_id_open', 'decision', ['user_id'], sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
    op.add_column('capture', sa.Column('details', crm.database.columns.JsonColumn(), nullable=True))
    op.add_column('capture', sa.Column('measures', crm.database.columns.JsonColumn(), nullable=True))
    op.add_column('capture', sa.Column('blobs', crm.database.columns.JsonColumn(), nullable=True))
    op.add_column('user', sa.Column('outbox_key', sa.Text(), nullable=True))
    op.add_column('user_session', sa.Column('wipe_requested_at', crm.database.columns.Instant(timezone=True), nullable=True))
    op.add_column('user_session', sa.Column('wiped_at', crm.database.columns.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('user_session', 'wiped_at')
    op.drop_column('user_session', 'wipe_requested_at')
    op.drop_column('user', 'outbox_key')
    for name in ('blobs', 'measures', 'details'):
        op.drop_column('capture', name)
    op.drop_table('decision')
    op.drop_table('attachment')
    op.drop_table('device')
