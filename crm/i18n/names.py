"""Names of days and months as calendars print them: data, like month lengths, not messages."""

from __future__ import annotations

import datetime as dt
from typing import Final

from crm.i18n import jalali
from crm.i18n.locale import Locale

# From Monday, as date.weekday() counts.
WEEKDAYS: Final = {
    "fa": ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
GREGORIAN_MONTHS: Final = {
    "fa": (
        "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن",
        "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
SHORT = 3


def weekday_name(day: dt.date, locale: Locale, *, short: bool = False) -> str:
    """Return Tuesday, Tue or سه‌شنبه: Persian weekdays are never cut."""
    name = WEEKDAYS[locale.language][day.weekday()]
    return name[:SHORT] if short and locale.language == "en" else name


def weekday_names(locale: Locale, *, short: bool = False) -> list[str]:
    """Return the names in the order of the reader's week; `short` is for a calendar's head."""
    names = [WEEKDAYS[locale.language][(locale.week_start + n) % 7] for n in range(7)]
    if not short:
        return names
    return [name[:1] if locale.language == "fa" else name[:2] for name in names]


def month_names(locale: Locale) -> tuple[str, ...]:
    """Return the twelve months of the reader's calendar in the reader's language."""
    months = jalali.MONTHS if locale.calendar == "jalali" else GREGORIAN_MONTHS
    return months[locale.language]


def month_name(month: int, locale: Locale, *, short: bool = False) -> str:
    """Return November, Nov, Azar or آذر: only English Gregorian months have a short form."""
    name = month_names(locale)[month - 1]
    cut = short and locale.language == "en" and locale.calendar == "gregorian"
    return name[:SHORT] if cut else name


def in_calendar(day: dt.date, locale: Locale) -> tuple[int, int, int]:
    """Return (year, month, day) as the reader's calendar counts."""
    if locale.calendar == "jalali":
        return jalali.to_jalali(day)
    return day.year, day.month, day.day
