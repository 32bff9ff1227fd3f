"""Alerts: what people are told, what leaves the house for it, how each wants it."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)
RECORDS = ("account_id", "contact_id", "deal_id", "lead_id", "activity_id")
MOMENTS = (
    "decide_at", "escalate_at", "pushed_at", "shown_at", "seen_at", "opened_at", "outcome_at",
)  # fmt: skip
#: Name, table, columns, which rows it holds.
INDEXES = (
    ("ix_alert_inbox", "alert", ["user_id", "at", "id"], "replaced_by_id IS NULL"),
    ("ix_alert_unseen", "alert", ["user_id", "tag"], "seen_at IS NULL AND replaced_by_id IS NULL"),
    ("ix_alert_decide_at", "alert", ["decide_at"], "decide_at IS NOT NULL"),
    ("ix_alert_digest", "alert", ["user_id"], "awaits_digest"),
    ("ix_alert_escalate_at", "alert", ["escalate_at"], "escalate_at IS NOT NULL"),
    ("ix_alert_lead_id", "alert", ["lead_id"], "lead_id IS NOT NULL"),
    ("ix_delivery_next_at", "delivery", ["channel", "next_at"], "status = 'waiting'"),
    ("ix_delivery_sent_at", "delivery", ["user_id", "sent_at"], "sent_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "awaited_reaction",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaited_reaction")),
    )
    _alert()
    _delivery()
    _settings()
    for name, table, columns, rows in INDEXES:
        where = sa.text(rows)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "cause", "tag", "url")),
        sa.Column("at", Instant, nullable=False),
        *(sa.Column(name, Id, nullable=True) for name in (*RECORDS, "replaced_by_id")),
        sa.Column("data", Json, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("awaits_digest", sa.Boolean(), nullable=False),
        *(sa.Column(name, Instant, nullable=True) for name in MOMENTS),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("fate", "outcome")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_alert_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("user_id", "cause", name=op.f("uq_alert_user_id_cause")),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", Id, nullable=False),
        *(sa.Column(name, Id, nullable=False) for name in ("alert_id", "user_id", "subscription_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channel", "status")),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("round", "attempts")),
        *(
            sa.Column(name, Instant, nullable=False)
            for name in ("next_at", "expires_at", "created_at")
        ),
        sa.Column("sent_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_delivery_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_delivery_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "alert_id",
            "channel",
            "round",
            "subscription_id",
            name=op.f("uq_delivery_alert_id_channel_round_subscription_id"),
        ),
    )
    op.create_index(op.f("ix_delivery_alert_id"), "delivery", ["alert_id"])


def _settings() -> None:
    minutes = ("quiet_from", "quiet_until", "budget", "digest_at")
    op.create_table(
        "alert_settings",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("channels", Json, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in minutes),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("work_days", "crosses_quiet")),
        sa.Column("digest_on", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_alert_settings_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_alert_settings")),
    )


def downgrade() -> None:
    for table in ("alert_settings", "delivery", "alert", "awaited_reaction"):
        op.drop_table(table)
