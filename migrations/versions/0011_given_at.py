"""Leads: since when its owner has one, and the photo of its card that is still to be typed."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("given_at", "card_at"):
        op.add_column("lead", sa.Column(name, crm.database.columns.Instant(), nullable=True))
    where = sa.text("card_at IS NOT NULL")
    op.create_index(
        "ix_lead_card_at",
        "lead",
        ["owner_id", "card_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("lead_id", crm.database.columns.Id(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_attachment_lead_id_lead"), "lead", ["lead_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(op.f("ix_attachment_lead_id"), ["lead_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("attachment") as batch:
        batch.drop_index(op.f("ix_attachment_lead_id"))
        batch.drop_constraint(op.f("fk_attachment_lead_id_lead"), type_="foreignkey")
        batch.drop_column("lead_id")
    op.drop_index("ix_lead_card_at", table_name="lead")
    for name in ("card_at", "given_at"):
        op.drop_column("lead", name)
