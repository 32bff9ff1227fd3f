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


#: Somebody should still follow it up.
OPEN_STATUSES = (LeadStatus.NEW.value, LeadStatus.WORKING.value, LeadStatus.LATER.value)


class Heat(StrEnum):
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


HEAT_NAMES = {Heat.HOT: N_("Hot"), Heat.WARM: N_("Warm"), Heat.COLD: N_("Cold")}


_ORDER = ("heat", "created_at", "id")


def _where(name: str, filled: str, *columns: str) -> Index:
    there = text(f"{filled} IS NOT NULL")
    return Index(name, *columns, sqlite_where=there, postgresql_where=there)


class Lead(Reachable, Owned, Base):
    """A person or firm that showed interest. Converting it makes an account, contact and deal."""

    __tablename__ = "lead"
    __table_args__ = (
        # The list walks one of these in its order, a status and a heat at a time (lists.py).
        Index("ix_lead_of_owner", "owner_id", "status", *_ORDER),
        Index("ix_lead_of_team", "team_id", "status", *_ORDER),
        Index("ix_lead_of_all", "status", *_ORDER),
        Index("ix_lead_of_source", "source", "status", *_ORDER),
        Index(None, "owner_id", "received_at"),
        _where("ix_lead_archived_of_owner", "archived_at", "owner_id", *_ORDER),
        _where("ix_lead_archived_of_team", "archived_at", "team_id", *_ORDER),
        _where("ix_lead_archived_of_all", "archived_at", *_ORDER),
        _where("ix_lead_pass_at", "pass_at", "pass_at"),
        _where("ix_lead_reply_by", "reply_by", "reply_by"),
        Index(None, "owner_id", "name_folded", "id"),
        Index(None, "name_folded", "id"),
        Index(None, "import_key"),
        Index(None, "rules_version"),
        _where("ix_lead_account_id", "account_id", "account_id"),
        _where("ix_lead_contact_id", "contact_id", "contact_id"),
        _where("ix_lead_deal_id", "deal_id", "deal_id"),
        _where("ix_lead_cools_at", "cools_at", "cools_at"),
        _where("ix_lead_card_at", "card_at", "owner_id", "card_at"),
        _where("ix_lead_consent_at", "consent_at", "consent_at"),
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
    #: When it came by itself, when somebody took it, and when somebody first spoke to it.
    received_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    #: Until when the company wants it answered; counted in working minutes from its first second.
    reply_by: Mapped[datetime | None]
    #: When it came to who has it now: his own time to answer runs from then on.
    given_at: Mapped[datetime | None]
    #: When it goes on to the next person, if nobody takes it; whom it was given to so far, by
    #: which rule.
    pass_at: Mapped[datetime | None]
    offered_to: Mapped[list[str] | None]
    routing_rule_id: Mapped[Ref | None]
    #: When it first agreed, on a form, to hear from us (crm/forms/ keeps the words).
    consent_at: Mapped[datetime | None]
    amount: Mapped[Money | None]
    currency: Mapped[str | None]
    disqualified_reason: Mapped[str | None]
    converted_at: Mapped[datetime | None]
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[Ref | None] = mapped_column(ForeignKey("contact.id"))
    deal_id: Mapped[Ref | None] = mapped_column(ForeignKey("deal.id", use_alter=True))
    #: When its card was photographed, as long as nobody has typed what stands on it.
    card_at: Mapped[datetime | None]
    #: What the conversion made and filled, to undo it by (crm/conversions/memory.py).
    conversion: Mapped[dict[str, Any] | None]

    @property
    def is_open(self) -> bool:
        """Whether somebody should still follow it up."""
        return self.status in OPEN_STATUSES


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


class RoutingRule(Base):
    """Who gets the leads of a kind, in the order of the rules; the first that has somebody wins."""

    __tablename__ = "routing_rule"

    id: Mapped[Key]
    name: Mapped[str]
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    source_words: Mapped[list[str]] = mapped_column(default=list)
    city_words: Mapped[list[str]] = mapped_column(default=list)
    product_words: Mapped[list[str]] = mapped_column(default=list)
    min_heat: Mapped[str] = mapped_column(default=Heat.COLD)
    team_id: Mapped[Ref | None] = mapped_column(ForeignKey("team.id"))
    user_id: Mapped[Ref | None] = mapped_column(ForeignKey("user.id"))
    way: Mapped[str]
    #: How many leads it gave away, and by person the number of the last one that was his.
    turn: Mapped[int] = mapped_column(default=0)
    turns: Mapped[dict[str, Any]] = mapped_column(default=dict)
