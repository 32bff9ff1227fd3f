"""When a phone may ring: quiet hours, working week, holidays and the day's budget, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.alerts.kinds import KINDS, AlertKind, Channel
from crm.schema import WHOLE_DAY

DAY = timedelta(days=1)


class Fate(StrEnum):
    """What becomes of an alert now; it stands in the inbox in any case but `OFF`."""

    RING = "ring"
    MAIL = "mail"
    LATER = "later"
    DIGEST = "digest"
    INBOX = "inbox"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Habits:
    """How one person wants to be told; minutes of his day, days as `date.weekday()` counts."""

    zone: ZoneInfo
    quiet_from: int = 21 * 60
    quiet_until: int = 8 * 60
    work_days: frozenset[int] = frozenset({5, 6, 0, 1, 2})
    holidays: frozenset[date] = frozenset()
    budget: int = 6
    digest_at: int = 8 * 60 + 30
    crosses: frozenset[str] = frozenset()
    has_push: bool = True


@dataclass(frozen=True)
class Verdict:
    fate: Fate
    #: For LATER: when it is decided anew.
    at: datetime | None = None


def decide(
    kind: AlertKind,
    channel: Channel,
    habits: Habits,
    now: datetime,
    expires_at: datetime,
    rung_today: int,
) -> Verdict:
    """Say how an alert is told at `now`; `rung_today` counts the day's pushes under the budget.

    Never rings in quiet hours unless the kind is urgent and the person let it cross.
    """
    spec = KINDS[kind]
    if now >= expires_at:
        return Verdict(Fate.EXPIRED)
    if channel in (Channel.INBOX, Channel.OFF):
        return Verdict(Fate.INBOX)
    if channel == Channel.EMAIL:
        return Verdict(Fate.MAIL)
    if not habits.has_push:
        by_mail = spec.is_urgent or kind == AlertKind.DIGEST
        return Verdict(Fate.MAIL if by_mail else Fate.DIGEST)
    if is_quiet(habits, now) and not (spec.is_urgent and kind in habits.crosses):
        over = quiet_over(habits, now)
        return Verdict(Fate.LATER, over) if over < expires_at else Verdict(Fate.DIGEST)
    if spec.is_urgent:
        return Verdict(Fate.RING)
    if not spec.has_own_hour and kind != AlertKind.DIGEST and not works_on(habits, now):
        return Verdict(Fate.DIGEST)
    # The digest is one, and stands for what no longer had room.
    if kind != AlertKind.DIGEST and rung_today >= habits.budget:
        return Verdict(Fate.DIGEST)
    return Verdict(Fate.RING)


def is_quiet(habits: Habits, at: datetime) -> bool:
    """Whether an instant lies in the person's quiet hours."""
    minute = _minute(habits, at)
    begin, end = habits.quiet_from, habits.quiet_until
    if begin < end:
        return begin <= minute < end
    return begin != end and (minute >= begin or minute < end)


def quiet_over(habits: Habits, at: datetime) -> datetime:
    """Return when the quiet hours that `at` lies in are over."""
    day = at.astimezone(habits.zone).date()
    end = instant(habits, day, habits.quiet_until)
    return end if end > at else instant(habits, day + DAY, habits.quiet_until)


def works_on(habits: Habits, at: datetime) -> bool:
    """Whether the day of an instant is one on which the person works."""
    return is_work(habits, at.astimezone(habits.zone).date())


def is_work(habits: Habits, day: date) -> bool:
    """Whether the person works on a day of his own."""
    return day.weekday() in habits.work_days and day not in habits.holidays


def digest_is_due(habits: Habits, now: datetime, last_on: date | None) -> bool:
    """Whether the morning digest is to be made: once a working day, not before its hour."""
    today = now.astimezone(habits.zone).date()
    if last_on is not None and last_on >= today:
        return False
    late_enough = _minute(habits, now) >= habits.digest_at
    return late_enough and is_work(habits, today) and not is_quiet(habits, now)


def day_begins(habits: Habits, at: datetime) -> datetime:
    """Return the midnight that begins the person's day."""
    return instant(habits, at.astimezone(habits.zone).date(), 0)


def day_ends(zone: ZoneInfo, at: datetime) -> datetime:
    """Return the midnight that ends the day of an instant in a zone, in UTC."""
    return _instant(zone, at.astimezone(zone).date() + DAY, 0)


def instant(habits: Habits, day: date, minutes: int) -> datetime:
    """Return a minute of a person's day in UTC."""
    return _instant(habits.zone, day, minutes)


def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    # The hour on the wall: where a clock is put forward at midnight, adding minutes would be off.
    day += DAY * (minutes // WHOLE_DAY)
    minutes %= WHOLE_DAY
    wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
    return wall.astimezone(UTC)


def _minute(habits: Habits, at: datetime) -> int:
    local = at.astimezone(habits.zone)
    return local.hour * 60 + local.minute
