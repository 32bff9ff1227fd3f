"""The Jalali calendar: only what formatting, parsing and anniversaries need of it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from persiantools import jdatetime

MONTHS: Final = {
    "fa": (
        "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
        "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
    ),
    "en": (
        "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar",
        "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
    ),
}  # fmt: skip
# persiantools is only half typed: its constructor is not.
JalaliDate: Any = jdatetime.JalaliDate
# Beyond these years persiantools and the calendar's own tables stop agreeing with anyone.
FIRST_YEAR, LAST_YEAR = 1000, 1999
FEBRUARY, ESFAND = 2, 12


def to_jalali(day: dt.date) -> tuple[int, int, int]:
    """Return (year, month, day) in the Jalali calendar."""
    jalali = JalaliDate(dt.date(day.year, day.month, day.day))
    return jalali.year, jalali.month, jalali.day


def from_jalali(year: int, month: int, day: int) -> dt.date:
    """Return the Gregorian date; ValueError where the Jalali calendar has no such day."""
    if not 1 <= day <= month_length(year, month):
        raise ValueError("no such day in the Jalali calendar")
    gregorian: dt.date = JalaliDate(year, month, day).to_gregorian()
    return gregorian


def is_leap(year: int) -> bool:
    """Tell whether Esfand has thirty days this year."""
    return bool(JalaliDate.is_leap(year))


def month_length(year: int, month: int) -> int:
    """Return how many days the month has; ValueError for a month that does not exist."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= len(MONTHS["en"])):
        raise ValueError("no such month in the Jalali calendar")
    return int(JalaliDate.days_in_month(month, year))


def month_bounds(day: dt.date, calendar: str) -> tuple[dt.date, dt.date]:
    """Return the first day of this day's month and of the next, as the calendar counts months."""
    if calendar != "jalali":
        first = dt.date(day.year, day.month, 1)
        return first, (first + dt.timedelta(days=31)).replace(day=1)
    year, month, _ = to_jalali(day)
    first = from_jalali(year, month, 1)
    return first, first + dt.timedelta(days=month_length(year, month))


def add_years(day: dt.date, years: int, calendar: str) -> dt.date:
    """Return the anniversary: the same day of the calendar, a leap day on the day before it."""
    if calendar == "jalali":
        year, month, number = to_jalali(day)
        return from_jalali(year + years, month, min(number, month_length(year + years, month)))
    if (day.month, day.day) == (FEBRUARY, 29):
        return dt.date(day.year + years, 3, 1) - dt.timedelta(days=1)
    return dt.date(day.year + years, day.month, day.day)
