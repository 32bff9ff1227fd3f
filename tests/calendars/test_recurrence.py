"""The days of a series are those that another program finds, over any rule people make."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as some

from crm.calendars.recurrence import DAYS, Unknown, days_of, read_rule

START = some.dates(date(1995, 1, 1), date(2026, 12, 31))
WEEKDAYS = some.lists(some.sampled_from(DAYS), min_size=1, max_size=3, unique=True)
NTH = some.lists(
    some.tuples(some.sampled_from([-2, -1, 1, 2, 4, 5]), some.sampled_from(DAYS)).map(
        lambda one: f"{one[0]}{one[1]}"
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
MONTHS = some.lists(some.integers(1, 12), min_size=1, max_size=3, unique=True)
# No rule that never fits: dateutil looks for a day until the year 9999.
MONTH_DAYS = some.lists(some.integers(-28, 28).filter(bool), min_size=1, max_size=3, unique=True)
POSITIONS = some.lists(some.sampled_from([-1, 1]), min_size=1, max_size=2, unique=True)


def joined(values: list[object]) -> str:
    return ",".join(map(str, values))


@some.composite
def rules(draw: some.DrawFn) -> str:
    freq = draw(some.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}"]
    if draw(some.booleans()):
        parts.append(f"COUNT={draw(some.integers(1, 400))}")
    if draw(some.booleans()):
        parts.append(f"WKST={draw(some.sampled_from(DAYS))}")
    by, most = [], 6
    if draw(some.booleans()):
        by.append(f"BYMONTH={joined(draw(MONTHS))}")
        most = 1 if freq == "MONTHLY" else most
    parts.append(f"INTERVAL={draw(some.integers(1, most))}")
    if draw(some.booleans()):
        with_numbers = freq in ("MONTHLY", "YEARLY")
        days = draw(NTH if with_numbers and draw(some.booleans()) else WEEKDAYS)
        by.append(f"BYDAY={joined(days)}")
    elif freq != "WEEKLY" and draw(some.booleans()):
        by.append(f"BYMONTHDAY={joined(draw(MONTH_DAYS))}")
    if by and freq != "DAILY" and draw(some.booleans()):
        by.append(f"BYSETPOS={joined(draw(POSITIONS))}")
    return ";".join(parts + by)


@given(rules(), START, some.integers(-40, 4000))
def test_the_days_are_those_that_dateutil_finds(text: str, start: date, ahead: int) -> None:
    first = start + timedelta(days=ahead)
    last = first + timedelta(days=45)
    at = datetime.combine(start, datetime.min.time())
    theirs = rrulestr(text, dtstart=at)
    wanted = []
    for when in theirs:
        if when.date() > last:
            break
        if when.date() >= first:
            wanted.append(when.date())
    ours = days_of(read_rule(text, at), start, first, last, lambda: None)
    assert ours == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("", "=", "INTERVAL=2", "FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0"),
        *("FREQ=DAILY;BYWEEKNO=3", "FREQ=DAILY;COUNT=x", "FREQ=WEEKLY;BYDAY=XX"),
        "FREQ=DAILY;BYHOUR=9,10",
    ],
)
def test_a_rule_that_cannot_be_followed_says_so(text: str) -> None:
    with pytest.raises(Unknown):
        read_rule(text, datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001


def test_the_hour_that_it_has_anyway_may_be_said() -> None:
    assert read_rule("FREQ=DAILY;BYHOUR=9;BYMINUTE=0", datetime(2026, 11, 24, 9)).freq == "DAILY"  # noqa: DTZ001


def test_a_long_past_is_leapt_over() -> None:
    looked: list[int] = []
    rule = read_rule("FREQ=DAILY", datetime(1990, 1, 1))  # noqa: DTZ001
    days = days_of(
        rule, date(1990, 1, 1), date(2026, 1, 1), date(2026, 1, 5), lambda: looked.append(1)
    )
    assert len(days) == 5
    assert len(looked) < 10
