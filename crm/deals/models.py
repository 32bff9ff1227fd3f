"""Pipelines, their stages, and deals."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.database import Base, Folded, Key, Money, Ref
from crm.i18n import N_, _
from crm.users.ownership import Owned


class StageKind(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


#: Names of the stages that ship, by `Stage.key`; a renamed stage carries its own name.
STAGE_NAMES = {
    "lead": N_("Lead"),
    "qualified": N_("Qualified"),
    "proposal": N_("Proposal"),
    "won": N_("Won"),
    "lost": N_("Lost"),
}
LOST_REASONS = {
    "price": N_("Price"),
    "competitor": N_("Competitor"),
    "timing": N_("Timing"),
    "no_need": N_("No need"),
    "no_answer": N_("No answer"),
    "other": N_("Other"),
}


class Pipeline(Base):
    __tablename__ = "pipeline"

    id: Mapped[Key]
    #: Empty for the one that ships, which is named in the reader's language.
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        return self.name or _("Sales")


class Stage(Base):
    """A step of a pipeline. Every pipeline has open stages, one won and one lost."""

    __tablename__ = "stage"
    __table_args__ = (Index(None, "pipeline_id", "position"),)

    id: Mapped[Key]
    pipeline_id: Mapped[Ref] = mapped_column(ForeignKey("pipeline.id"))
    key: Mapped[str | None]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default=StageKind.OPEN)
    position: Mapped[int]
    #: Chance of winning from here, in per cent, unless the deal has its own.
    probability: Mapped[int]
    archived_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        """Its name as the reader says it."""
        return self.name or _(STAGE_NAMES.get(self.key or "", "?"))


class Deal(Owned, Base):
    """A possible sale. It is open until `closed_at`; `status` repeats its stage's kind."""

    __tablename__ = "deal"
    __table_args__ = (
        Index(
            "ix_deal_owner_open",
            "owner_id",
            "pipeline_id",
            "stage_id",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_deal_team_open",
            "team_id",
            "pipeline_id",
            "stage_id",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index(None, "owner_id", "closed_at"),
        Index(None, "team_id", "closed_at"),
        Index(None, "account_id", "status"),
        Index(None, "stage_id", "stage_entered_at"),
        Index(None, "import_key"),
    )

    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(Folded)
    account_id: Mapped[Ref | None] = mapped_column(ForeignKey("account.id"))
    contact_id: Mapped[Ref | None] = mapped_column(ForeignKey("contact.id"), index=True)
    product_id: Mapped[Ref | None] = mapped_column(ForeignKey("product.id"))
    pipeline_id: Mapped[Ref] = mapped_column(ForeignKey("pipeline.id"))
    stage_id: Mapped[Ref] = mapped_column(ForeignKey("stage.id"))
    status: Mapped[str] = mapped_column(default=StageKind.OPEN)
    amount: Mapped[Money | None]
    currency: Mapped[str]
    probability: Mapped[int | None]
    expected_close_on: Mapped[date | None]
    lost_reason: Mapped[str | None]
    source: Mapped[str | None]
    needs: Mapped[str | None]
    description: Mapped[str | None]
    opened_on: Mapped[date]
    stage_entered_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.status == StageKind.OPEN

    def weighted(self, stage: Stage) -> int:
        """Return amount × chance, in the currency's smallest unit, rounded down."""
        chance = stage.probability if self.probability is None else self.probability
        return (self.amount or 0) * chance // 100

    def move_to(self, stage: Stage, lost_reason: str | None = None) -> None:
        """Stand in `stage` from now on; the caller has checked the pipeline and the reason."""
        now = clock.now()
        self.stage_id = stage.id
        self.pipeline_id = stage.pipeline_id
        self.status = stage.kind
        self.stage_entered_at = now
        self.closed_at = None if stage.kind == StageKind.OPEN else now
        self.lost_reason = lost_reason if stage.kind == StageKind.LOST else None
        self.touch()


class DealContact(Base):
    """A person's part in a deal: who decides, who uses it, who pays."""

    __tablename__ = "deal_contact"

    deal_id: Mapped[Ref] = mapped_column(ForeignKey("deal.id"), primary_key=True)
    contact_id: Mapped[Ref] = mapped_column(ForeignKey("contact.id"), primary_key=True, index=True)
    part: Mapped[str | None]
