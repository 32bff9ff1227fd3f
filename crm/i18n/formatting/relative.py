"""Times as seen from now: how long ago, how late, which day of this week."""

from __future__ import annotations

import datetime as dt

from crm.i18n.catalogue import gettext as _
from crm.i18n.catalogue import ngettext, pgettext
from crm.i18n.formatting.bounds import local
from crm.i18n.formatting.dates import date, time
from crm.i18n.locale import Locale, current_locale, use_locale
from crm.i18n.names import weekday_name

_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
# A little before midnight is still "2 hours ago", not "yesterday".
_SAID_IN_HOURS = dt.timedelta(hours=12)
_DAYS_COUNTED = 30
_WEEK = 7


def ago(instant: dt.datetime, now: dt.datetime, *, locale: Locale | None = None) -> str:
    """Return «just now», «5 min ago», «yesterday», «12 days ago»; a date beyond a month.

    What a fast clock dated in the future is «just now» too.
    """
    with use_locale(locale or current_locale()):
        elapsed, days_past = now - instant, _days_between(instant, now)
        if elapsed < _MINUTE:
            return _("just now")
        if elapsed < _HOUR:
            return ngettext("%(num)s min ago", "%(num)s min ago", elapsed // _MINUTE)
        if days_past == 0 or elapsed < _SAID_IN_HOURS:
            return ngettext("%(num)s hour ago", "%(num)s hours ago", elapsed // _HOUR)
        if days_past == 1:
            return _("yesterday")
        if days_past <= _DAYS_COUNTED:
            return ngettext("%(num)s day ago", "%(num)s days ago", days_past)
        return _date(instant, now)


def days(n: int, *, locale: Locale | None = None) -> str:
    """Return «21 days» or «۲۱ روز»."""
    with use_locale(locale or current_locale()):
        return ngettext("%(num)s day", "%(num)s days", n)


def due(
    instant: dt.datetime,
    now: dt.datetime,
    has_time: bool = True,
    *,
    locale: Locale | None = None,
) -> str:
    """Return when something is due: «by 12:00», «2 days late», «Tomorrow», «Fri 10:00».

    Without a time of day it is due until the end of its local day.
    """
    with use_locale(locale or current_locale()):
        days_ahead = -_days_between(instant, now)
        if days_ahead < 0:
            return ngettext("%(num)s day late", "%(num)s days late", -days_ahead)
        if days_ahead == 0:
            return _due_today(instant, now) if has_time else _("Today")
        if not has_time:
            return _("Tomorrow") if days_ahead == 1 else _date(instant, now)
        if days_ahead == 1:
            return _("Tomorrow %(time)s", time=time(instant))
        if days_ahead < _WEEK:
            return _("%(day)s %(time)s", day=_weekday(instant), time=time(instant))
        return _("%(date)s, %(time)s", date=_date(instant, now), time=time(instant))


def timeline_time(
    instant: dt.datetime,
    now: dt.datetime,
    has_time: bool = True,
    *,
    locale: Locale | None = None,
) -> str:
    """Return the short time at a timeline row's end: 10:45, Today, Yesterday, Thu, 16 Nov."""
    with use_locale(locale or current_locale()):
        days_past = _days_between(instant, now)
        if days_past == 0:
            # Persian says the day too («امروز ۱۰:۴۵»), hence the context.
            return pgettext("today at", "%(time)s", time=time(instant)) if has_time else _("Today")
        if days_past == 1:
            return _("Yesterday")
        if 1 < days_past < _WEEK:
            return _weekday(instant)
        return _date(instant, now, weekday=False)


def _due_today(instant: dt.datetime, now: dt.datetime) -> str:
    late = now - instant
    if late < _MINUTE:
        return _("by %(time)s", time=time(instant))
    if late < _HOUR:
        return ngettext("%(num)s min late", "%(num)s min late", late // _MINUTE)
    return ngettext("%(num)s hour late", "%(num)s hours late", late // _HOUR)


def _days_between(instant: dt.datetime, now: dt.datetime) -> int:
    return (local(now).date() - local(instant).date()).days


def _date(instant: dt.datetime, now: dt.datetime, *, weekday: bool = True) -> str:
    return date(local(instant).date(), today=local(now).date(), weekday=weekday)


def _weekday(instant: dt.datetime) -> str:
    return weekday_name(local(instant).date(), current_locale(), short=True)
