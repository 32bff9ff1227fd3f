"""Leads are found by when they were to be answered: the worker tells who is late."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    there = sa.text("reply_by IS NOT NULL")
    op.create_index(
        "ix_lead_reply_by", "lead", ["reply_by"], sqlite_where=there, postgresql_where=there
    )


def downgrade() -> None:
    op.drop_index("ix_lead_reply_by", "lead")
