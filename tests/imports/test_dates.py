"""One date layout a file, seen from all of its dates."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.i18n import Locale
from crm.imports.dates import Found, detect, read_moment

EN = Locale("en", "gregorian", "Asia/Tehran")
FA = Locale("fa", "jalali", "Asia/Tehran")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2016-10-20", "2017-03-01"], Found("ymd")),
        (["10/20/2016", "3/1/2017"], Found("mdy")),
        (["20/10/2016", "1/3/2017"], Found("dmy")),
        (["1/3/2017", "4/5/2017"], Found("dmy", is_ambiguous=True)),
        (["۱۴۰۳/۰۵/۱۲", "1403/5/1"], Found("ymd")),
        (["12/05/1403", "31/06/1403"], Found("dmy")),
        (["45631", "45700"], Found("excel")),
        (["19081209", "19990219"], Found("ymd")),
        (["2024-01-15T10:30:00Z", "2024-01-15 10:30"], Found("ymd")),
        ([], Found("ymd")),
        (["10/20/2016", "soon", "3/1/2017"], Found("mdy")),
    ],
)
def test_the_layout_is_the_one_that_reads_the_whole_column(texts: list[str], found: Found) -> None:
    assert detect(texts, EN) == found


@pytest.mark.parametrize(
    ("text", "layout", "day"),
    [
        ("3/1/2017", "mdy", dt.date(2017, 3, 1)),
        ("3/1/2017", "dmy", dt.date(2017, 1, 3)),
        ("۱۴۰۳/۰۵/۱۲", "ymd", dt.date(2024, 8, 2)),
        ("12/05/1403", "dmy", dt.date(2024, 8, 2)),
        ("45631", "excel", dt.date(2024, 12, 5)),
        ("Mar 12, 2024", "ymd", dt.date(2024, 3, 12)),
        ("12 Mar 2024", "mdy", dt.date(2024, 3, 12)),
        ("3/1/49", "mdy", dt.date(2049, 3, 1)),
        ("3/1/65", "mdy", dt.date(1965, 3, 1)),
    ],
)
def test_a_date_is_read_in_its_layout(text: str, layout: str, day: dt.date) -> None:
    assert read_moment(text, layout, EN).day == day


def test_a_time_of_day_is_on_the_readers_clock_unless_it_says_its_zone() -> None:
    local = read_moment("1/15/2024 3:04 PM", "mdy", EN).instant(EN)
    assert local == dt.datetime(2024, 1, 15, 11, 34, tzinfo=dt.UTC)
    zoned = read_moment("2024-01-15T10:30:00+01:00", "ymd", EN).instant(EN)
    assert zoned == dt.datetime(2024, 1, 15, 9, 30, tzinfo=dt.UTC)


def test_two_digits_of_a_year_are_of_the_readers_calendar() -> None:
    assert read_moment("03/05/12", "ymd", FA).day == dt.date(2024, 8, 2)


@pytest.mark.parametrize("text", ["31/31/2016", "2016-02-30", "1403/13/01", "soon", "1/1", "99999"])
def test_what_is_no_date_is_refused(text: str) -> None:
    for layout in ("ymd", "mdy", "dmy"):
        with pytest.raises(ValueError):  # noqa: PT011
            read_moment(text, layout, EN)
