"""For whom it is past nine in the morning, and what sort of day that is for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from crm import clock
from crm.alerts.settings import habits_of
from crm.alerts.timing import Habits, day_begins, day_ends, instant, is_work
from crm.company.holidays import previous_working_day, told_on
from crm.database import db
from crm.users.models import User

NINE, EVENING = 9 * 60, 20 * 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Morning:
    """When today begins and ends for some people, and the last working day before it began."""

    today: date
    starts: datetime
    ends: datetime
    #: Until then a customer's day is worth telling.
    evening: datetime
    last_work: datetime
    is_work: bool
    #: The customers' days of which they hear today.
    told_days: tuple[date, ...]


def mornings() -> dict[Morning, list[str]]:
    """Return the active people for whom it is past nine, by what their day is like."""
    now, found = clock.now(), defaultdict(list)
    active = list(db.session.scalars(select(User.id).where(User.is_active).order_by(User.id)))
    for user_id, (habits, _settings) in habits_of(active).items():
        today = now.astimezone(habits.zone).date()
        if now >= instant(habits, today, NINE):
            found[_morning(habits, today, now)].append(user_id)
    return found


def _morning(habits: Habits, today: date, now: datetime) -> Morning:
    week = (habits.work_days, habits.holidays)
    last = previous_working_day(*week, today) or today - DAY
    return Morning(
        today,
        day_begins(habits, now),
        day_ends(habits.zone, now),
        instant(habits, today, EVENING),
        instant(habits, last, 0),
        is_work(habits, today),
        told_on(*week, today),
    )
