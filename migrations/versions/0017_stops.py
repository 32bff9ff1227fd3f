"""Stop for a human: the rules, and each time that one stopped automation for a customer."""

import datetime

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)
#: Name, columns, which rows it holds, whether no two are alike.
INDEXES = (
    ("uq_stop_of_deal", ["rule_id", "deal_id"], "over_at IS NULL", True),
    ("uq_stop_of_lead", ["rule_id", "lead_id"], "over_at IS NULL", True),
    ("ix_stop_open", ["account_id"], "lifted_at IS NULL", False),
    ("ix_stop_activity", ["lifted_activity_id"], "lifted_activity_id IS NOT NULL", False),
    ("ix_stop_deal_id", ["deal_id"], None, False),
    ("ix_stop_lead_id", ["lead_id"], None, False),
)


def upgrade() -> None:
    rule = op.create_table(
        "stop_rule",
        sa.Column("id", Id, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("field", "comparison")),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        *(sa.Column(name, Id, nullable=True) for name in ("pipeline_id", "tag_id", "user_id")),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("archived_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_rule")),
    )
    _stop()
    for name, columns, rows, unique in INDEXES:
        where = sa.text(rows) if rows else None
        op.create_index(
            name, "stop", columns, unique=unique, sqlite_where=where, postgresql_where=where
        )
    _ship(rule)


def _stop() -> None:
    op.create_table(
        "stop",
        sa.Column("id", Id, nullable=False),
        sa.Column("rule_id", Id, nullable=False),
        sa.Column("reason", Json, nullable=False),
        *(
            sa.Column(name, Id, nullable=True)
            for name in ("deal_id", "lead_id", "account_id", "contact_id")
        ),
        sa.Column("at", Instant, nullable=False),
        sa.Column("told_user_id", Id, nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", Instant, nullable=True),
        sa.Column("lifted_by_id", Id, nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.Column("lifted_activity_id", Id, nullable=True),
        sa.Column("over_at", Instant, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_stop_{of}_id"), ondelete="CASCADE"
            )
            for of in ("deal", "lead")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )


def _ship(rule: sa.Table) -> None:
    """Add the rule that ships, off: an admin of a company that works already sees first whom it
    would stop. Before set-up there is no company; set-up adds it."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM company")).first() is None:
        return
    op.bulk_insert(
        rule,
        [
            {
                "id": "00000000-0000-7000-8000-000000000500",
                "field": "amount",
                "comparison": "at_least",
                "value": 5_000_000_000,
                "currency": "IRR",
                "is_active": False,
                "created_at": datetime.datetime.now(datetime.UTC),
            }
        ],
    )


def downgrade() -> None:
    op.drop_table("stop")
    op.drop_table("stop_rule")
