"""E-mail out: settings, templates, outbox, opt-outs, automations; when a lead gave its consent."""

import crm.database
import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0017"
branch_labels = None
depends_on = None

Id, Instant, Json = (
    crm.database.columns.Id(length=36),
    crm.database.columns.Instant(timezone=True),
    crm.database.columns.JsonColumn(),
)


def _column(name, kind=sa.Text(), nullable=True):
    return sa.Column(name, kind, nullable=nullable)


def _settings() -> None:
    settings = op.create_table(
        "mail_settings",
        _column("id", Id, nullable=False),
        *(
            column
            for server in ("smtp", "imap")
            for column in (
                _column(f"{server}_host"),
                _column(f"{server}_port", sa.BigInteger(), nullable=False),
                _column(f"{server}_tls", nullable=False),
                _column(f"{server}_user"),
                _column(f"{server}_password"),
            )
        ),
        _column("is_inside", sa.Boolean(), nullable=False),
        _column("from_name"),
        _column("from_address"),
        _column("reply_to"),
        _column("rate_per_minute", sa.BigInteger(), nullable=False),
        _column("last_error"),
        _column("last_error_detail"),
        _column("last_error_at", Instant),
        _column("last_ok_at", Instant),
        _column("imap_error"),
        _column("imap_error_detail"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_settings")),
    )
    op.bulk_insert(
        settings,
        [
            {
                "id": "00000000-0000-7000-8000-000000000003",
                "smtp_port": 587,
                "smtp_tls": "starttls",
                "imap_port": 993,
                "imap_tls": "tls",
                "is_inside": False,
                "rate_per_minute": 30,
            }
        ],
    )


def _messages() -> None:
    op.create_table(
        "mail_message",
        _column("id", Id, nullable=False),
        *(_column(name, nullable=False) for name in ("kind", "template", "cause", "to", "to_name")),
        *(
            _column(f"{name}_id", Id)
            for name in ("account", "contact", "lead", "deal", "user")
        ),
        *(_column(name, nullable=False) for name in ("language", "subject", "body")),
        _column("is_tracked", sa.Boolean(), nullable=False),
        _column("status", nullable=False),
        _column("reason"),
        _column("detail"),
        _column("attempts", sa.BigInteger(), nullable=False),
        _column("next_at", Instant, nullable=False),
        _column("lease_until", Instant),
        _column("created_at", Instant, nullable=False),
        *(_column(name, Instant) for name in ("sent_at", "opened_at", "clicked_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
        sa.UniqueConstraint("cause", name=op.f("uq_mail_message_cause")),
    )
    due = sa.text("status IN ('waiting', 'claimed')")
    op.create_index(
        "ix_mail_message_due",
        "mail_message",
        ["next_at"],
        unique=False,
        sqlite_where=due,
        postgresql_where=due,
    )
    for name in ("sent_at", "created_at", "lead_id", "deal_id", "account_id", "contact_id"):
        op.create_index(op.f(f"ix_mail_message_{name}"), "mail_message", [name], unique=False)


def upgrade() -> None:
    _settings()
    op.create_table(
        "mail_template",
        _column("id", Id, nullable=False),
        _column("key", nullable=False),
        _column("variants", Json, nullable=False),
        _column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_template_key")),
    )
    _messages()
    op.create_table(
        "mail_optout",
        _column("id", Id, nullable=False),
        _column("address", nullable=False),
        _column("why", nullable=False),
        _column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_optout")),
        sa.UniqueConstraint("address", "why", name=op.f("uq_mail_optout_address_why")),
    )
    op.create_table(
        "mail_automation",
        _column("id", Id, nullable=False),
        _column("key", nullable=False),
        _column("is_on", sa.Boolean(), nullable=False),
        _column("switched_on_at", Instant),
        _column("user_id", Id),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_automation")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_automation_key")),
    )
    op.add_column("lead", _column("consent_at", Instant))
    op.execute(
        "UPDATE lead SET consent_at = (SELECT min(s.consent_at) FROM form_submission s"
        " WHERE s.lead_id = lead.id) WHERE EXISTS (SELECT 1 FROM form_submission s"
        " WHERE s.lead_id = lead.id AND s.consent_at IS NOT NULL)"
    )
    agreed = sa.text("consent_at IS NOT NULL")
    op.create_index(
        "ix_lead_consent_at",
        "lead",
        ["consent_at"],
        unique=False,
        sqlite_where=agreed,
        postgresql_where=agreed,
    )


def downgrade() -> None:
    op.drop_index("ix_lead_consent_at", table_name="lead")
    op.drop_column("lead", "consent_at")
    for table in ("automation", "optout", "message", "template", "settings"):
        op.drop_table(f"mail_{table}")
