"""Activities: what was done with a customer, and what is promised next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Ref
from crm.i18n import N_
from crm.users.ownership import Owned


class ActivityKind(StrEnum):
    MEETING = "meeting"
    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"
    NOTE = "note"
    TASK = "task"
    #: A customer asked for help: the support history, until tickets come.
    SUPPORT = "support"


KIND_NAMES = {
    ActivityKind.MEETING: N_("Meeting"),
    ActivityKind.CALL: N_("Call"),
    ActivityKind.VISIT: N_("Visit"),
    ActivityKind.MESSAGE: N_("Message"),
    ActivityKind.NOTE: N_("Note"),
    ActivityKind.TASK: N_("Task"),
    ActivityKind.SUPPORT: N_("Support"),
}
#: What came of it, in the order of the capture sheet's chips.
OUTCOMES = {
    "interested": N_("Interested"),
    "quote": N_("Wants quote"),
    "follow_up": N_("Follow up"),
    "no_answer": N_("No answer"),
    "not_now": N_("Not now"),
    "lost": N_("Lost"),
}

_PLANNED = text("done_at IS NULL AND archived_at IS NULL")


def _planned(column: str) -> Index:
    return Index(
        f"ix_activity_{column}_planned",
        column,
        "due_at",
        sqlite_where=_PLANNED,
        postgresql_where=_PLANNED,
    )


def _done(column: str) -> Index:
    return Index(
        f"ix_activity_{column}_done",
        column,
        "done_at",
        sqlite_where=text(f"{column} IS NOT NULL AND done_at IS NOT NULL"),
        postgresql_where=text(f"{column} IS NOT NULL AND done_at IS NOT NULL"),
    )


def _support(column: str) -> Index:
    return Index(
        f"ix_activity_{column}_support",
        column,
        "done_at",
        sqlite_where=text("kind = 'support'"),
        postgresql_where=text("kind = 'support'"),
    )


class Activity(Owned, Base):
    """A call, meeting, visit, message, note or task. Planned while `done_at` is empty."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_due_at", "due_at", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
        _planned("owner_id"),
        _planned("deal_id"),
        _planned("contact_id"),
        _planned("account_id"),
        _planned("lead_id"),
        _done("owner_id"),
        _done("deal_id"),
        _support("contact_id"),
        _support("account_id"),
        _support("lead_id"),
        Index(
            "ix_activity_import_key",
            "import_key",
            sqlite_where=text("import_key IS NOT NULL"),
            postgresql_where=text("import_key IS NOT NULL"),
        ),
    )

    kind: Mapped[str]
    subject: Mapped[str | None]
    note: Mapped[str | None]
    outcome: Mapped[str | None]
    due_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    #: False when only the day was promised: due until that day ends.
    has_time: Mapped[bool] = mapped_column(default=True)
    done_at: Mapped[datetime | None]
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[Ref | None] = mapped_column(ForeignKey("contact.id"))
    deal_id: Mapped[Ref | None] = mapped_column(ForeignKey("deal.id"))
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id"))
    #: The later activity that corrected this one: it stays in the timeline, struck through.
    superseded_by_id: Mapped[Ref | None]
    withdrawn_at: Mapped[datetime | None]
    #: The timeline entry of the stage move that was logged with it, to undo along with it.
    stage_entry_id: Mapped[Ref | None]

    @property
    def is_planned(self) -> bool:
        return self.done_at is None
