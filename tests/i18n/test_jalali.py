"""The Jalali calendar, checked against another implementation."""

from __future__ import annotations

import datetime as dt

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import jalali

days = st.dates(dt.date(1921, 3, 21), dt.date(2122, 3, 20))


@given(days)
def test_a_day_goes_to_jalali_and_back(day: dt.date) -> None:
    assert jalali.from_jalali(*jalali.to_jalali(day)) == day


@given(days)
def test_another_implementation_agrees(day: dt.date) -> None:
    other = jdatetime.date.fromgregorian(date=day)
    assert jalali.to_jalali(day) == (other.year, other.month, other.day)


def test_another_implementation_agrees_on_every_new_year_and_leap_year() -> None:
    for year in range(1300, 1501):
        new_year = jdatetime.date(year, 1, 1)
        assert jalali.from_jalali(year, 1, 1) == new_year.togregorian()
        assert jalali.is_leap(year) == new_year.isleap()


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1405, 12, 30), (1405, 13, 1), (1405, 0, 1), (1405, 7, 31), (1405, 1, 0), (99, 1, 1)],
)
def test_a_day_that_does_not_exist_is_refused(year: int, month: int, day: int) -> None:
    with pytest.raises(ValueError, match="no such"):
        jalali.from_jalali(year, month, day)


def test_month_lengths() -> None:
    assert [jalali.month_length(1405, month) for month in (1, 6, 7, 11, 12)] == [31, 31, 30, 30, 29]
    assert jalali.month_length(1403, 12) == 30


@given(days, st.sampled_from(["jalali", "gregorian"]))
def test_a_month_holds_its_day_and_the_next_begins_where_it_ends(
    day: dt.date, calendar: str
) -> None:
    first, following = jalali.month_bounds(day, calendar)
    assert first <= day < following
    assert jalali.month_bounds(following, calendar)[0] == following
    assert jalali.month_bounds(first, calendar) == (first, following)


@pytest.mark.parametrize(
    ("day", "years", "calendar", "expected"),
    [
        (jalali.from_jalali(1403, 12, 30), 1, "jalali", jalali.from_jalali(1404, 12, 29)),
        (jalali.from_jalali(1403, 12, 30), 5, "jalali", jalali.from_jalali(1408, 12, 30)),
        (jalali.from_jalali(1402, 9, 3), 3, "jalali", jalali.from_jalali(1405, 9, 3)),
        (dt.date(2024, 2, 29), 1, "gregorian", dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 4, "gregorian", dt.date(2028, 2, 29)),
        (dt.date(2023, 11, 24), 3, "gregorian", dt.date(2026, 11, 24)),
    ],
)
def test_an_anniversary_falls_on_the_same_day_of_its_calendar(
    day: dt.date, years: int, calendar: str, expected: dt.date
) -> None:
    assert jalali.add_years(day, years, calendar) == expected
