"""Leads: people who may buy, before there is an account or a deal."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.accounts.models import Reachable
from crm.database import Base, Folded, Money, Ref
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


class Lead(Reachable, Owned, Base):
    """A person or firm that showed interest. Converting it makes an account, contact and deal."""

    __tablename__ = "lead"
    __table_args__ = (
        Index(None, "owner_id", "status", "created_at"),
        Index(None, "team_id", "status", "created_at"),
        Index(None, "owner_id", "name_folded", "id"),
        Index(None, "name_folded", "id"),
        Index(None, "import_key"),
    )

    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Folded)
    company: Mapped[str | None]
    job_title: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=LeadStatus.NEW)
    heat: Mapped[str] = mapped_column(default=Heat.WARM)
    amount: Mapped[Money | None]
    currency: Mapped[str | None]
    disqualified_reason: Mapped[str | None]
    converted_at: Mapped[datetime | None]
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[Ref | None] = mapped_column(ForeignKey("contact.id"))
    deal_id: Mapped[Ref | None] = mapped_column(ForeignKey("deal.id", use_alter=True))

    @property
    def is_open(self) -> bool:
        """Whether somebody should still follow it up."""
        return self.status in (LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.LATER)
