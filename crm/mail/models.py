"""E-mail: the servers, the templates, each letter, who wants none, and what is sent by itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref

#: The id of the one row of settings; the migration makes it.
ONLY = "00000000-0000-7000-8000-000000000003"


class Status(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"
    BOUNCED = "bounced"


class Why(StrEnum):
    """Why an address gets no e-mail."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class MailSettings(Base):
    """A single row: by which server letters go out, and where those come back that nobody took."""

    __tablename__ = "mail_settings"

    id: Mapped[Key]
    smtp_host: Mapped[str | None]
    smtp_port: Mapped[int] = mapped_column(default=587)
    smtp_tls: Mapped[str] = mapped_column(default="starttls")
    smtp_user: Mapped[str | None]
    #: Sealed, as the other one (crm/mail/seals.py).
    smtp_password: Mapped[str | None]
    imap_host: Mapped[str | None]
    imap_port: Mapped[int] = mapped_column(default=993)
    imap_tls: Mapped[str] = mapped_column(default="tls")
    imap_user: Mapped[str | None]
    imap_password: Mapped[str | None]
    #: An admin says that these servers stand in our own network.
    is_inside: Mapped[bool] = mapped_column(default=False)
    from_name: Mapped[str | None]
    from_address: Mapped[str | None]
    reply_to: Mapped[str | None]
    rate_per_minute: Mapped[int] = mapped_column(default=30)
    #: The last trouble with the server itself: a word of crm.mail.faults.FAULTS, and its own words.
    last_error: Mapped[str | None]
    last_error_detail: Mapped[str | None]
    last_error_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    #: The same of the mailbox: sending goes on.
    imap_error: Mapped[str | None]
    imap_error_detail: Mapped[str | None]


class MailTemplate(Base):
    """A template that an admin changed; the others are as they ship (crm/mail/shipped.py)."""

    __tablename__ = "mail_template"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    #: {"en": {"subject", "body"}, "fa": …}
    variants: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class MailMessage(Base):
    """A letter in the outbox. Its id makes its Message-ID: sent twice, it is one to a mailbox.

    The record columns are no foreign keys, as in the timeline.
    """

    __tablename__ = "mail_message"
    __table_args__ = (
        Index(
            "ix_mail_message_due",
            "next_at",
            sqlite_where=text("status IN ('waiting', 'claimed')"),
            postgresql_where=text("status IN ('waiting', 'claimed')"),
        ),
        Index(None, "sent_at"),
        Index(None, "created_at"),
        Index(None, "lead_id"),
        Index(None, "deal_id"),
        Index(None, "account_id"),
        Index(None, "contact_id"),
    )

    id: Mapped[Key]
    #: What sends it: the key of an automation.
    kind: Mapped[str]
    template: Mapped[str]
    #: One cause sends once: `welcome <lead's id>`.
    cause: Mapped[str] = mapped_column(unique=True)
    to: Mapped[str]
    to_name: Mapped[str]
    account_id: Mapped[Ref | None]
    contact_id: Mapped[Ref | None]
    lead_id: Mapped[Ref | None]
    deal_id: Mapped[Ref | None]
    #: In whose name it is written.
    user_id: Mapped[Ref | None]
    language: Mapped[str]
    subject: Mapped[str]
    #: The HTML is made of it when it is sent (crm/mail/letters.py).
    body: Mapped[str]
    #: Its reader agreed that we see whether he opened it and what he followed.
    is_tracked: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default=Status.WAITING)
    #: Why not sent: a word of crm.mail.faults.FAULTS, and the server's own words.
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]


class MailOptout(Base):
    """An address, folded, that gets no e-mail."""

    __tablename__ = "mail_optout"
    __table_args__ = (UniqueConstraint("address", "why"),)

    id: Mapped[Key]
    address: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime]


class MailAutomation(Base):
    """What is sent or planned by itself: no row, or not on: it is not."""

    __tablename__ = "mail_automation"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    is_on: Mapped[bool] = mapped_column(default=False)
    #: What was before is not made up for.
    switched_on_at: Mapped[datetime | None]
    user_id: Mapped[Ref | None]
