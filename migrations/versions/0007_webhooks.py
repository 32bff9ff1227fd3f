"""Webhooks: where other systems send leads, their secrets, and what came of each message."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Id, Instant = crm.database.columns.Id(length=36), crm.database.columns.Instant(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hook",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("forged", sa.BigInteger(), nullable=False),
        sa.Column("forged_at", Instant, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
        sa.UniqueConstraint("slug", name=op.f("uq_hook_slug")),
    )
    op.create_table(
        "hook_secret",
        sa.Column("id", Id, nullable=False),
        sa.Column("hook_id", Id, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("retired_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_secret_hook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_secret")),
    )
    op.create_index(op.f("ix_hook_secret_hook_id"), "hook_secret", ["hook_id"])
    op.create_table(
        "hook_delivery",
        sa.Column("id", Id, nullable=False),
        sa.Column("hook_id", Id, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("lead_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_delivery_hook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_delivery")),
        sa.UniqueConstraint(
            "hook_id", "event_id", "position", name="uq_hook_delivery_event_id"
        ),
        sa.UniqueConstraint("hook_id", "digest", "position", name="uq_hook_delivery_digest"),
    )
    op.create_index(
        op.f("ix_hook_delivery_hook_id_received_at"), "hook_delivery", ["hook_id", "received_at"]
    )
    op.create_index(
        "ix_hook_delivery_hook_id_subject",
        "hook_delivery",
        ["hook_id", "subject"],
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("hook_delivery")
    op.drop_table("hook_secret")
    op.drop_table("hook")
