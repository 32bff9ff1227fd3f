"""The company's website: its settings, its visitors, and what they looked at."""

import secrets

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)
ENDINGS = (".pdf", ".zip", ".docx", ".xlsx", ".pptx")


def upgrade() -> None:
    website = op.create_table(
        "website",
        sa.Column("id", Id, nullable=False),
        sa.Column("site_key", sa.Text(), nullable=False),
        sa.Column("hosts", Json, nullable=False),
        sa.Column("key_pages", Json, nullable=False),
        sa.Column("endings", Json, nullable=False),
        sa.Column("asks_consent", sa.Boolean(), nullable=False),
        sa.Column("keeps_days", sa.BigInteger(), nullable=False),
        sa.Column("last_at", Instant, nullable=True),
        sa.Column("last_detail", sa.Text(), nullable=True),
        sa.Column("views", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_website")),
    )
    op.bulk_insert(
        website,
        [
            {
                "id": "00000000-0000-7000-8000-000000000002",
                "site_key": secrets.token_hex(8),
                "hosts": [],
                "key_pages": [{"path": "/pricing", "name": "Pricing"}],
                "endings": list(ENDINGS),
                "asks_consent": False,
                "keeps_days": 90,
                "views": {},
            }
        ],
    )
    op.create_table(
        "visitor",
        sa.Column("id", Id, nullable=False),
        sa.Column("first_seen_at", Instant, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.Column("first_touch", Json, nullable=True),
        sa.Column("last_touch", Json, nullable=True),
        sa.Column("lead_id", Id, nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("visit_at", Instant, nullable=True),
        sa.Column("visit_entry_id", Id, nullable=True),
        sa.Column("visit_pages", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_visitor_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor")),
    )
    op.create_index(op.f("ix_visitor_lead_id"), "visitor", ["lead_id"])
    op.create_index(
        "ix_visitor_anonymous",
        "visitor",
        ["last_seen_at"],
        sqlite_where=sa.text("lead_id IS NULL"),
        postgresql_where=sa.text("lead_id IS NULL"),
    )
    op.create_table(
        "visitor_touch",
        sa.Column("id", Id, nullable=False),
        sa.Column("visitor_id", Id, nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["visitor.id"],
            name=op.f("fk_visitor_touch_visitor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_touch")),
    )
    op.create_index(op.f("ix_visitor_touch_visitor_id_at"), "visitor_touch", ["visitor_id", "at"])


def downgrade() -> None:
    op.drop_table("visitor_touch")
    op.drop_table("visitor")
    op.drop_table("website")
