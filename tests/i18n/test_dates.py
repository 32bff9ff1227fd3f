"""Dates and times as they are read: in words, in forms, and as seen from now."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.i18n import Locale, formatting, use_locale
from crm.i18n.formatting import ago, date, date_long, date_numeric, due, time, timeline_time

EN = Locale("en", "gregorian", "Asia/Tehran")
FA = Locale("fa", "jalali", "Asia/Tehran")
TUESDAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, 7, 20, tzinfo=dt.UTC)  # 10:50 in Tehran
minutes, hours, days = (
    lambda n: dt.timedelta(minutes=n),
    lambda n: dt.timedelta(hours=n),
    lambda n: dt.timedelta(days=n),
)


def test_a_date_leaves_out_the_year_we_are_in() -> None:
    assert date(TUESDAY, today=TUESDAY, locale=EN) == "Tue 24 Nov"
    assert date(TUESDAY, today=TUESDAY, locale=FA) == "سه‌شنبه ۳ آذر"
    assert date(TUESDAY, today=dt.date(2027, 1, 5), locale=EN) == "Tue 24 Nov 2026"
    assert date(TUESDAY, today=dt.date(2027, 1, 5), locale=FA) == "سه‌شنبه ۳ آذر"
    assert date(TUESDAY, today=dt.date(2027, 3, 25), locale=FA) == "سه‌شنبه ۳ آذر ۱۴۰۵"
    assert date(TUESDAY, locale=EN) == "Tue 24 Nov 2026"


def test_a_date_can_do_without_its_weekday() -> None:
    assert date(TUESDAY, today=TUESDAY, weekday=False, locale=EN) == "24 Nov"
    assert date(TUESDAY, today=TUESDAY, weekday=False, locale=FA) == "۳ آذر"


def test_a_long_date_shortens_nothing() -> None:
    assert date_long(TUESDAY, today=TUESDAY, locale=EN) == "Tuesday 24 November"
    assert date_long(TUESDAY, today=TUESDAY, locale=FA) == "سه‌شنبه ۳ آذر"


def test_language_and_calendar_are_two_choices() -> None:
    assert date(TUESDAY, today=TUESDAY, locale=Locale("en", "jalali")) == "Tue 3 Azar"
    fa_gregorian = Locale("fa", "gregorian")
    assert date(TUESDAY, today=TUESDAY, locale=fa_gregorian) == "سه‌شنبه ۲۴ نوامبر"


def test_forms_show_dates_in_figures() -> None:
    assert date_numeric(TUESDAY, locale=FA) == "۱۴۰۵/۰۹/۰۳"
    assert date_numeric(TUESDAY, locale=EN) == "2026-11-24"


def test_times_are_on_the_readers_clock() -> None:
    assert (time(NOW, locale=EN), time(NOW, locale=FA)) == ("10:50", "۱۰:۵۰")
    assert formatting.datetime(NOW, today=TUESDAY, locale=EN) == "Tue 24 Nov, 10:50"
    assert formatting.datetime(NOW, today=TUESDAY, locale=FA) == "سه‌شنبه ۳ آذر، ساعت ۱۰:۵۰"


@pytest.mark.parametrize(
    ("past", "en", "fa"),
    [
        (minutes(-3), "just now", "همین الان"),
        (minutes(0), "just now", "همین الان"),
        (minutes(5), "5 min ago", "۵ دقیقه پیش"),
        (minutes(59.9), "59 min ago", "۵۹ دقیقه پیش"),
        (hours(1), "1 hour ago", "۱ ساعت پیش"),
        (hours(2), "2 hours ago", "۲ ساعت پیش"),
        (hours(11), "11 hours ago", "۱۱ ساعت پیش"),
        (hours(12), "yesterday", "دیروز"),
        (days(2), "2 days ago", "۲ روز پیش"),
        (days(60), "Fri 25 Sep", "جمعه ۳ مهر"),
    ],
)
def test_how_long_ago(past: dt.timedelta, en: str, fa: str) -> None:
    assert ago(NOW - past, NOW, locale=EN) == en
    assert ago(NOW - past, NOW, locale=FA) == fa


@pytest.mark.parametrize(
    ("ahead", "has_time", "en", "fa"),
    [
        (minutes(70), True, "by 12:00", "تا ساعت ۱۲:۰۰"),
        (minutes(70), False, "Today", "امروز"),
        (minutes(-70), False, "Today", "امروز"),
        (minutes(-20), True, "20 min late", "۲۰ دقیقه دیر شده"),
        (hours(-2), True, "2 hours late", "۲ ساعت دیر شده"),
        (days(-1), True, "1 day late", "۱ روز دیر شده"),
        (days(-2), False, "2 days late", "۲ روز دیر شده"),
        (days(1), False, "Tomorrow", "فردا"),
        (days(1), True, "Tomorrow 10:50", "فردا ۱۰:۵۰"),
        (days(3), False, "Fri 27 Nov", "جمعه ۶ آذر"),
        (days(3), True, "Fri 10:50", "جمعه ۱۰:۵۰"),
        (days(7), True, "Tue 1 Dec, 10:50", "سه‌شنبه ۱۰ آذر، ساعت ۱۰:۵۰"),
    ],
)
def test_when_something_is_due(ahead: dt.timedelta, has_time: bool, en: str, fa: str) -> None:
    assert due(NOW + ahead, NOW, has_time, locale=EN) == en
    assert due(NOW + ahead, NOW, has_time, locale=FA) == fa


@pytest.mark.parametrize(
    ("past", "has_time", "en", "fa"),
    [
        (minutes(5), True, "10:45", "امروز ۱۰:۴۵"),
        (minutes(5), False, "Today", "امروز"),
        (days(1), True, "Yesterday", "دیروز"),
        (days(5), True, "Thu", "پنجشنبه"),
        (days(7), True, "17 Nov", "۲۶ آبان"),
    ],
)
def test_the_time_at_a_timeline_rows_end(
    past: dt.timedelta, has_time: bool, en: str, fa: str
) -> None:
    assert timeline_time(NOW - past, NOW, has_time, locale=EN) == en
    assert timeline_time(NOW - past, NOW, has_time, locale=FA) == fa


def test_days_are_the_readers_days_not_utcs() -> None:
    late_evening = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)  # 00:30 on Wednesday in Tehran
    assert timeline_time(late_evening - hours(1), late_evening, locale=EN) == "Yesterday"
    assert due(late_evening - hours(1), late_evening, has_time=False, locale=EN) == "1 day late"


def test_the_week_is_named_from_its_first_day() -> None:
    assert formatting.weekday_names(FA)[0] == "شنبه"
    assert formatting.weekday_names(EN, short=True) == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    assert formatting.month_names(FA)[8] == "آذر"


def test_the_current_locale_serves_where_none_is_given() -> None:
    with use_locale(FA):
        assert formatting.days(21) == "۲۱ روز"
