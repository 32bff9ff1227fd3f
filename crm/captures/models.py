"""The ledger: one row per capture ever answered, so that a resend is the same record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Ref


class Capture(Base):
    """One command call that a phone made. Written with its effect, never purged.

    A rejected one keeps its body: that is the quarantine.
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
    body: Mapped[dict[str, Any] | None]
    supersedes_id: Mapped[Ref | None]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    #: How far the phone's clock was behind ours, in milliseconds.
    skew_ms: Mapped[int] = mapped_column(default=0)
