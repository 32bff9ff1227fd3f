"""A lead that its owner has not answered in time is told to him, once each time he got it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from crm import clock
from crm.alerts.kinds import AlertKind
from crm.company.queries import get_company
from crm.database import command, db
from crm.leads.models import Heat, Lead, LeadStatus
from crm.leads.routes import own_deadline, working_hours
from crm.reactions.news import News, is_past, send
from crm.reactions.noticing import notice, unnoticed
from crm.reactions.scene import LEAD, lead_words
from crm.users.crew import Reached, read_crew
from crm.users.viewer import Viewer

#: Whoever got a lead later than this after it was to be answered has a task, not a clock.
_FRESH = timedelta(days=3)
#: Read for one that is told: whose night it is only their own hours say.
_READ = 10


@command
def tell_waiting_leads(_actor: Viewer, most: int = 100) -> int:
    """Tell owners of hot and warm leads whose time to answer is over; return how many.

    One that nobody took goes on to the next person instead, and one put off is not waiting.
    """
    now, company = clock.now(), get_company()
    hours, within = working_hours(company), company.reply_within_minutes
    late = [
        row
        for row in _unanswered(now, timedelta(minutes=within), most)
        if own_deadline(row.reply_by, row.given_at, hours, within) <= now
    ][:most]
    mine = notice("waiting", ((row.id, row.since) for row in late))
    if not mine:
        return 0
    crew = read_crew()
    for row in late:
        until = own_deadline(row.reply_by, row.given_at, hours, within)
        to = crew.reach(row.owner_id, row, now) if row.id in mine else None
        if to is not None and not is_past(AlertKind.LEAD_WAITING, until):
            send(_news_of(row, to))
    return len(mine)


def _unanswered(now: datetime, within: timedelta, most: int) -> list[Any]:
    since = func.coalesce(Lead.given_at, Lead.reply_by)
    query = (
        select(*LEAD, Lead.reply_by, Lead.given_at, since.label("since"))
        .where(Lead.reply_by <= now, Lead.reply_by > now - _FRESH)
        .where(or_(Lead.given_at.is_(None), Lead.given_at <= now - within))
        .where(Lead.answered_at.is_(None), Lead.pass_at.is_(None), Lead.owner_id.is_not(None))
        .where(Lead.status.in_([LeadStatus.NEW.value, LeadStatus.WORKING.value]))
        .where(Lead.heat != Heat.COLD.value, Lead.archived_at.is_(None))
        .where(unnoticed("waiting", Lead.id, since))
        .order_by(Lead.reply_by, Lead.id)
        .limit(most * _READ)
        .with_for_update(of=Lead, skip_locked=True, key_share=True)
    )
    return list(db.session.execute(query))


def _news_of(row: Any, to: Reached) -> News:
    return News(
        to,
        AlertKind.LEAD_WAITING,
        f"waiting:{row.id}:{row.since.isoformat()}",
        f"/leads/{row.id}",
        f"lead:{row.id}",
        {**lead_words(row), "line": row.needs or row.source},
        records={"lead_id": row.id},
    )
