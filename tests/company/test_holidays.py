"""Iran's official holidays as shipped, what an admin does to them, and which day is for work."""

from __future__ import annotations

from datetime import date, timedelta

import jdatetime
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from crm import errors
from crm.administration.holidays import add_holiday, choose_official_holidays, remove_holiday
from crm.company.holidays import (
    days_off,
    holidays_between,
    is_working_day,
    official_holidays,
    previous_working_day,
    told_on,
)
from crm.company.models import Company
from crm.company.queries import get_company
from crm.setup.commands import set_up
from crm.users.viewer import Viewer
from tests.web.test_queries_per_page import counted

SATURDAY_TO_WEDNESDAY = {5, 6, 0, 1, 2}
#: What the Calendar Center's calendar of 1405 has, month by month, read from another list of it.
OF_1405 = {
    1: (1, 2, 3, 4, 12, 13, 25), 3: (6, 14, 15), 4: (3, 4), 5: (13, 21, 22, 30), 6: (8,), 8: (22,),
    10: (2, 16), 11: (4, 22), 12: (9, 19, 20, 29),
}  # fmt: skip


def jalali(year: int, month: int, day: int) -> date:
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


def shipped(year: int) -> list[tuple[int, int]]:
    inside = [jdatetime.date.fromgregorian(date=day) for day in sorted(official_holidays())]
    return [(day.month, day.day) for day in inside if day.year == year]


def test_the_official_days_of_1405_are_shipped() -> None:
    assert shipped(1405) == [(month, day) for month, days in OF_1405.items() for day in days]


@pytest.mark.parametrize("year", [1404, 1405, 1406, 1407])
def test_each_year_has_all_its_days_of_the_moon(year: int) -> None:
    names = " · ".join(
        names["en"]
        for day, names in official_holidays().items()
        if jdatetime.date.fromgregorian(date=day).year == year
    )
    for word in ("Tasua", "Ashura", "Arbaeen", "Fatima", "Mab’ath", "Ghadir", "Adha", "Fitr"):
        assert word in names, word


def test_every_holiday_has_a_name_in_both_languages_and_two_on_one_day_both() -> None:
    for names in official_holidays().values():
        assert set(names) == {"en", "fa"}
        assert all(names.values())
    assert official_holidays()[jalali(1405, 1, 1)] == {
        "en": "Nowruz · Eid al-Fitr", "fa": "آغاز نوروز · عید سعید فطر",
    }  # fmt: skip


def test_the_last_day_of_a_leap_year_is_free_and_a_common_year_has_none() -> None:
    assert jalali(1408, 12, 30) in official_holidays()
    assert jalali(1406, 1, 1) - timedelta(days=1) == jalali(1405, 12, 29)


def test_a_company_of_the_gregorian_week_starts_with_none(app: Flask) -> None:
    assert not days_off(get_company())


@pytest.mark.parametrize(("calendar", "has_some"), [("jalali", True), ("gregorian", False)])
def test_the_calendar_chosen_at_set_up_decides(
    empty_app: Flask, calendar: str, has_some: bool
) -> None:
    form = {
        "language": "en", "company": "Mehr", "name": "Ada", "login": "ada@example.com",
        "password": "long and hard to guess", "timezone": "Asia/Tehran", "calendar": calendar,
        "currency": "IRT",
    }  # fmt: skip
    set_up(None, form)
    assert bool(days_off(get_company())) is has_some


def iranian(admin: Viewer) -> Company:
    choose_official_holidays(admin, {"has_official_holidays": "1"})
    return get_company()


def test_an_admin_takes_a_day_away_brings_it_back_and_adds_his_own(
    app: Flask, admin: Viewer
) -> None:
    company, ashura = iranian(admin), jalali(1405, 4, 4)
    bridge = ashura + timedelta(days=2)
    assert ashura in days_off(company)
    remove_holiday(admin, {"day": ashura.isoformat(), "is_removed": "1"})
    assert ashura not in days_off(company)
    listed = {one.day: one for one in holidays_between(company, ashura, bridge)}
    assert listed[ashura].is_removed
    assert listed[ashura].name == "Ashura", "it stays in the list, to be brought back"
    remove_holiday(admin, {"day": ashura.isoformat(), "is_removed": "0"})
    add_holiday(admin, {"day": bridge.isoformat(), "name": "Company outing"})
    assert {ashura, bridge} <= days_off(company)
    choose_official_holidays(admin, {})
    assert days_off(company) >= {bridge}, "his own stay"
    with pytest.raises(errors.NotFound):
        remove_holiday(admin, {"day": "2026-11-24", "is_removed": "1"})


def test_nobody_else_may(app: Flask, leila: Viewer) -> None:
    for write in (add_holiday, remove_holiday, choose_official_holidays):
        with pytest.raises(errors.NotFound):
            write(leila, {"day": "2026-11-24", "name": "Mine"})


def test_what_the_company_has_off_is_one_question(app: Flask, admin: Viewer) -> None:
    company = iranian(admin)
    assert company.has_official_holidays
    with counted() as sent:
        days_off(company)
    assert len(sent) == 1


days = st.dates(date(2025, 3, 21), date(2029, 3, 1))


@given(days)
def test_the_working_day_before_is_the_nearest_one(day: date) -> None:
    free = official_holidays()
    before = previous_working_day(SATURDAY_TO_WEDNESDAY, free, day)
    assert before is not None
    assert before < day
    assert is_working_day(SATURDAY_TO_WEDNESDAY, free, before)
    between = (before + timedelta(days=n) for n in range(1, (day - before).days))
    assert not any(is_working_day(SATURDAY_TO_WEDNESDAY, free, one) for one in between)


@given(days)
def test_every_day_is_told_on_its_own_and_a_day_off_once_before(day: date) -> None:
    free = official_holidays()
    around = [day - timedelta(days=n) for n in range(30)]
    told = [on for on in around if day in told_on(SATURDAY_TO_WEDNESDAY, free, on)]
    if is_working_day(SATURDAY_TO_WEDNESDAY, free, day):
        assert told == [day]
    else:
        assert told == [day, previous_working_day(SATURDAY_TO_WEDNESDAY, free, day)]


def test_who_never_works_is_told_on_the_day_itself() -> None:
    assert told_on((), (), date(2026, 11, 24)) == (date(2026, 11, 24),)
    assert previous_working_day((), (), date(2026, 11, 24)) is None
