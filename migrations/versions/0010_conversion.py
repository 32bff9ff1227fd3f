"""Leads: what a conversion made, and which leads a record began as; support asked for by leads."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: table, index, columns, which rows it holds.
INDEXES = (
    ("lead", "ix_lead_account_id", ["account_id"], "account_id IS NOT NULL"),
    ("lead", "ix_lead_contact_id", ["contact_id"], "contact_id IS NOT NULL"),
    ("lead", "ix_lead_deal_id", ["deal_id"], "deal_id IS NOT NULL"),
    ("account", "ix_account_website", ["website"], "website IS NOT NULL"),
    ("activity", "ix_activity_lead_id_support", ["lead_id", "done_at"], "kind = 'support'"),
)


def upgrade() -> None:
    op.add_column(
        "lead", sa.Column("conversion", crm.database.columns.JsonColumn(), nullable=True)
    )
    for table, name, columns, rows in INDEXES:
        where = sa.text(rows)
        op.create_index(
            name, table, columns, unique=False, sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    for table, name, _columns, _rows in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("lead", "conversion")
