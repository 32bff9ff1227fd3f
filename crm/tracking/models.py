"""The company's own website: how it is watched, who visited it, and what each looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref

#: The id of the one row; the migration makes it.
ONLY = "00000000-0000-7000-8000-000000000002"


class Website(Base):
    """A single row: which sites may tell us of visits, and what counts there."""

    __tablename__ = "website"

    id: Mapped[Key]
    #: Public, it stands in the site's own pages: it keeps out what is not meant for us.
    site_key: Mapped[str]
    hosts: Mapped[list[str]] = mapped_column(default=list)
    #: {"path": "/pricing", "name": "Pricing"} …
    key_pages: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    #: ".pdf" …
    endings: Mapped[list[str]] = mapped_column(default=list)
    asks_consent: Mapped[bool] = mapped_column(default=False)
    #: For so long an unseen visitor without a name is kept.
    keeps_days: Mapped[int] = mapped_column(default=90)
    last_at: Mapped[datetime | None]
    last_detail: Mapped[str | None]
    #: Page views of the last days: {"2026-11-24": 12}.
    views: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Visitor(Base):
    """Somebody's browser, as far as he agreed to it; nobody until he says who he is."""

    __tablename__ = "visitor"
    __table_args__ = (
        Index(None, "lead_id"),
        Index(
            "ix_visitor_anonymous",
            "last_seen_at",
            sqlite_where=text("lead_id IS NULL"),
            postgresql_where=text("lead_id IS NULL"),
        ),
    )

    id: Mapped[Key]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    #: Where he came from, first and last: the names of crm/leads/arrivals.py.
    first_touch: Mapped[dict[str, Any] | None]
    last_touch: Mapped[dict[str, Any] | None]
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: How many touches are kept of him; none once they are the lead's.
    count: Mapped[int] = mapped_column(default=0)
    #: The visit that goes on, of a known lead: its entry in the timeline and its pages so far.
    visit_at: Mapped[datetime | None]
    visit_entry_id: Mapped[Ref | None]
    visit_pages: Mapped[int] = mapped_column(default=0)


class VisitorTouch(Base):
    """What a visitor without a name looked at."""

    __tablename__ = "visitor_touch"
    __table_args__ = (Index(None, "visitor_id", "at"),)

    id: Mapped[Key]
    visitor_id: Mapped[Ref] = mapped_column(ForeignKey("visitor.id", ondelete="CASCADE"))
    signal: Mapped[str]
    at: Mapped[datetime]
    detail: Mapped[str]
