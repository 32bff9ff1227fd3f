"""Dates and times of day as people type them into a form, in either calendar."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from crm.i18n import jalali
from crm.i18n.catalogue import gettext as _
from crm.i18n.fold import fold
from crm.i18n.formatting.dates import date_numeric
from crm.i18n.locale import Locale, current_locale, use_locale
from crm.i18n.names import GREGORIAN_MONTHS, SHORT, WEEKDAYS, in_calendar, month_name
from crm.i18n.numerals import number

_LONGEST: Final = 60
_SHOWN: Final = dt.date(2026, 11, 24)
# By their magnitude years say which calendar they are of.
_JALALI_YEARS: Final = range(1300, 1600)
_GREGORIAN_YEARS: Final = range(1800, 2300)
_MONTHS_IN_YEAR: Final = 12
_YEAR_DIGITS: Final = 4
_PARTS: Final = re.compile(r"(\d{1,4})[-/.\s](\d{1,2})[-/.\s](\d{1,4})")
_MONTH_AND_DAY: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})")
_EIGHT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_MONTH_WORD: Final = re.compile(r"(\d{1,2})\s*([^\W\d]+)(?:\s+(\d{2,4}))?")


def _folded_months() -> dict[str, tuple[str, int]]:
    months = {}
    for calendar, table in (("jalali", jalali.MONTHS), ("gregorian", GREGORIAN_MONTHS)):
        for language, names in table.items():
            for position, name in enumerate(names, start=1):
                months[fold(name)] = (calendar, position)
                if language == "en" and calendar == "gregorian":
                    months[fold(name)[:SHORT]] = (calendar, position)
    return months


_MONTH_WORDS: Final = _folded_months() | {"امرداد": ("jalali", 5), "sept": ("gregorian", 9)}
_WEEKDAY_WORDS: Final = frozenset(
    {fold(name) for names in WEEKDAYS.values() for name in names}
    | {name[:SHORT].lower() for name in WEEKDAYS["en"]}
    | {"پنج شنبه", "سه شنبه", "چهار شنبه", "یک شنبه", "دو شنبه"}
)


def parse_date(text: str, locale: Locale | None = None, today: dt.date | None = None) -> dt.date:
    """Return the date typed: 1405/9/3, ۱۴۰۵-۰۹-۰۳, 2026-11-24, 24/11/2026, «۳ آذر», 24 Nov.

    A year of 13xx to 15xx is Jalali, others Gregorian; a year of two digits, or none (then `today`
    gives it), is of the reader's calendar. ValueError carries the sentence for the reader.
    """
    locale = locale or current_locale()
    with use_locale(locale):
        typed = _without_weekday(re.sub(r"[،,]", " ", fold(text[: _LONGEST * 2])))
        if not typed:
            raise ValueError(_("Write a date, such as %(example)s.", example=_example(today)))
        found = _recognise(typed, locale, today) if len(typed) <= _LONGEST else None
        if found is None:
            raise ValueError(
                _(
                    "This is not a date we can read. Write it like %(example)s.",
                    example=_example(today),
                )
            )
        return _build(*found)


def _without_weekday(typed: str) -> str:
    typed = " ".join(typed.split())
    for word in sorted(_WEEKDAY_WORDS, key=len, reverse=True):
        if typed.startswith(word + " "):
            return typed.removeprefix(word).strip()
    return typed


_Found = tuple[str, int, int, int]


def _recognise(typed: str, locale: Locale, today: dt.date | None) -> _Found | None:
    """Return (calendar, year, month, day), or nothing where the text has no date's shape."""
    if match := _PARTS.fullmatch(typed) or _EIGHT.fullmatch(typed):
        return _from_parts(match[1], match[2], match[3], locale)
    if match := _MONTH_AND_DAY.fullmatch(typed):
        return _from_two(match[1], match[2], match[3], locale, today)
    match = _DAY_MONTH_WORD.fullmatch(typed)
    if match and match[2] in _MONTH_WORDS:
        calendar, month = _MONTH_WORDS[match[2]]
        year = _full_year(match[3], calendar) if match[3] else _this_year(calendar, today)
        return (calendar, year, month, int(match[1])) if year else None
    return None


def _from_parts(first: str, second: str, third: str, locale: Locale) -> _Found | None:
    """Year first, or last where it has four digits or the reader counts Gregorian days first."""
    if len(first) == _YEAR_DIGITS:
        year, month, day = first, int(second), int(third)
    elif len(third) == _YEAR_DIGITS:
        year, month, day = third, int(second), int(first)
        if month > _MONTHS_IN_YEAR >= day:
            month, day = day, month
    elif locale.calendar == "jalali":
        year, month, day = first, int(second), int(third)
    else:
        year, month, day = third, int(second), int(first)
    full = _full_year(year, locale.calendar)
    if full is None:
        return None
    calendar = _calendar_of(full)
    return (calendar, full, month, day) if calendar else None


def _from_two(
    first: str, separator: str, second: str, locale: Locale, today: dt.date | None
) -> _Found | None:
    """Without a year: month and day in the order of the reader's own forms, 24/11 day first."""
    year = _this_year(locale.calendar, today)
    if year is None:
        return None
    month, day = int(first), int(second)
    if locale.calendar == "gregorian" and separator != "-":
        month, day = day, month
    if month > _MONTHS_IN_YEAR >= day:
        month, day = day, month
    return locale.calendar, year, month, day


def _full_year(text: str, calendar: str) -> int | None:
    if len(text) == _YEAR_DIGITS:
        return int(text)
    if len(text) > 2:
        return None
    # A birthday in 65 was long ago; a closing date in 06 is soon.
    century, last_near = (1400, 29) if calendar == "jalali" else (2000, 49)
    return int(text) + (century if int(text) <= last_near else century - 100)


def _this_year(calendar: str, today: dt.date | None) -> int | None:
    if today is None:
        return None
    return in_calendar(today, Locale(calendar=calendar))[0]


def _calendar_of(year: int) -> str | None:
    if year in _JALALI_YEARS:
        return "jalali"
    return "gregorian" if year in _GREGORIAN_YEARS else None


def _build(calendar: str, year: int, month: int, day: int) -> dt.date:
    if not 1 <= month <= _MONTHS_IN_YEAR:
        raise ValueError(_("There are 12 months: write the month as a number from 1 to 12."))
    first = jalali.from_jalali(year, month, 1) if calendar == "jalali" else dt.date(year, month, 1)
    following = jalali.month_bounds(first, calendar)[1]
    length = (following - first).days
    if not 1 <= day <= length:
        name = month_name(month, Locale(current_locale().language, calendar))
        raise ValueError(
            _("%(month)s has %(days)s days this year.", month=name, days=number(length))
        )
    return first + dt.timedelta(days=day - 1)


def _example(today: dt.date | None) -> str:
    return date_numeric(today or _SHOWN)
