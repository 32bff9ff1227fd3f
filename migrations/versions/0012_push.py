"""The devices that can be told something while the app is closed."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

Id, Instant = crm.database.columns.Id(length=36), crm.database.columns.Instant(timezone=True)


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=True),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("endpoint", "p256dh", "auth", "name")
        ),
        sa.Column("shows_names", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        *(
            sa.Column(name, Instant, nullable=True)
            for name in ("last_sent_at", "last_shown_at", "last_opened_at", "failed_at")
        ),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_push_subscription_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index(op.f("ix_push_subscription_user_id"), "push_subscription", ["user_id"])


def downgrade() -> None:
    op.drop_table("push_subscription")
