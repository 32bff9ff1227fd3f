"""What is told at nine of somebody's morning: the day's promises, what is overdue, quiet deals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm import clock
from crm.accounts.models import Account
from crm.activities.models import Activity
from crm.alerts.kinds import AlertKind
from crm.alerts.timing import day_ends
from crm.company.queries import get_company
from crm.database import command, db
from crm.deals.models import Deal, StageKind
from crm.i18n import formatting, ngettext
from crm.reactions.due import promised, until_midnight
from crm.reactions.news import Named, News, language_of, named_for, part_of, send
from crm.reactions.nine import mornings
from crm.reactions.noticing import notice, unnoticed
from crm.reactions.planned import due, tell_of
from crm.users.crew import Reached, read_crew
from crm.users.viewer import Viewer

#: A deal that was quiet for longer than this when we first looked is no news.
_FRESHLY_QUIET = timedelta(days=7)


def _promised_in(parts: Sequence[tuple[list[str], datetime, datetime]]) -> ColumnElement[bool]:
    """Each part by the index of a person's planned activities."""
    return or_(
        *(
            and_(Activity.owner_id.in_(people), Activity.due_at >= begin, Activity.due_at < end)
            for people, begin, end in parts
        )
    )


@command
def tell_days_promises(_actor: Viewer, most: int = 100) -> int:
    """Tell of what was promised for today without an hour; return how many."""
    today = [(people, day.starts, day.ends) for day, people in mornings().items()]
    if not today:
        return 0
    rows = due("promise", most, _promised_in(today), ~Activity.has_time)
    return tell_of(AlertKind.PROMISE_DUE, "promise", rows, until_midnight, promised)


@command
def tell_overdue(_actor: Viewer, most: int = 100) -> int:
    """Tell of promises that were not kept, on the next working morning and never again."""
    late = [
        (people, day.last_work, day.starts) for day, people in mornings().items() if day.is_work
    ]
    if not late:
        return 0
    # What was planned for a day gone by came from a file, or late from a phone.
    is_news = Activity.created_at < Activity.due_at
    rows = due("overdue", most, _promised_in(late), is_news)

    def until(_row: Any, to: Reached) -> datetime:
        return day_ends(to.viewer.locale.tz, clock.now())

    return tell_of(AlertKind.PROMISE_OVERDUE, "overdue", rows, until, promised)


@command
def tell_quiet_deals(_actor: Viewer, most: int = 100) -> int:
    """Tell of deals without a next step that nobody touched for long: once per quiet time."""
    here = [one for day, people in mornings().items() if day.is_work for one in people]
    rows = _quiet(here, most) if here else []
    if not rows:
        return 0
    mine = notice("quiet", ((row.id, row.since) for row in rows))
    crew, now = read_crew(), clock.now()
    for row in rows:
        to = crew.reach(row.owner_id, row, now) if row.id in mine else None
        if to is not None:
            send(_news_of(row, to, now))
    return len(rows)


def _quiet(people: Sequence[str], most: int) -> Sequence[Any]:
    since = func.coalesce(Deal.last_activity_at, Deal.stage_entered_at)
    turned_quiet = clock.now() - timedelta(days=get_company().quiet_days)
    planned = (
        select(Activity.id)
        .where(Activity.deal_id == Deal.id)
        .where(Activity.done_at.is_(None), Activity.archived_at.is_(None))
        .exists()
    )
    return db.session.execute(
        select(
            Deal.id,
            Deal.name,
            Deal.amount,
            Deal.currency,
            Deal.owner_id,
            Deal.team_id,
            Deal.account_id,
            Account.name.label("account_name"),
            Account.owner_id.label("account_owner_id"),
            Account.team_id.label("account_team_id"),
            Account.phones.label("account_phones"),
            since.label("since"),
        )
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(Deal.owner_id.in_(people), Deal.status == StageKind.OPEN.value)
        .where(Deal.archived_at.is_(None), ~planned)
        .where(since < turned_quiet, since >= turned_quiet - _FRESHLY_QUIET)
        # One that a file brought yesterday was not left alone by us.
        .where(Deal.created_at < turned_quiet, unnoticed("quiet", Deal.id, since))
        .order_by(func.coalesce(Deal.amount, 0).desc(), Deal.id)
        .limit(most)
        .with_for_update(of=Deal, skip_locked=True, key_share=True)
    ).all()


def _news_of(row: Any, to: Reached, now: datetime) -> News:
    with language_of(to.viewer):
        days = (now - row.since).days
        line = ngettext(
            "Quiet for %(num)s day, no next step", "Quiet for %(num)s days, no next step", days
        )
        amount = formatting.money(row.amount, row.currency) if row.amount else ""
    around: Named = named_for(to.viewer, company=part_of(row, "account"))
    return News(
        to,
        AlertKind.DEAL_QUIET,
        f"quiet:{row.id}:{row.since.isoformat()}",
        f"/deals/{row.id}",
        f"deal:{row.id}",
        {
            "name": row.name,
            "company": around.company,
            "phone": around.phone,
            "line": " · ".join(part for part in (amount, line) if part),
        },
        records={"deal_id": row.id, "account_id": row.account_id},
    )
