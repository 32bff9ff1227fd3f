"""The append-only spine: what happened, to which records, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


def _of(column: str) -> Index:
    return Index(
        f"ix_timeline_entry_{column}_at",
        column,
        "at",
        "id",
        sqlite_where=text(f"{column} IS NOT NULL"),
        postgresql_where=text(f"{column} IS NOT NULL"),
    )


class TimelineEntry(Base):
    """One thing that happened. Never changed, never removed while its records live.

    `kind` is a noun and a past tense (`deal.stage_changed`). The record columns say on which
    pages it stands; they are no foreign keys, so that history never stops a deletion.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (
        _of("deal_id"),
        _of("contact_id"),
        _of("account_id"),
        _of("lead_id"),
        _of("user_id"),
        Index("ix_timeline_entry_actor_id_at", "actor_id", "at"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[Ref]
    account_id: Mapped[Ref | None]
    contact_id: Mapped[Ref | None]
    deal_id: Mapped[Ref | None]
    lead_id: Mapped[Ref | None]
    user_id: Mapped[Ref | None]
    activity_id: Mapped[Ref | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AwaitedReaction(Base):
    """An entry that somebody is to be told of: written with it, gone when that is done.

    A place in the timeline up to which all is done would lose what a slow transaction commits
    behind it.
    """

    __tablename__ = "awaited_reaction"

    id: Mapped[Key]
    kind: Mapped[str]
    at: Mapped[datetime]
