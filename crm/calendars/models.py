"""A person's calendars: where to read them, which meetings came of them, where he reads ours."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref
from crm.i18n import N_


class SourceKind(StrEnum):
    ICS = "ics"
    CALDAV = "caldav"


class Standing(StrEnum):
    """Whose word holds for a meeting that came from a calendar."""

    FOLLOWED = "followed"
    #: The calendar no longer has it, so we took it back. It may return.
    WITHDRAWN = "withdrawn"
    #: It was held, or changed, moved or deleted by hand: the calendar has no say any more.
    LEFT = "left"


#: Why a calendar could not be read.
FAILURES = {
    "unreachable": N_(
        "The server does not answer. Check the address; it is tried again by itself."
    ),
    "tls": N_("The server's certificate is not valid, so nothing was sent there."),
    "inside": N_("This address lies inside a network. Only an admin can allow that."),
    "address": N_("This address cannot be used. Check it."),
    "password": N_("The server did not accept the user name and the password."),
    "not_found": N_("There is no calendar at this address any more."),
    "server": N_("The server answered with an error. It is tried again by itself."),
    "not_calendar": N_("There is something at this address, but it is no calendar."),
    "too_big": N_("This calendar is too big to be read."),
    "sealed": N_("The address cannot be read any more. Remove the calendar and add it again."),
}


class CalendarSource(Base):
    """A calendar that somebody lets us read."""

    __tablename__ = "calendar_source"

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    #: Sealed: a calendar's private address is as good as a password.
    address: Mapped[str]
    #: What may be shown of it.
    host: Mapped[str]
    username: Mapped[str | None]
    password: Mapped[str | None]
    created_at: Mapped[datetime]
    #: When it is read next; while somebody reads it, when another may.
    next_at: Mapped[datetime] = mapped_column(index=True)
    #: Who reads it now: what comes under another claim comes too late.
    claim: Mapped[Ref | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    #: When it was last read as a whole: the days ahead move on also where the file does not.
    whole_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    #: A key of FAILURES.
    failure: Mapped[str | None]


class CalendarMeeting(Base):
    """A planned meeting that came from a calendar. Of its text nothing stands here."""

    __tablename__ = "calendar_meeting"
    __table_args__ = (
        UniqueConstraint(
            "source_id", "uid", "occurrence", name="uq_calendar_meeting_source_id_uid_occurrence"
        ),
    )

    id: Mapped[Key]
    source_id: Mapped[Ref] = mapped_column(ForeignKey("calendar_source.id", ondelete="CASCADE"))
    #: A hash of the event's own id.
    uid: Mapped[str]
    #: The time at which a series first had it; "" for an event that happens once.
    occurrence: Mapped[str]
    #: No foreign key: where the activity was deleted, this keeps it from coming back.
    activity_id: Mapped[Ref] = mapped_column(index=True)
    #: The activity's version as we left it: another one was changed by hand.
    version: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(index=True)
    #: A hash of what the calendar said.
    said: Mapped[str]
    standing: Mapped[str] = mapped_column(default=Standing.FOLLOWED.value)


class CalendarFeed(Base):
    """The secret address of somebody's own plan. Only a hash is kept."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[Key] = mapped_column(ForeignKey("user.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
