"""What was noticed to be due, so that it is told once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Ref


class Noticed(Base):
    """One due thing that was dealt with: a meeting ahead at this hour, a deal quiet since then.

    Kept apart from the alerts: somebody may want none of that kind, or another one is told.
    Moved to another time it is another thing.
    """

    __tablename__ = "noticed"
    __table_args__ = (Index(None, "at"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[Ref] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
