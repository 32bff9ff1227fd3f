"""Leads: their list in its order from an index; rules for whose they are, and how soon they are
answered."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)
ARCHIVED = ["heat", "created_at", "id"]
ORDER = ["status", *ARCHIVED]
#: Name, columns, and the column that must be filled for a lead to stand in it.
INDEXES = (
    ("ix_lead_of_owner", ["owner_id", *ORDER], None),
    ("ix_lead_of_team", ["team_id", *ORDER], None),
    ("ix_lead_of_all", ORDER, None),
    ("ix_lead_of_source", ["source", *ORDER], None),
    ("ix_lead_owner_id_received_at", ["owner_id", "received_at"], None),
    ("ix_lead_archived_of_owner", ["owner_id", *ARCHIVED], "archived_at"),
    ("ix_lead_archived_of_team", ["team_id", *ARCHIVED], "archived_at"),
    ("ix_lead_archived_of_all", ARCHIVED, "archived_at"),
    ("ix_lead_pass_at", ["pass_at"], "pass_at"),
)
#: What these took the place of.
OLD = ("owner_id", "team_id")
WORK = (("reply_within_minutes", "60"), ("work_from", "540"), ("work_until", "1020"))


def upgrade() -> None:
    for column in _lead_columns():
        op.add_column("lead", column)
    for owner in OLD:
        op.drop_index(op.f(f"ix_lead_{owner}_status_created_at"), "lead")
    for name, columns, filled in INDEXES:
        there = sa.text(f"{filled} IS NOT NULL") if filled else None
        op.create_index(name, "lead", columns, sqlite_where=there, postgresql_where=there)
    for name in ("away_from", "away_until"):
        op.add_column("user", sa.Column(name, sa.Date(), nullable=True))
    for name, value in WORK:
        op.add_column(
            "company", sa.Column(name, sa.BigInteger(), nullable=False, server_default=value)
        )
    # The week's work as the company's calendar has it: Saturday to Wednesday, or Monday to Friday.
    op.add_column(
        "company", sa.Column("work_days", sa.Text(), nullable=False, server_default="5,6,0,1,2")
    )
    company = sa.table("company", sa.column("calendar"), sa.column("work_days"))
    op.execute(
        sa.update(company).where(company.c.calendar != "jalali").values(work_days="0,1,2,3,4")
    )
    _rules()


def _rules() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source_words", Json, nullable=False),
        sa.Column("city_words", Json, nullable=False),
        sa.Column("product_words", Json, nullable=False),
        sa.Column("min_heat", sa.Text(), nullable=False),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("turns", Json, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_routing_rule_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_routing_rule_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
    )


def _lead_columns() -> list[sa.Column[object]]:
    moments = ("received_at", "claimed_at", "answered_at", "reply_by", "pass_at")
    return [
        *(sa.Column(name, Instant, nullable=True) for name in moments),
        sa.Column("offered_to", Json, nullable=True),
        sa.Column("routing_rule_id", Id, nullable=True),
    ]


def downgrade() -> None:
    op.drop_table("routing_rule")
    for name in ("work_days", *(name for name, _value in WORK)):
        op.drop_column("company", name)
    for name in ("away_from", "away_until"):
        op.drop_column("user", name)
    for name, _columns, _filled in INDEXES:
        op.drop_index(name, "lead")
    for owner in OLD:
        op.create_index(
            op.f(f"ix_lead_{owner}_status_created_at"), "lead", [owner, "status", "created_at"]
        )
    for column in _lead_columns():
        op.drop_column("lead", column.name)
