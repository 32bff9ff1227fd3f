"""Whose day it is, in both calendars."""

from __future__ import annotations

from datetime import date, timedelta

import jdatetime
import pytest

from crm.accounts.anniversaries import begun_on, years_between


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
