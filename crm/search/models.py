"""One folded line per record: what search looks through on both databases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Folded, Ref


class SearchEntry(Base):
    """What a record can be found by: see `crm.search.index.row`. The trigram index over `folded`
    is written in migration 0002: each database has its own."""

    __tablename__ = "search_entry"
    __table_args__ = (
        Index(None, "title_folded"),
        # The newest of one's own.
        Index(None, "owner_id", "row_id"),
        Index(None, "team_id", "row_id"),
        # Who types the beginning of a name among a hundred thousand looks among his own.
        Index(None, "owner_id", "title_folded"),
        Index(None, "team_id", "title_folded"),
    )

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
