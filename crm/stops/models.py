"""The rules by which automation stops for a customer, and each time that it did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref

#: The rule that ships; one id, so that set-up and migration make it once.
SHIPPED = "00000000-0000-7000-8000-000000000500"
#: 500,000,000 toman.
SHIPPED_VALUE = 5_000_000_000


class StopRule(Base):
    """«A deal reaching 500,000,000 toman»: what is compared, with what, for whom, and who calls.

    No foreign keys: a pipeline, tag or person that goes leaves a rule that says so.
    """

    __tablename__ = "stop_rule"

    id: Mapped[Key]
    #: A key of `crm/stops/fields.py`.
    field: Mapped[str]
    comparison: Mapped[str]
    #: Money in the currency's smallest unit, else per cent or points.
    value: Mapped[int]
    #: Of money alone: a deal in another currency is not compared.
    currency: Mapped[str | None]
    #: Where it holds; empty: everywhere.
    pipeline_id: Mapped[Ref | None]
    tag_id: Mapped[Ref | None]
    #: Who is told and calls; empty: the manager of the owner's team.
    user_id: Mapped[Ref | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Stop(Base):
    """One crossing of a rule by a deal or a lead. Open until `lifted_at`.

    A lifted one stands for its crossing until the record no longer meets the rule: `over_at`. Only
    then can there be another, so that a deal which was called about is not stopped at every change.
    """

    __tablename__ = "stop"
    __table_args__ = (
        Index("uq_stop_of_deal", "rule_id", "deal_id", unique=True, **_where("over_at IS NULL")),
        Index("uq_stop_of_lead", "rule_id", "lead_id", unique=True, **_where("over_at IS NULL")),
        Index("ix_stop_open", "account_id", **_where("lifted_at IS NULL")),
        Index(None, "deal_id"),
        Index(None, "lead_id"),
        Index("ix_stop_activity", "lifted_activity_id", **_where("lifted_activity_id IS NOT NULL")),
    )

    id: Mapped[Key]
    rule_id: Mapped[Ref]
    #: The rule and the value as they were: field, comparison, value, currency, actual.
    reason: Mapped[dict[str, Any]]
    deal_id: Mapped[Ref | None] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    lead_id: Mapped[Ref | None] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: Whose it was then: a deal that is given to another account leaves neither free.
    account_id: Mapped[Ref | None]
    contact_id: Mapped[Ref | None]
    at: Mapped[datetime]
    told_user_id: Mapped[Ref | None]
    #: How often it was told: a call that is taken back tells it again.
    round: Mapped[int] = mapped_column(default=1)
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[Ref | None]
    lifted_why: Mapped[str | None]
    lifted_activity_id: Mapped[Ref | None]
    over_at: Mapped[datetime | None]
