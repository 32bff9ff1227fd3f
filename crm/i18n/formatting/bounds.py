"""Where a local day or week begins and ends, also where clocks skip or repeat midnight."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from crm.i18n.locale import Locale, current_locale

_ONE_DAY = dt.timedelta(days=1)


def local(instant: dt.datetime, *, locale: Locale | None = None) -> dt.datetime:
    """Return the aware instant on the reader's clock."""
    return instant.astimezone((locale or current_locale()).tz)


def day_bounds(day: dt.date, tz: str | ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Return the UTC instants from (included) and to (excluded) which it is this day there."""
    zone = ZoneInfo(tz) if isinstance(tz, str) else tz
    return _day_start(day, zone), _day_start(day + _ONE_DAY, zone)


def week_dates(day: dt.date, *, locale: Locale | None = None) -> tuple[dt.date, dt.date]:
    """Return the first day of this day's week and of the next: Saturday or Monday."""
    start = (locale or current_locale()).week_start
    first = day - dt.timedelta(days=(day.weekday() - start) % 7)
    return first, first + 7 * _ONE_DAY


def week_bounds(day: dt.date, *, locale: Locale | None = None) -> tuple[dt.datetime, dt.datetime]:
    """Return the UTC instants between which the reader's week of this day lies."""
    locale = locale or current_locale()
    first, following = week_dates(day, locale=locale)
    return _day_start(first, locale.tz), _day_start(following, locale.tz)


def _day_start(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=zone)
    start = midnight.astimezone(dt.UTC)
    if start.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start
    # Midnight does not exist here: the day begins when the clock jumped over it.
    before, after = midnight.replace(fold=1).astimezone(dt.UTC), start
    while after - before > dt.timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            after = middle
    return after
