"""Leads: the signals that they gave, what these are worth, and the score that comes of it."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)

#: signal, points, half-life in days, cap, expiry in days, words, at least: as it is shipped.
RULES = (
    ("quote", 30, 14, 45, 180, (), None),
    ("form", 30, 14, 45, 180, (), None),
    ("meeting", 25, 21, 50, 180, (), None),
    ("reply", 20, 14, 30, 180, (), None),
    ("hand", 45, 30, 45, 180, (), None),
    ("call", 10, 14, 20, 180, (), None),
    ("key_page", 9, 7, 27, 90, (), None),
    ("download", 12, 14, 24, 180, (), None),
    ("email_clicked", 8, 14, 16, 90, (), None),
    ("email_opened", 2, 7, 6, 90, (), None),
    ("campaign", 6, 14, 12, 90, (), None),
    ("page", 1, 7, 8, 60, (), None),
    ("purchase", 20, 30, 40, 365, (), None),
    ("no_answer", -5, 14, 10, 90, (), None),
    ("not_now", -15, 30, 30, 180, (), None),
    ("unsubscribed", -20, None, 20, None, (), None),
    (
        "role",
        18,
        None,
        None,
        None,
        ("manager", "director", "head", "chief", "owner", "ceo", "مدیر", "رئیس", "مالک", "معاون"),
        None,
    ),
    ("size", 12, None, None, None, (), 50),
    ("city", 5, None, None, None, ("tehran", "تهران"), None),
    ("industry", 8, None, None, None, (), None),
)


def upgrade() -> None:
    rule = op.create_table(
        "score_rule",
        sa.Column("id", Id, nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.Column("half_life", sa.BigInteger(), nullable=True),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("at_least", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_rule")),
    )
    names = ("signal", "points", "half_life", "cap", "expires", "words", "at_least")
    op.bulk_insert(
        rule,
        [
            dict(zip(names, values, strict=True))
            | {"words": list(values[5]), "id": _rule_id(place), "position": place}
            | {"is_active": values[0] != "industry"}
            for place, values in enumerate(RULES)
        ],
    )
    op.create_table(
        "touch",
        sa.Column("id", Id, nullable=False),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("activity_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_touch_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
    )
    op.create_index(op.f("ix_touch_lead_id_at"), "touch", ["lead_id", "at"])
    op.create_index(
        op.f("ix_touch_activity_id"),
        "touch",
        ["activity_id"],
        sqlite_where=sa.text("activity_id IS NOT NULL"),
        postgresql_where=sa.text("activity_id IS NOT NULL"),
    )
    for column in _lead_columns():
        op.add_column("lead", column)
    # A heat that is not what every lead had by itself was somebody's word.
    lead = sa.table("lead", sa.column("heat"), sa.column("heat_by_hand"))
    op.execute(sa.update(lead).where(lead.c.heat != "warm").values(heat_by_hand=lead.c.heat))
    op.create_index(op.f("ix_lead_rules_version"), "lead", ["rules_version"])
    op.create_index(
        "ix_lead_cools_at",
        "lead",
        ["cools_at"],
        sqlite_where=sa.text("cools_at IS NOT NULL"),
        postgresql_where=sa.text("cools_at IS NOT NULL"),
    )
    for name, value in (("warm_from", "40"), ("hot_from", "70"), ("rules_version", "1")):
        op.add_column("company", _number(name, value))


def _rule_id(place: int) -> str:
    return f"00000000-0000-7000-8000-0000000001{place:02x}"


def _number(name: str, value: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=value)


def _lead_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("heat_by_hand", sa.Text(), nullable=True),
        _number("score", "0"),
        sa.Column("scored_at", Instant, nullable=True),
        sa.Column("cools_at", Instant, nullable=True),
        _number("rules_version", "0"),
        sa.Column("mql_at", Instant, nullable=True),
        sa.Column("sql_at", Instant, nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("first_touch", Json, nullable=True),
        sa.Column("last_touch", Json, nullable=True),
    ]


def downgrade() -> None:
    for name in ("warm_from", "hot_from", "rules_version"):
        op.drop_column("company", name)
    op.drop_index("ix_lead_cools_at", "lead")
    op.drop_index(op.f("ix_lead_rules_version"), "lead")
    for column in _lead_columns():
        op.drop_column("lead", column.name)
    op.drop_table("touch")
    op.drop_table("score_rule")
