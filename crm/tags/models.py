"""Words that people put on records to find them together again."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Folded, Key, Ref


class Tag(Base):
    """A word, unique by its folded form."""

    __tablename__ = "tag"

    id: Mapped[Key]
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(Folded, unique=True)


class Tagging(Base):
    """A tag on a record; record ids are unique over all tables."""

    __tablename__ = "tagging"
    __table_args__ = (Index(None, "tag_id", "record_id"),)

    record_id: Mapped[Ref] = mapped_column(primary_key=True)
    tag_id: Mapped[Ref] = mapped_column(ForeignKey("tag.id"), primary_key=True)
