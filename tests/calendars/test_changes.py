"""What moves, ends or returns in a calendar does so in the plan; what a person did stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from crm import clock as product_clock
from crm.activities.commands import (
    complete_activity,
    log_activity,
    reschedule_activity,
    withdraw_activity,
)
from crm.activities.models import Activity
from crm.calendars.jobs import AHEAD, BEHIND
from crm.calendars.models import CalendarSource
from crm.calendars.reading import Span, read_calendar
from crm.calendars.sources import fetch_soon, remove_source
from crm.database import db
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.calendars.files import NOURI, event, file, guest, meeting
from tests.calendars.servers import Shelf
from tests.clock import MovableClock

Read = Callable[[], int]
Planned = Callable[[Viewer], Sequence[Activity]]
FileOf = Callable[..., str]


def when(activity: Activity) -> str:
    return f"{activity.due_at:%d %H:%M}-{activity.ends_at:%H:%M}"


def again(read: Read, clock: MovableClock) -> None:
    """Let the next reading come."""
    clock.move(minutes=11)
    assert read() == 1


def test_what_moves_in_the_calendar_moves_in_the_plan(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    file_of(sara)
    read()
    before = planned(sara)[0].id
    shelf.files["/cal.ics"] = file(meeting(start="20261127T143000Z", summary="Signing"))
    again(read, clock)
    (activity,) = planned(sara)
    assert (activity.id, activity.subject) == (before, "Signing")
    assert when(activity) == "27 14:30-15:30"


@pytest.mark.parametrize("how", ["gone", "cancelled", "declined"])
def test_what_is_off_leaves_the_plan_and_comes_back_with_the_calendar(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
    how: str,
) -> None:
    there = file(meeting())
    off = {
        "gone": file(),
        "cancelled": file(meeting(status="CANCELLED")),
        "declined": file(
            event(
                "one",
                "20261126T100000Z",
                guest(NOURI),
                guest("sara@example.com", PARTSTAT="DECLINED"),
            )
        ),
    }
    shelf.files["/cal.ics"] = there
    file_of(sara)
    read()
    shelf.files["/cal.ics"] = off[how]
    again(read, clock)
    assert not planned(sara)
    shelf.files["/cal.ics"] = there
    again(read, clock)
    assert len(planned(sara)) == 1


def test_what_can_no_longer_be_read_is_not_taken_for_gone(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(meeting("a"), meeting("b"))
    file_of(sara)
    read()
    shelf.files["/cal.ics"] = file(meeting("a", "some day"))
    again(read, clock)
    assert len(planned(sara)) == 1


def _held(sara: Viewer, activity_id: str) -> None:
    log_activity(sara, {"kind": "meeting", "planned_id": activity_id, "outcome": "interested"})


def _ticked(sara: Viewer, activity_id: str) -> None:
    complete_activity(sara, activity_id)


def _moved_by_hand(sara: Viewer, activity_id: str) -> None:
    at = product_clock.now() + timedelta(days=9)
    reschedule_activity(sara, activity_id, {"due_at": at.isoformat()})


def _deleted(sara: Viewer, activity_id: str) -> None:
    withdraw_activity(sara, activity_id)


@pytest.mark.parametrize("by_hand", [_held, _ticked, _moved_by_hand, _deleted])
@pytest.mark.parametrize("then", ["moved", "gone", "same"])
def test_what_a_person_did_stands_whatever_the_calendar_says(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
    by_hand: Callable[[Viewer, str], None],
    then: str,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    file_of(sara)
    read()
    by_hand(sara, planned(sara)[0].id)
    stood = [(a.id, a.due_at, a.done_at, a.archived_at, a.version) for a in _all()]
    moved = file(meeting(start="20261128T100000Z"))
    shelf.files["/cal.ics"] = {"moved": moved, "gone": file(), "same": file(meeting())}[then]
    again(read, clock)
    shelf.files["/cal.ics"] = file(meeting(start="20261129T100000Z"))
    again(read, clock)
    assert [(a.id, a.due_at, a.done_at, a.archived_at, a.version) for a in _all()] == stood


def _all() -> list[Activity]:
    db.session.rollback()
    return list(db.session.scalars(select(Activity).order_by(Activity.id)))


def test_a_series_is_planned_thirty_days_ahead_and_goes_on_as_the_days_pass(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(meeting(rrule="FREQ=WEEKLY"))
    file_of(sara)
    read()
    assert len(planned(sara)) == 4
    clock.move(days=7)
    assert read() == 1
    assert [f"{a.due_at:%m-%d}" for a in planned(sara)][-1] == "12-24"
    assert len(planned(sara)) == 5


def test_removing_a_calendar_takes_what_is_ahead_and_was_left_alone(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    shelf.files["/cal.ics"] = file(meeting("a"), meeting("b", "20261127T100000Z"))
    source_id = file_of(sara)
    read()
    kept = planned(sara)[1].id
    _moved_by_hand(sara, kept)
    remove_source(sara, source_id)
    assert [activity.id for activity in planned(sara)] == [kept]
    assert read() == 0


def test_what_is_read_twice_changes_nothing_and_writes_no_line(
    shelf: Shelf,
    read: Read,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(
        meeting("a", rrule="FREQ=DAILY"), meeting("b", ";VALUE=DATE:20261126")
    )
    source_id = file_of(sara)
    read()
    before = [(a.id, a.version, a.updated_at) for a in _all()]
    lines = db.session.scalar(select(func.count()).select_from(TimelineEntry))
    clock.move(minutes=1)
    fetch_soon(sara, source_id)
    read()
    assert [(a.id, a.version, a.updated_at) for a in _all()] == before
    assert db.session.scalar(select(func.count()).select_from(TimelineEntry)) == lines


KINDS = some.sampled_from(["", "FREQ=DAILY;COUNT=5", "FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=3"])
CALENDARS = some.dictionaries(
    some.sampled_from("abcdef"),
    some.tuples(some.integers(-3, 40), some.integers(0, 23), KINDS, some.booleans()),
    max_size=6,
)


@settings(max_examples=30)
@given(CALENDARS)
def test_whatever_a_calendar_says_the_plan_is_that_and_reading_it_again_changes_nothing(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    calendar: dict[str, tuple[int, int, str, bool]],
) -> None:
    mine = db.session.scalars(select(CalendarSource)).first()
    source_id = mine.id if mine else file_of(sara)
    shelf.files["/cal.ics"] = file(*[_event(uid, *said) for uid, said in calendar.items()])
    before: list[tuple[str, int]] = []
    for turn in range(2):
        _let_again(source_id)
        assert read() == 1
        texts, now = [str(shelf.files["/cal.ics"])], product_clock.now()
        span = Span(now - BEHIND, now + AHEAD)
        said = read_calendar(texts, span, sara.locale.tz).meetings.values()
        assert [a.due_at for a in planned(sara)] == sorted(one.starts for one in said)
        before = before if turn else [(a.id, a.version) for a in _all()]
    assert [(a.id, a.version) for a in _all()] == before


def _event(uid: str, days: int, hour: int, rule: str, has_time: bool) -> str:
    day = product_clock.now() + timedelta(days=days)
    start = f"{day:%Y%m%d}T{hour:02}0000Z" if has_time else f";VALUE=DATE:{day:%Y%m%d}"
    return meeting(uid, start, **({"rrule": rule} if rule else {}))


def _let_again(source_id: str) -> None:
    """The clock stands still: have it read all the same, and as a whole."""
    db.session.get_one(CalendarSource, source_id).next_at = product_clock.now()
    db.session.get_one(CalendarSource, source_id).etag = None
    db.session.commit()
