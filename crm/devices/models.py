"""What each phone said of itself when it was last heard: what waits there, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


class Device(Base):
    """One person on one phone: on a shared phone each has a row of his own."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("user_id", "device_id"),)

    id: Mapped[Key]
    user_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    #: What the phone calls itself; made there, and worth nothing as a proof.
    device_id: Mapped[str]
    #: The session it was last heard in; no foreign key, for sessions come and go.
    session_id: Mapped[Ref | None]
    name: Mapped[str | None]
    app: Mapped[str]
    last_seen_at: Mapped[datetime]
    waiting: Mapped[int] = mapped_column(default=0)
    parked: Mapped[int] = mapped_column(default=0)
    oldest_waiting_at: Mapped[datetime | None]
    installed: Mapped[bool] = mapped_column(default=False)
    persisted: Mapped[bool] = mapped_column(default=False)
