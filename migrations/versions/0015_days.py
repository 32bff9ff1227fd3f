"""Days that count: holidays, when a contract ends, and everybody's days found by the day."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: Those that began with the owner: (table, column).
BY_OWNER = (("account", "customer_since"), ("contact", "birthday"))
BY_DAY = (*BY_OWNER, ("account", "contract_ends_on"), ("contact", "customer_since"))


def upgrade() -> None:
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday")),
    )
    op.add_column(
        "company",
        sa.Column(
            "has_official_holidays", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    )
    company = sa.table(
        "company", sa.column("calendar"), sa.column("has_official_holidays", sa.Boolean())
    )
    op.execute(
        sa.update(company).where(company.c.calendar == "jalali").values(has_official_holidays=True)
    )
    op.add_column("account", sa.Column("contract_ends_on", sa.Date(), nullable=True))
    for table, column in BY_OWNER:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table, column in BY_DAY:
        _index(table, column, [column, "owner_id"])


def _index(table: str, column: str, columns: list[str]) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        f"ix_{table}_{column}", table, columns, sqlite_where=there, postgresql_where=there
    )


def downgrade() -> None:
    for table, column in BY_DAY:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table, column in BY_OWNER:
        _index(table, column, ["owner_id", column])
    op.drop_column("account", "contract_ends_on")
    op.drop_column("company", "has_official_holidays")
    op.drop_table("holiday")
