"""What an account or a person has bought, lost and has open: the sales record of the 360."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from crm.database import db
from crm.deals.models import Deal, DealContact, Stage, StageKind
from crm.products.models import Product
from crm.users.ownership import may_see
from crm.users.viewer import Viewer

Sums = list[tuple[str, int]]
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Record:
    """Counts, and sums as pairs of currency and amount, by what became of the deals."""

    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Sums] = field(default_factory=dict)
    last_won_at: datetime | None = None


def _of(contact_id: str | None, account_id: str | None) -> ColumnElement[bool]:
    if account_id:
        return Deal.account_id == account_id
    parts = select(DealContact.deal_id).where(DealContact.contact_id == contact_id)
    return or_(Deal.contact_id == contact_id, Deal.id.in_(parts))


def sales_record(
    viewer: Viewer, *, contact_id: str | None = None, account_id: str | None = None
) -> Record:
    """Return what the viewer may see of the deals with an account, or else a contact."""
    rows = db.session.execute(
        select(
            Deal.status,
            Deal.currency,
            func.count(),
            func.sum(func.coalesce(Deal.amount, 0)),
            func.max(Deal.closed_at),
        )
        .where(_of(contact_id, account_id), may_see(Deal, viewer), Deal.archived_at.is_(None))
        .group_by(Deal.status, Deal.currency)
    )
    record = Record()
    for status, currency, count, amount, last in rows:
        record.counts[status] = record.counts.get(status, 0) + count
        record.sums.setdefault(status, []).append((currency, int(amount or 0)))
        if status == StageKind.WON and last and last > (record.last_won_at or _NEVER):
            record.last_won_at = last
    return record


def deals_of(
    viewer: Viewer,
    *,
    contact_id: str | None = None,
    account_id: str | None = None,
    limit: int = 10,
) -> Sequence[Any]:
    """Return the visible deals with an account or contact, open ones furthest along first."""
    return db.session.execute(
        select(
            Deal.id,
            Deal.name,
            Deal.amount,
            Deal.currency,
            Deal.status,
            Deal.stage_id,
            Deal.pipeline_id,
            Deal.stage_entered_at,
            Deal.closed_at,
            Deal.lost_reason,
        )
        .join(Stage, Stage.id == Deal.stage_id)
        .where(_of(contact_id, account_id), may_see(Deal, viewer), Deal.archived_at.is_(None))
        .order_by(
            case((Deal.status == StageKind.OPEN.value, 0), else_=1),
            case((Deal.status == StageKind.OPEN.value, Stage.position), else_=0).desc(),
            Deal.closed_at.desc(),
            Deal.updated_at.desc(),
            Deal.id,
        )
        .limit(limit)
    ).all()


@dataclass(frozen=True)
class Purchases:
    """How somebody buys: what, how often, and the usual days between two purchases."""

    products: list[tuple[str, int]]
    usual_days: int | None


#: Fewer purchases than this say nothing about a habit.
FEWEST_FOR_A_HABIT = 3


def purchases_of(
    viewer: Viewer, *, contact_id: str | None = None, account_id: str | None = None
) -> Purchases:
    """Return the purchase behaviour that the deals won show.

    The usual days are the median of the gaps between the last purchases; none under three of them.
    """
    won = (
        _of(contact_id, account_id),
        may_see(Deal, viewer),
        Deal.status == StageKind.WON.value,
        Deal.archived_at.is_(None),
    )
    products = db.session.execute(
        select(Product.name, func.count())
        .join(Deal, Deal.product_id == Product.id)
        .where(*won)
        .group_by(Product.id, Product.name)
        .order_by(func.count().desc(), Product.name)
        .limit(5)
    )
    days = list(
        db.session.scalars(
            select(Deal.closed_at).where(*won).order_by(Deal.closed_at.desc()).limit(20)
        )
    )
    gaps = [(later - earlier).days for later, earlier in pairwise(filter(None, days))]
    habit = int(median(gaps)) if len(days) >= FEWEST_FOR_A_HABIT else None
    return Purchases([(name, count) for name, count in products], habit or None)
