"""Photos and voice notes: a row each here, the bytes in the data folder."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Ref


class AttachmentKind(StrEnum):
    PHOTO = "photo"
    VOICE = "voice"


class AttachmentState(StrEnum):
    #: A capture named it; nothing of it has come yet.
    EXPECTED = "expected"
    RECEIVING = "receiving"
    COMPLETE = "complete"


class Attachment(Base):
    """A photo or voice note. It may come before its capture or after, so both make the row."""

    __tablename__ = "attachment"

    id: Mapped[Ref] = mapped_column(primary_key=True)
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), index=True)
    #: What it hangs on, an activity or a lead: the photo of a card. Empty until a capture names it.
    activity_id: Mapped[Ref | None] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), index=True
    )
    lead_id: Mapped[Ref | None] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]

    @property
    def is_loose(self) -> bool:
        """Whether nothing has named it yet."""
        return self.activity_id is None and self.lead_id is None
