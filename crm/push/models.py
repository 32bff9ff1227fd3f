"""The devices that can be told something while the app is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


class PushSubscription(Base):
    """One browser's address at its maker's push service, and the keys to encrypt for it."""

    __tablename__ = "push_subscription"

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"), index=True)
    #: The session it was made in; no foreign key, for sessions come and go.
    session_id: Mapped[Ref | None]
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    name: Mapped[str]
    #: Whether names may stand on its lock screen.
    shows_names: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    last_shown_at: Mapped[datetime | None]
    last_opened_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str | None]
