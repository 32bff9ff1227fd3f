"""Web forms, and what visitors sent by them."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)


def _needed(name: str, kind: sa.types.TypeEngine[object]) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: sa.types.TypeEngine[object]) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "form",
        _needed("id", Id),
        _needed("slug", sa.Text()),
        _needed("title", sa.Text()),
        _needed("language", sa.Text()),
        _needed("fields", Json),
        _maybe("button", sa.Text()),
        _maybe("thanks", sa.Text()),
        _needed("colour", sa.Text()),
        _maybe("consent", sa.Text()),
        _needed("consent_version", sa.BigInteger()),
        _needed("asks_quote", sa.Boolean()),
        _maybe("source", sa.Text()),
        _needed("is_active", sa.Boolean()),
        _needed("created_at", Instant),
        _needed("updated_at", Instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
        sa.UniqueConstraint("slug", name=op.f("uq_form_slug")),
    )
    op.create_table(
        "form_submission",
        _needed("id", Id),
        _needed("form_id", Id),
        _needed("at", Instant),
        _needed("state", sa.Text()),
        _maybe("lead_id", Id),
        _maybe("owner_id", Id),
        _needed("fields", Json),
        sa.Column("visitor_id", Id, nullable=True),
        _needed("origin", Json),
        _needed("reasons", Json),
        _maybe("consent_text", sa.Text()),
        _maybe("consent_version", sa.BigInteger()),
        _maybe("consent_at", Instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_submission")),
        sa.ForeignKeyConstraint(
            ["form_id"], ["form.id"], name=op.f("fk_form_submission_form_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_form_submission_lead_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_form_submission_owner_id")
        ),
    )
    for columns in (("form_id", "state", "at"), ("state", "at"), ("lead_id",)):
        name = f"ix_form_submission_{'_'.join(columns)}"
        op.create_index(op.f(name), "form_submission", list(columns))


def downgrade() -> None:
    op.drop_table("form_submission")
    op.drop_table("form")
