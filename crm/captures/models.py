"""The ledger of captures, so that a resend is the same record; and what they left to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


class Capture(Base):
    """One command call that a phone made. Written with its effect, never purged.

    One that was refused keeps its body: that is the quarantine.
    """

    __tablename__ = "capture"

    id: Mapped[Ref] = mapped_column(primary_key=True)
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    device_id: Mapped[str | None]
    kind: Mapped[str]
    v: Mapped[int]
    fingerprint: Mapped[str]
    verdict: Mapped[str]
    result: Mapped[dict[str, Any]]
    #: What the server kept otherwise, or left to decide, as it was answered.
    details: Mapped[dict[str, Any] | None]
    body: Mapped[dict[str, Any] | None]
    supersedes_id: Mapped[Ref | None]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    #: How far the phone's clock was behind ours, in milliseconds.
    skew_ms: Mapped[int] = mapped_column(default=0)
    #: How it was captured: taps, keys, milliseconds, offline or not.
    measures: Mapped[dict[str, Any] | None]
    #: The photos and voice notes that belong to it; they come by themselves.
    blobs: Mapped[list[dict[str, Any]] | None]


_OPEN = text("resolved_at IS NULL")


class Decision(Base):
    """Two people wanted one field otherwise: both values, kept until one of them is chosen.

    The record shows `theirs`, which was there first. No column is a foreign key to a record or to
    the ledger: the ledger's row is written last, and a record may be deleted.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_user_id_open", "user_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "record_id"),
    )

    id: Mapped[Key]
    #: Who is to choose: the author, or who has his records now.
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    author_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    capture_id: Mapped[Ref]
    #: The activity that was logged along; where that is taken back, nothing is left to decide.
    activity_id: Mapped[Ref | None]
    record: Mapped[str]
    record_id: Mapped[Ref]
    field: Mapped[str]
    #: Each {"value"}, a stage with its "lost_reason", an amount with its "currency".
    yours: Mapped[dict[str, Any]]
    theirs: Mapped[dict[str, Any]]
    theirs_by_id: Mapped[Ref | None]
    theirs_at: Mapped[datetime | None]
    captured_at: Mapped[datetime]
    created_at: Mapped[datetime]
    kept: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
