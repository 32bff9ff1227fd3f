"""Who covers for somebody who is away; what was noticed to be due, so that it is told once."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Id, Instant = crm.database.columns.Id(length=36), crm.database.columns.Instant(timezone=True)
#: Name, table, column, which rows it holds.
INDEXES = (
    ("ix_activity_due_at", "activity", "due_at", "done_at IS NULL AND archived_at IS NULL"),
    ("ix_alert_activity_id", "alert", "activity_id", "activity_id IS NOT NULL"),
)


def upgrade() -> None:
    op.add_column("user", sa.Column("cover_id", Id, nullable=True))
    op.create_table(
        "noticed",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", "at", name=op.f("pk_noticed")),
    )
    op.create_index(op.f("ix_noticed_at"), "noticed", ["at"])
    for name, table, column, rows in INDEXES:
        where = sa.text(rows)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _column, _rows in INDEXES:
        op.drop_index(name, table)
    op.drop_table("noticed")
    op.drop_column("user", "cover_id")
