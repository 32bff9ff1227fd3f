"""Dates and times in the reader's calendar, digits and order."""

from __future__ import annotations

import datetime as dt

from crm.i18n.catalogue import gettext as _
from crm.i18n.fold import to_persian_digits
from crm.i18n.formatting.bounds import local
from crm.i18n.locale import Locale, current_locale, use_locale
from crm.i18n.names import in_calendar, month_name, weekday_name


def date(
    day: dt.date,
    *,
    today: dt.date | None = None,
    weekday: bool = True,
    locale: Locale | None = None,
) -> str:
    """Return «سه‌شنبه ۳ آذر» or «Tue 24 Nov»; with its year unless `today` is in the same one."""
    return _written(day, today, weekday=weekday, short=True, locale=locale or current_locale())


def date_long(day: dt.date, *, today: dt.date | None = None, locale: Locale | None = None) -> str:
    """Return «Tuesday 24 November»: nothing abbreviated; the year as in `date`."""
    return _written(day, today, weekday=True, short=False, locale=locale or current_locale())


def date_numeric(day: dt.date, *, locale: Locale | None = None) -> str:
    """Return ۱۴۰۵/۰۹/۰۳ or 2026-11-24: what forms show and take back."""
    locale = locale or current_locale()
    separator = "/" if locale.calendar == "jalali" else "-"
    year, month, number = in_calendar(day, locale)
    return _digits(f"{year:04}{separator}{month:02}{separator}{number:02}", locale)


def time(instant: dt.datetime, *, locale: Locale | None = None) -> str:
    """Return 10:45 or ۱۰:۴۵ on the reader's clock, 24 hours."""
    locale = locale or current_locale()
    return _digits(f"{local(instant, locale=locale):%H:%M}", locale)


def datetime(
    instant: dt.datetime, *, today: dt.date | None = None, locale: Locale | None = None
) -> str:
    """Return «Tue 24 Nov, 10:45» or «سه‌شنبه ۳ آذر، ساعت ۱۰:۴۵»."""
    locale = locale or current_locale()
    day = date(local(instant, locale=locale).date(), today=today, locale=locale)
    with use_locale(locale):
        return _("%(date)s, %(time)s", date=day, time=time(instant, locale=locale))


def _written(
    day: dt.date, today: dt.date | None, *, weekday: bool, short: bool, locale: Locale
) -> str:
    year, month, number = in_calendar(day, locale)
    words = [str(number), month_name(month, locale, short=short)]
    if weekday:
        words.insert(0, weekday_name(day, locale, short=short))
    if today is None or in_calendar(today, locale)[0] != year:
        words.append(str(year))
    return _digits(" ".join(words), locale)


def _digits(text: str, locale: Locale) -> str:
    return to_persian_digits(text) if locale.digits == "fa" else text
