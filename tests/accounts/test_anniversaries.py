"""Whose day it is, in both calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import jdatetime
import pytest

from crm.accounts.anniversaries import (
    DayKind,
    begun_on,
    calendar_of,
    falls_on,
    is_milestone,
    tell_at,
    years_between,
)


def test_ten_jalali_years_after_1395_09_01_is_1405_09_01() -> None:
    day = jdatetime.date(1405, 9, 1).togregorian()
    begun = jdatetime.date(1395, 9, 1).togregorian()
    assert begun in begun_on(day, "jalali")
    assert years_between(begun, day, "jalali") == 10


def test_30_esfand_falls_on_29_esfand_in_a_common_year() -> None:
    born = jdatetime.date(1399, 12, 30).togregorian()
    common = jdatetime.date(1404, 12, 29).togregorian()
    leap = jdatetime.date(1403, 12, 30).togregorian()
    assert born in begun_on(common, "jalali")
    assert born in begun_on(leap, "jalali")
    assert born not in begun_on(leap - timedelta(days=1), "jalali")


def test_29_february_falls_on_the_28th_in_a_common_year() -> None:
    born = date(2000, 2, 29)
    assert born in begun_on(date(2027, 2, 28), "gregorian")
    assert born in begun_on(date(2028, 2, 29), "gregorian")
    assert born not in begun_on(date(2028, 2, 28), "gregorian")


@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
def test_every_date_has_exactly_one_day_a_year(calendar: str) -> None:
    year = [date(2026, 3, 21) + timedelta(days=n) for n in range(365)]
    told = [start for day in year for start in begun_on(day, calendar)]
    births = [date(1990, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [told.count(birth) for birth in births] == [1] * len(births)


def theirs(calendar: str, begun: date, years: int) -> date:
    """Return an anniversary as another implementation counts it: the leap day on the day before."""
    if calendar == "gregorian":
        try:
            return begun.replace(year=begun.year + years)
        except ValueError:
            return begun.replace(year=begun.year + years, day=28)
    day = jdatetime.date.fromgregorian(date=begun)
    try:
        then = jdatetime.date(day.year + years, day.month, day.day)
    except ValueError:
        then = jdatetime.date(day.year + years, day.month, 29)
    found: date = then.togregorian()
    return found


YEARS = range(1946, 2066)
#: 120 years of days: every 311th, and in each year those about which the leap day turns.
SOME = [date(YEARS[0], 1, 1) + timedelta(days=n) for n in range(0, 120 * 365, 311)]
TURNS = {
    "gregorian": [date(year, 3, 1) - timedelta(days=n) for year in YEARS for n in range(3)],
    "jalali": [
        jdatetime.date(year - 621, 1, 1).togregorian() - timedelta(days=n)
        for year in YEARS
        for n in range(3)
    ],
}


@pytest.mark.mission(111)
@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
def test_120_years_agree_with_another_implementation(calendar: str) -> None:
    for day in SOME + TURNS[calendar]:
        # Beyond 1926 nobody alive agrees on the Jalali leap years.
        least = date(1926, 1, 1)
        expected = {
            begun
            for years in range(1, 121)
            for off in range(-2, 3)
            if (begun := day - timedelta(days=round(years * 365.2425) + off)) >= least
            and theirs(calendar, begun, years) == day
        }
        ours = {begun for begun in begun_on(day, calendar) if begun >= least}
        assert ours == expected, day
        for begun in ours:
            here = (DayKind.BIRTHDAY, begun, day, calendar)
            assert falls_on(*here), "asked from the other end it is the same"


def test_milestones_are_the_first_three_years_and_every_fifth() -> None:
    told = [years for years in range(-1, 31) if is_milestone(years)]
    assert told == [1, 2, 3, 5, 10, 15, 20, 25, 30]


def test_each_customer_counts_in_his_own_calendar() -> None:
    assert calendar_of("fa", "gregorian") == "jalali"
    assert calendar_of("de", "jalali") == "gregorian"
    assert (calendar_of(None, "jalali"), calendar_of("", "gregorian")) == ("jalali", "gregorian")


def test_one_is_told_at_nine_of_his_own_day() -> None:
    day = date(2026, 11, 22)
    assert tell_at(day, ZoneInfo("Asia/Tehran")) == datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    assert tell_at(day, ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 22, 8, tzinfo=UTC)
