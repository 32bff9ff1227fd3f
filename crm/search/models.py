"""One folded line per record: what search looks through on both databases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Folded, Ref


class SearchEntry(Base):
    """What a record can be found by. `folded` starts with a space and words are one space apart,
    so that ` ab` finds the words that begin with two letters in the trigram index as well (that
    index is written in migration 0002: each database has its own)."""

    __tablename__ = "search_entry"
    __table_args__ = (Index(None, "title_folded"),)

    row_id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True
    )
    record_id: Mapped[Ref] = mapped_column(unique=True)
    record_type: Mapped[str]
    owner_id: Mapped[Ref | None]
    team_id: Mapped[Ref | None]
    title: Mapped[str]
    subtitle: Mapped[str]
    title_folded: Mapped[str] = mapped_column(Folded)
    folded: Mapped[str] = mapped_column(Folded)
