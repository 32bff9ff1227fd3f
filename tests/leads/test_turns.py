"""Whose turn it is, and how much working time is left: rules without a database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.leads.routing import Candidate, Hours, Way, choose, deadline, starts
from crm.users.away import is_away

TEHRAN = ZoneInfo("Asia/Tehran")
WEEK = Hours(frozenset({5, 6, 0, 1, 2}), 9 * 60, 17 * 60, TEHRAN)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 in Tehran; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(("came", "minutes", "due"), [
    (at(24, 10), 60, at(24, 11)),
    (at(24, 16, 30), 60, at(25, 9, 30)),
    (at(24, 20), 60, at(25, 10)),
    # Wednesday evening: Thursday and Friday are free, Saturday is the 28th.
    (at(25, 18), 60, at(28, 10)),
    (at(26, 12), 600, at(29, 11)),
])  # fmt: skip
def test_the_clock_runs_in_minutes_of_work(came: datetime, minutes: int, due: datetime) -> None:
    assert deadline(WEEK, came, minutes) == due


def test_the_clock_starts_at_the_next_working_minute() -> None:
    assert starts(WEEK, at(24, 10, 7)) == at(24, 10, 7)
    assert starts(WEEK, at(25, 17)) == at(28, 9)


@given(
    ahead=st.timedeltas(timedelta(0), timedelta(days=365)),
    minutes=st.integers(1, 3000),
    more=st.integers(1, 3000),
)
def test_a_longer_time_ends_later_and_within_work(
    ahead: timedelta, minutes: int, more: int
) -> None:
    moment = at(1, 0) + ahead
    first, later = deadline(WEEK, moment, minutes), deadline(WEEK, moment, minutes + more)
    assert moment < first < later
    there = first.astimezone(TEHRAN)
    assert there.weekday() in WEEK.days
    assert timedelta(hours=9) <= first - at_midnight(first) <= timedelta(hours=17)
    # No two moments of work are lost: what is left after the first part is the rest.
    assert deadline(WEEK, first, more) == later


def naive_deadline(hours: Hours, came: datetime, minutes: int) -> datetime:
    """Count quarter by quarter of an hour: slow, and plain to see."""
    moment, left = came, minutes
    while left:
        there = moment.astimezone(hours.zone)
        minute = there.hour * 60 + there.minute
        works = there.weekday() in hours.days and there.date() not in hours.holidays
        left -= 15 * (works and hours.begins <= minute < hours.ends)
        moment += timedelta(minutes=15)
    return moment


@given(
    ahead=st.integers(0, 60 * 24 * 4),
    quarters=st.integers(1, 100),
    free=st.frozensets(st.dates(date(2026, 11, 1), date(2027, 2, 28)), max_size=30),
)
def test_the_clock_stands_still_on_a_holiday(
    ahead: int, quarters: int, free: frozenset[date]
) -> None:
    hours = Hours(WEEK.days, WEEK.begins, WEEK.ends, TEHRAN, free)
    came = at(1, 0) + timedelta(minutes=15 * ahead)
    due = deadline(hours, came, 15 * quarters)
    assert due == naive_deadline(hours, came, 15 * quarters)
    assert due.astimezone(TEHRAN).date() not in free
    assert starts(hours, came).astimezone(TEHRAN).date() not in free


def at_midnight(moment: datetime) -> datetime:
    there = moment.astimezone(TEHRAN)
    return there.replace(hour=0, minute=0, second=0, microsecond=0)


def test_away_counts_its_first_and_its_last_day() -> None:
    first, last = date(2026, 11, 24), date(2026, 11, 26)
    days = [first + timedelta(days=n) for n in range(-1, 4)]
    assert [is_away(first, last, day) for day in days] == [False, True, True, True, False]
    assert is_away(first, None, date(2030, 1, 1))
    assert not is_away(None, None, first)


@given(people=st.integers(1, 6), leads=st.integers(0, 40))
def test_in_turn_nobody_gets_two_more_than_another(people: int, leads: int) -> None:
    turns = dict.fromkeys((str(n) for n in range(people)), 0)
    got: Counter[str] = Counter(dict.fromkeys(turns, 0))
    for turn in range(1, leads + 1):
        chosen = choose(Way.ROUND_ROBIN, [Candidate(i, i, None, 0, t) for i, t in turns.items()])
        assert chosen is not None
        turns[chosen.id] = turn
        got[chosen.id] += 1
    assert max(got.values()) - min(got.values()) <= 1


def test_by_load_the_least_loaded_gets_it_and_nobody_twice() -> None:
    people = [Candidate("a", "A", None, 3, 0), Candidate("b", "B", None, 1, 5)]
    assert [choose(Way.LEAST_LOAD, people, offered) for offered in ((), ("b",), ("a", "b"))] == [
        people[1],
        people[0],
        None,
    ]
