"""Hooks: the places that send us leads, their secrets, and what came of each message."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


class Verdict(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    IGNORED = "ignored"
    #: Only ever answered, never kept: the first one stands there.
    DUPLICATE = "duplicate"


class Hook(Base):
    """One incoming source: a shop, a form elsewhere, our own program."""

    __tablename__ = "hook"

    id: Mapped[Key]
    name: Mapped[str]
    preset: Mapped[str]
    #: The source its leads get; None: its name.
    source: Mapped[str | None]
    #: Stands in the address. Nobody can guess it, and yet it proves nothing.
    slug: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    #: Messages whose signature was missing, wrong or too old: all that is kept of them.
    forged: Mapped[int] = mapped_column(default=0)
    forged_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class HookSecret(Base):
    """What a sender signs with; sealed, because a signature is reckoned from the secret itself."""

    __tablename__ = "hook_secret"

    id: Mapped[Key]
    hook_id: Mapped[Ref] = mapped_column(ForeignKey("hook.id"), index=True)
    #: Empty once it is retired.
    sealed: Mapped[str]
    last4: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class HookDelivery(Base):
    """What came of one person in one message. Kept for ever: a replay finds it and does nothing.

    The sender's own id of the message is not signed, the bytes are: both are unique, so that an old
    message with a new id is still the old one.
    """

    __tablename__ = "hook_delivery"
    __table_args__ = (
        UniqueConstraint("hook_id", "event_id", "position", name="uq_hook_delivery_event_id"),
        UniqueConstraint("hook_id", "digest", "position", name="uq_hook_delivery_digest"),
        Index(None, "hook_id", "received_at"),
        Index(
            "ix_hook_delivery_hook_id_subject",
            "hook_id",
            "subject",
            sqlite_where=text("subject IS NOT NULL"),
            postgresql_where=text("subject IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    hook_id: Mapped[Ref] = mapped_column(ForeignKey("hook.id"))
    event_id: Mapped[str]
    #: SHA-256 of the bytes that were signed, without the time where the sender writes it anew.
    digest: Mapped[str]
    #: Which of the message's people it is.
    position: Mapped[int]
    received_at: Mapped[datetime]
    verdict: Mapped[str]
    #: Why not taken: a word of `REASONS`, and the fields' names or the sender's own id.
    reason: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    #: What its signals are about, such as an order: a second message about it gives none.
    subject: Mapped[str | None]
    #: No foreign key: the line stays when the lead is deleted.
    lead_id: Mapped[Ref | None]
