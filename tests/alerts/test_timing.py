"""When a phone may ring: quiet hours hold whatever comes, and the budget is never overdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.alerts.kinds import KINDS, MAY_CROSS, AlertKind, Channel
from crm.alerts.timing import (
    Fate,
    Habits,
    decide,
    digest_is_due,
    is_quiet,
    quiet_over,
    works_on,
)

TEHRAN = ZoneInfo("Asia/Tehran")
ZONES = ("Asia/Tehran", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC")
#: Tuesday, 10:45 in Tehran.
NOW = datetime(2026, 11, 24, 7, 15, tzinfo=UTC)
LONG = NOW + timedelta(days=2)
URGENT = MAY_CROSS
UNASKED = [kind for kind in AlertKind if not KINDS[kind].is_asked_for]


@st.composite
def habits(draw: st.DrawFn) -> Habits:
    return Habits(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        quiet_from=draw(st.integers(0, 24 * 60 - 1)),
        quiet_until=draw(st.integers(0, 24 * 60 - 1)),
        work_days=frozenset(draw(st.sets(st.integers(0, 6)))),
        holidays=frozenset(draw(st.sets(st.dates(date(2026, 1, 1), date(2027, 1, 1)), max_size=5))),
        budget=draw(st.integers(0, 9)),
        digest_at=draw(st.integers(0, 24 * 60 - 1)),
    )


moments = st.integers(0, 365 * 24 * 60).map(lambda n: NOW + timedelta(minutes=n))
kinds, channels = st.sampled_from(UNASKED), st.sampled_from(Channel)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)


@settings(max_examples=1000)
@given(habits(), moments, kinds, st.integers(0, 100))
@pytest.mark.mission(113)
def test_no_phone_rings_in_quiet_hours_unless_its_person_let_that_kind_cross(
    mine: Habits, now: datetime, kind: AlertKind, rung: int
) -> None:
    verdict = decide(kind, Channel.PUSH, mine, now, now + timedelta(days=2), rung)
    if is_quiet(mine, now):
        assert verdict.fate in (Fate.LATER, Fate.DIGEST)
    if verdict.at is not None:
        assert verdict.at > now
        assert not is_quiet(mine, verdict.at)


@settings(max_examples=300)
@given(habits(), moments, kinds, channels, st.integers(0, 20), st.integers(-60, 60 * 48))
def test_whatever_comes_is_told_put_off_listed_or_over(
    mine: Habits, now: datetime, kind: AlertKind, channel: Channel, rung: int, minutes: int
) -> None:
    expires = now + timedelta(minutes=minutes)
    verdict = decide(kind, channel, mine, now, expires, rung)
    assert (verdict.fate is Fate.LATER) == (verdict.at is not None)
    assert (verdict.fate is Fate.EXPIRED) == (minutes <= 0)
    assert verdict.at is None or verdict.at < expires
    if verdict.fate is Fate.RING:
        assert channel == Channel.PUSH
        assert KINDS[kind].is_urgent or kind == AlertKind.DIGEST or rung < mine.budget


@pytest.mark.parametrize("kind", URGENT)
def test_what_is_urgent_crosses_only_where_its_person_said_so(kind: AlertKind) -> None:
    night = at(23)
    late = night + timedelta(days=1)
    assert decide(kind, Channel.PUSH, Habits(TEHRAN), night, late, 0).fate is Fate.LATER
    let = Habits(TEHRAN, crosses=frozenset({kind}))
    assert decide(kind, Channel.PUSH, let, night, late, 99).fate is Fate.RING
    cheeky = Habits(TEHRAN, crosses=frozenset({AlertKind.DEAL_WON}))
    assert decide(AlertKind.DEAL_WON, Channel.PUSH, cheeky, night, late, 0).fate is Fate.LATER


def test_what_would_be_over_by_the_morning_stands_in_the_mornings_list() -> None:
    night = at(23)
    verdict = decide(
        AlertKind.HOT_LEAD, Channel.PUSH, Habits(TEHRAN), night, night + timedelta(hours=4), 0
    )
    assert verdict.fate is Fate.DIGEST


def test_the_budget_is_the_last_push_and_the_rest_waits_for_the_morning() -> None:
    mine = Habits(TEHRAN, budget=6)
    fates = [
        decide(AlertKind.PROMISE_DUE, Channel.PUSH, mine, NOW, LONG, rung).fate for rung in (5, 6)
    ]
    assert fates == [Fate.RING, Fate.DIGEST]
    assert decide(AlertKind.HOT_LEAD, Channel.PUSH, mine, NOW, LONG, 6).fate is Fate.RING


def test_a_day_off_rings_only_for_hours_that_its_person_chose() -> None:
    thursday, mine = at(11, day=26), Habits(TEHRAN)
    late = thursday + timedelta(days=1)
    assert not works_on(mine, thursday)
    assert decide(AlertKind.DEAL_WON, Channel.PUSH, mine, thursday, late, 0).fate is Fate.DIGEST
    assert decide(AlertKind.MEETING_SOON, Channel.PUSH, mine, thursday, late, 0).fate is Fate.RING
    holiday = Habits(TEHRAN, holidays=frozenset({date(2026, 11, 24)}))
    assert decide(AlertKind.DEAL_WON, Channel.PUSH, holiday, NOW, LONG, 0).fate is Fate.DIGEST


def test_without_a_phone_that_rings_the_urgent_goes_by_mail_and_the_rest_in_the_mornings() -> None:
    mine = Habits(TEHRAN, has_push=False)
    for kind, fate in (
        (AlertKind.HOT_LEAD, Fate.MAIL),
        (AlertKind.DEAL_WON, Fate.DIGEST),
        (AlertKind.DIGEST, Fate.MAIL),
    ):
        assert decide(kind, Channel.PUSH, mine, NOW, LONG, 0).fate is fate


def test_quiet_hours_may_lie_within_a_day_over_midnight_or_nowhere() -> None:
    lunch = Habits(TEHRAN, quiet_from=12 * 60, quiet_until=14 * 60)
    assert [is_quiet(lunch, at(hour)) for hour in (11, 12, 13, 14)] == [False, True, True, False]
    night = Habits(TEHRAN)
    assert [is_quiet(night, at(hour)) for hour in (20, 21, 0, 7, 8)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert quiet_over(night, at(23)) == at(8, day=25)
    assert quiet_over(night, at(3)) == at(8)
    none = Habits(TEHRAN, quiet_from=480, quiet_until=480)
    assert not any(is_quiet(none, at(hour)) for hour in range(24))


def test_the_mornings_list_comes_once_a_working_day_at_its_hour() -> None:
    mine = Habits(TEHRAN)
    assert not digest_is_due(mine, at(8, 29), None)
    assert digest_is_due(mine, at(8, 30), None)
    assert digest_is_due(mine, at(16), date(2026, 11, 23))
    assert not digest_is_due(mine, at(16), date(2026, 11, 24))
    assert not digest_is_due(mine, at(9, day=26), None), "Thursday is a day off"
