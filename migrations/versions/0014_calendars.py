"""Calendars: where people's meetings are read, what came of them, and their plan's secret
address."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id, Instant = crm.database.columns.Id(length=36), crm.database.columns.Instant(timezone=True)


def upgrade() -> None:
    op.add_column(
        "company",
        sa.Column("inside_calendars", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _sources()
    _meetings()
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_feed_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


def _sources() -> None:
    op.create_table(
        "calendar_source",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("claim", Id, nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("whole_at", Instant, nullable=True),
        sa.Column("read_at", Instant, nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_source_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_source")),
    )
    for column in ("user_id", "next_at"):
        op.create_index(op.f(f"ix_calendar_source_{column}"), "calendar_source", [column])


def _meetings() -> None:
    op.create_table(
        "calendar_meeting",
        sa.Column("id", Id, nullable=False),
        sa.Column("source_id", Id, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["calendar_source.id"],
            name=op.f("fk_calendar_meeting_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_meeting")),
        sa.UniqueConstraint(
            "source_id", "uid", "occurrence", name="uq_calendar_meeting_source_id_uid_occurrence"
        ),
    )
    for column in ("activity_id", "due_at"):
        op.create_index(op.f(f"ix_calendar_meeting_{column}"), "calendar_meeting", [column])


def downgrade() -> None:
    for table in ("calendar_feed", "calendar_meeting", "calendar_source"):
        op.drop_table(table)
    op.drop_column("company", "inside_calendars")
