"""Leads: people who may buy, before there is an account or a deal."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.accounts.models import Reachable
from crm.database import Base, Folded, Key, Money, Ref
from crm.i18n import N_
from crm.users.ownership import Owned


class LeadStatus(StrEnum):
    NEW = "new"
    WORKING = "working"
    LATER = "later"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"


class Heat(StrEnum):
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


HEAT_NAMES = {Heat.HOT: N_("Hot"), Heat.WARM: N_("Warm"), Heat.COLD: N_("Cold")}


def _became(column: str) -> Index:
    """An index for «which leads became this», over the few that became something."""
    return Index(
        f"ix_lead_{column}",
        column,
        sqlite_where=text(f"{column} IS NOT NULL"),
        postgresql_where=text(f"{column} IS NOT NULL"),
    )


class Lead(Reachable, Owned, Base):
    """A person or firm that showed interest. Converting it makes an account, contact and deal."""

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "owner_id", "status", "created_at"),
        Index(None, "team_id", "status", "created_at"),
        Index(None, "owner_id", "name_folded", "id"),
        Index(None, "name_folded", "id"),
        Index(None, "import_key"),
        Index(None, "rules_version"),
        _became("account_id"),
        _became("contact_id"),
        _became("deal_id"),
        Index(
            "ix_lead_cools_at",
            "cools_at",
            sqlite_where=text("cools_at IS NOT NULL"),
            postgresql_where=text("cools_at IS NOT NULL"),
        ),
    )

    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Folded)
    company: Mapped[str | None]
    job_title: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=LeadStatus.NEW)
    #: What somebody said by hand, else what the score says.
    heat: Mapped[str] = mapped_column(default=Heat.COLD)
    heat_by_hand: Mapped[str | None]
    #: 0-100, as it was at `scored_at`; the lead's page reckons it anew (crm/leads/scoring.py).
    score: Mapped[int] = mapped_column(default=0)
    scored_at: Mapped[datetime | None]
    #: When the heat may be another although nothing happens.
    cools_at: Mapped[datetime | None]
    #: The company's rules that the score was reckoned by; others: it is due.
    rules_version: Mapped[int] = mapped_column(default=0)
    #: When it was first warm (marketing-qualified) and first hot (sales-qualified).
    mql_at: Mapped[datetime | None]
    sql_at: Mapped[datetime | None]
    employees: Mapped[int | None]
    industry: Mapped[str | None]
    #: Where it came from, first and last: utm_source …, referrer, landing page.
    first_touch: Mapped[dict[str, Any] | None]
    last_touch: Mapped[dict[str, Any] | None]
    amount: Mapped[Money | None]
    currency: Mapped[str | None]
    disqualified_reason: Mapped[str | None]
    converted_at: Mapped[datetime | None]
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[Ref | None] = mapped_column(ForeignKey("contact.id"))
    deal_id: Mapped[Ref | None] = mapped_column(ForeignKey("deal.id", use_alter=True))
    #: What the conversion made and filled, to undo it by (crm/conversions/memory.py).
    conversion: Mapped[dict[str, Any] | None]

    @property
    def is_open(self) -> bool:
        """Whether somebody should still follow it up."""
        return self.status in (LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.LATER)


class Touch(Base):
    """A signal that a lead gave: a form, a page seen, a reply. Never changed."""

    __tablename__ = "touch"
    __table_args__ = (
        Index(None, "lead_id", "at"),
        Index(
            None,
            "activity_id",
            sqlite_where=text("activity_id IS NOT NULL"),
            postgresql_where=text("activity_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    lead_id: Mapped[Ref] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    signal: Mapped[str]
    at: Mapped[datetime]
    #: What was seen, sent or said: a path, a file, a form's name, a campaign.
    detail: Mapped[str] = mapped_column(default="")
    activity_id: Mapped[Ref | None]


class ScoreRule(Base):
    """What one signal is worth, as the company's admin set it."""

    __tablename__ = "score_rule"

    id: Mapped[Key]
    signal: Mapped[str]
    points: Mapped[int]
    words: Mapped[list[str]] = mapped_column(default=list)
    half_life: Mapped[int | None]
    cap: Mapped[int | None]
    expires: Mapped[int | None]
    at_least: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
