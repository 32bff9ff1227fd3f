"""Days and weeks between UTC instants, also where the clock jumps at midnight."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.i18n import Locale
from crm.i18n.formatting import day_bounds, week_bounds, week_dates

SECOND = dt.timedelta(seconds=1)
ZONES = [
    "Asia/Tehran", "Europe/London", "America/Sao_Paulo", "America/Havana", "Atlantic/Azores",
    "Asia/Kabul", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns",
    "America/Toronto", "Asia/Beirut", "Africa/Cairo", "UTC",
]  # fmt: skip


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("day", "zone", "start", "hours"),
    [
        (dt.date(2026, 11, 24), "Asia/Tehran", utc(2026, 11, 23, 20, 30), 24),
        # Tehran changed its clocks at midnight until 2022.
        (dt.date(2022, 3, 22), "Asia/Tehran", utc(2022, 3, 21, 20, 30), 23),
        (dt.date(2022, 9, 21), "Asia/Tehran", utc(2022, 9, 20, 19, 30), 25),
        (dt.date(2023, 3, 22), "Asia/Tehran", utc(2023, 3, 21, 20, 30), 24),
        (dt.date(2026, 3, 29), "Europe/Berlin", utc(2026, 3, 28, 23), 23),
        (dt.date(2026, 10, 25), "Europe/Berlin", utc(2026, 10, 24, 22), 25),
        # No midnight: the day begins at 01:00.
        (dt.date(2017, 10, 15), "America/Sao_Paulo", utc(2017, 10, 15, 3), 23),
        # Midnight twice: the day begins at the first.
        (dt.date(2025, 11, 2), "America/Havana", utc(2025, 11, 2, 4), 25),
        # The clock jumped from 23:30 to 00:30.
        (dt.date(1919, 3, 31), "America/Toronto", utc(1919, 3, 31, 4, 30), 23.5),
        # A day that never was.
        (dt.date(2011, 12, 30), "Pacific/Apia", utc(2011, 12, 30, 10), 0),
    ],
)
def test_a_day_lasts_from_its_first_instant_to_the_next_days(
    day: dt.date, zone: str, start: dt.datetime, hours: float
) -> None:
    begins, ends = day_bounds(day, zone)
    assert begins == start
    assert ends - begins == dt.timedelta(hours=hours)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2037, 12, 30)), st.sampled_from(ZONES))
def test_days_follow_each_other_without_gap_and_hold_their_own_instants(
    day: dt.date, zone: str
) -> None:
    tz = ZoneInfo(zone)
    begins, ends = day_bounds(day, tz)
    assert ends == day_bounds(day + dt.timedelta(days=1), tz)[0]
    if begins < ends:
        assert begins.astimezone(tz).date() == day
        assert (ends - SECOND).astimezone(tz).date() <= day
        assert (begins - SECOND).astimezone(tz).date() < day


def test_the_week_begins_on_the_readers_first_day() -> None:
    tuesday = dt.date(2026, 11, 24)
    saturday, monday = dt.date(2026, 11, 21), dt.date(2026, 11, 23)
    week = dt.timedelta(days=7)
    persian = Locale("fa", "jalali", "Asia/Tehran")
    assert week_dates(tuesday, locale=persian) == (saturday, saturday + week)
    assert week_dates(saturday, locale=persian)[0] == saturday
    assert week_dates(tuesday, locale=Locale()) == (monday, monday + week)
    assert week_bounds(tuesday, locale=persian)[0] == utc(2026, 11, 20, 20, 30)
