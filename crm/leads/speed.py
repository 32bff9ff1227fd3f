"""How fast people answer the leads that came by themselves, for who answers for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import and_, or_, select

from crm.company.queries import get_company
from crm.database import db
from crm.leads.models import Lead
from crm.leads.routes import own_deadline, working_hours
from crm.leads.routing import starts
from crm.leads.touches import CLOSED
from crm.users.ownership import may_see
from crm.users.viewer import Viewer

SPAN = timedelta(days=30)
#: Enough for a median; the newest ones.
MOST_READ = 20_000
#: What is closed or put away asks for no answer: nobody missed it.
_WAITS = and_(Lead.status.not_in(CLOSED), Lead.archived_at.is_(None))


@dataclass(frozen=True)
class Speed:
    """Of a person's leads of the last days: how many were due, how many of them answered in time,
    and half of the answered were so within `minutes`, counted from the first working minute that
    the lead was his."""

    due: int
    in_time: int
    minutes: int | None


def speeds(viewer: Viewer, user_ids: Sequence[str], now: datetime) -> dict[str, Speed]:
    """Return the speed by person, of leads that the viewer sees; who had none is not in it."""
    rows = db.session.execute(
        select(Lead.owner_id, Lead.received_at, Lead.given_at, Lead.answered_at, Lead.reply_by)
        .where(Lead.owner_id.in_(user_ids), Lead.received_at >= now - SPAN)
        .where(may_see(Lead, viewer), or_(Lead.answered_at.is_not(None), _WAITS))
        .order_by(Lead.received_at.desc())
        .limit(MOST_READ)
    )
    company = get_company()
    hours = working_hours(company)
    waits: dict[str, list[float]] = defaultdict(list)
    due: dict[str, int] = defaultdict(int)
    in_time: dict[str, int] = defaultdict(int)
    for row in rows:
        owner, answered = str(row.owner_id), row.answered_at
        begun = row.given_at or row.received_at
        until = own_deadline(row.reply_by, row.given_at, hours, company.reply_within_minutes)
        if answered is not None:
            wait = answered - min(starts(hours, begun), max(answered, begun))
            waits[owner].append(max(wait.total_seconds(), 0) / 60)
        if answered is not None or until <= now:
            due[owner] += 1
            in_time[owner] += answered is not None and answered <= until
    return {owner: Speed(due[owner], in_time[owner], _middle(waits[owner])) for owner in due}


def _middle(minutes: list[float]) -> int | None:
    return round(median(minutes)) if minutes else None
