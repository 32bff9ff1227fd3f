"""What the tests of stops have in common: the limit, and short words for what people do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from crm.activities.commands import (
    log_activity,
)
from crm.database import db
from crm.deals.commands import update_deal
from crm.deals.models import Deal
from crm.stops.models import Stop
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer

#: In rials: 500 million toman, and one rial less.
LIMIT = 5_000_000_000
BELOW = LIMIT - 1
BIG = {
    "field": "amount",
    "comparison": "at_least",
    "value": "500 million",
    "currency": "IRT",
    "is_active": "on",
}


def opened(**wanted: Any) -> list[Stop]:
    db.session.expire_all()
    rows = select(Stop).where(Stop.lifted_at.is_(None)).order_by(Stop.at, Stop.id)
    return list(db.session.scalars(rows.filter_by(**wanted)))


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def kinds(**record_id: str) -> list[str]:
    found = select(TimelineEntry.kind).filter_by(**record_id).order_by(TimelineEntry.id)
    return [kind for kind in db.session.scalars(found) if "automation" in kind]


def grow(actor: Viewer, deal: Deal, amount: int = LIMIT) -> None:
    update_deal(actor, deal.id, {"amount": amount, "currency": "IRR"})


def call(actor: Viewer, outcome: str | None = "interested", **about: Any) -> str:
    payload = {"kind": "call", "outcome": outcome, **about}
    return str(log_activity(actor, payload)["activity_id"])
