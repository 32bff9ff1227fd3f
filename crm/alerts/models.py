"""What people are told: the inbox in the app, what leaves the house for it, how each wants it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Alert(Base):
    """One thing that one person is told. It stands in his inbox whether or not a phone rings.

    `cause` is what it follows from (an entry's id, or a promise and its hour): the same cause tells
    a person once. A later one about the same `tag` takes the place of the earlier one and counts it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index("ix_alert_inbox", "user_id", "at", "id", **_where("replaced_by_id IS NULL")),
        Index(
            "ix_alert_unseen",
            "user_id",
            "tag",
            **_where("seen_at IS NULL AND replaced_by_id IS NULL"),
        ),
        Index("ix_alert_decide_at", "decide_at", **_where("decide_at IS NOT NULL")),
        Index("ix_alert_digest", "user_id", **_where("awaits_digest")),
        Index("ix_alert_escalate_at", "escalate_at", **_where("escalate_at IS NOT NULL")),
        Index("ix_alert_lead_id", "lead_id", **_where("lead_id IS NOT NULL")),
    )

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    cause: Mapped[str]
    tag: Mapped[str]
    at: Mapped[datetime]
    #: The page it is about, and its records; no foreign keys, so that none stops a deletion.
    url: Mapped[str]
    account_id: Mapped[Ref | None]
    contact_id: Mapped[Ref | None]
    deal_id: Mapped[Ref | None]
    lead_id: Mapped[Ref | None]
    activity_id: Mapped[Ref | None]
    #: Who and what, in the reader's language; `crm/alerts/wording.py` makes sentences of it.
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: How often the subject came up before anybody looked.
    count: Mapped[int] = mapped_column(default=1)
    #: After this nobody need be told any more.
    expires_at: Mapped[datetime]
    #: When it is decided (again) how he is told; empty once that is settled.
    decide_at: Mapped[datetime | None]
    #: What was decided last, in one word, for the inbox and for who asks why nothing rang.
    fate: Mapped[str | None]
    awaits_digest: Mapped[bool] = mapped_column(default=False)
    #: When somebody else is told, unless he looked or did something before.
    escalate_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    #: What he did about it: called, done, snoozed, interested, claimed; or what the app did.
    outcome: Mapped[str | None]
    outcome_at: Mapped[datetime | None]
    replaced_by_id: Mapped[Ref | None]


class Delivery(Base):
    """One alert on its way to one device or mailbox: the outbox row that the worker claims."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("alert_id", "channel", "round", "subscription_id"),
        Index("ix_delivery_next_at", "channel", "next_at", **_where("status = 'waiting'")),
        Index("ix_delivery_sent_at", "user_id", "sent_at", **_where("sent_at IS NOT NULL")),
    )

    id: Mapped[Key]
    alert_id: Mapped[Ref] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    channel: Mapped[str]
    #: Snoozed and told again is another round.
    round: Mapped[int] = mapped_column(default=1)
    #: No foreign key: a device comes and goes, what was sent to it stays. By e-mail: the user's id.
    subscription_id: Mapped[Ref]
    status: Mapped[str] = mapped_column(default="waiting")
    #: Why it was given up.
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: When it may be claimed (again): now, after a back-off, or when a dead worker's lease is over.
    next_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AlertSettings(Base):
    """How one person wants to be told. Without a row the defaults hold."""

    __tablename__ = "alert_settings"

    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), primary_key=True)
    #: By kind where it is not the default: push, inbox, email, off.
    channels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Minutes of his day; from the evening into the morning. Both alike: none.
    quiet_from: Mapped[int] = mapped_column(default=21 * 60)
    quiet_until: Mapped[int] = mapped_column(default=8 * 60)
    #: The days he works, as `date.weekday()` counts; empty: as the company.
    work_days: Mapped[str] = mapped_column(default="")
    #: At most so many pushes a day, the urgent ones apart.
    budget: Mapped[int] = mapped_column(default=6)
    digest_at: Mapped[int] = mapped_column(default=8 * 60 + 30)
    #: The kinds that may ring in quiet hours, joined by commas: hot_lead, deal_stopped.
    crosses_quiet: Mapped[str] = mapped_column(default="")
    #: The day of his own on which the last digest was made.
    digest_on: Mapped[str | None]
