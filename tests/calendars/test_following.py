"""A meeting with a customer in the rep's calendar stands in his plan, and follows the calendar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock as product_clock
from crm.accounts.commands import create_contact
from crm.activities.commands import (
    complete_activity,
    log_activity,
    plan_activity,
    reschedule_activity,
    withdraw_activity,
)
from crm.activities.models import Activity
from crm.activities.queries import is_unlogged, promises
from crm.calendars.jobs import claim_due, fetch_due_calendars
from crm.calendars.models import CalendarMeeting, CalendarSource
from crm.calendars.sources import fetch_soon, remove_source
from crm.database import db
from crm.timeline.models import TimelineEntry
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.calendars.conftest import HAMRAH
from tests.calendars.files import event, file, guest
from tests.calendars.servers import Shelf
from tests.clock import MovableClock

Read = Callable[[], int]
Planned = Callable[[Viewer], Sequence[Activity]]
FileOf = Callable[..., str]
NOURI = "nouri@anar.example"


@pytest.fixture
def nouri(sara: Viewer, app: Any) -> str:
    """A contact of Sara's, with an address and a mobile."""
    return create_contact(
        sara, {"name": "Nima Nouri", "emails": [NOURI], "phones": ["0912 345 6789"]}
    )


def meeting(uid: str = "one", start: str = "20261126T100000Z", **said: str) -> str:
    return event(uid, start, guest(NOURI), **{"summary": "Contract", **said})


def when(activity: Activity) -> str:
    return f"{activity.due_at:%d %H:%M}-{activity.ends_at:%H:%M}"


def source() -> CalendarSource:
    db.session.rollback()
    return db.session.scalars(select(CalendarSource)).one()


def again(read: Read, clock: MovableClock) -> None:
    """Let the next reading come."""
    clock.move(minutes=11)
    assert read() == 1


@pytest.mark.mission(51, 53)
def test_a_meeting_with_a_known_person_is_planned_with_him(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    shelf.files["/cal.ics"] = file(meeting(dtend="20261126T113000Z"))
    file_of(sara)
    assert read() == 1
    (activity,) = planned(sara)
    assert (activity.kind, activity.subject, activity.contact_id) == ("meeting", "Contract", nouri)
    assert when(activity) == "26 10:00-11:30"
    assert activity.owner_id == sara.id
    assert source().failure is None


@pytest.mark.mission(116)
def test_once_it_is_over_today_asks_how_it_went(
    shelf: Shelf,
    read: Read,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(meeting(start="20261124T080000Z"))
    file_of(sara)
    read()
    clock.move(hours=2)
    (row,) = promises(sara, product_clock.now())
    assert is_unlogged(row, product_clock.now())
    assert row.contact_name == "Nima Nouri"


def test_a_person_is_known_by_a_number_in_the_text_or_by_his_name_alone(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    lead = factories.a_lead(sara, "مریم کاظمی‌نژاد").id
    shelf.files["/cal.ics"] = file(
        event("a", "20261126T100000Z", summary="Visit", description="call ۰۹۱۲ ۳۴۵ ۶۷۸۹ first"),
        event("b", "20261127T100000Z", summary="جلسه با مريم كاظمي‌نژاد، دفتر"),
        event("c", "20261128T100000Z", summary="Lunch with Nima Nouri (offer)"),
    )
    file_of(sara)
    read()
    assert [(a.contact_id, a.lead_id) for a in planned(sara)] == [
        (nouri, None),
        (None, lead),
        (nouri, None),
    ]


def test_of_all_others_nothing_is_kept(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    factories.a_contact(sara, "Ali Rad")
    factories.a_contact(sara, "Ali Rad")
    shelf.files["/cal.ics"] = file(
        event("a", summary="Dentist"),
        event("b", "20261126T100000Z", guest("friend@home.example"), summary="Dinner"),
        event("c", summary="Ali Rad"),
        event("d", "20261126T100000Z", guest(NOURI), summary="Secret", **{"class": "PRIVATE"}),
        event("e", "20261126T100000Z", guest("sara@example.com")),
        event("f", summary="nima"),
    )
    file_of(sara)
    read()
    assert not planned(sara)
    assert db.session.scalar(select(func.count()).select_from(CalendarMeeting)) == 0


def test_who_is_not_the_owners_to_see_is_nobody(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, nika: Viewer, nouri: str
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    file_of(nika)
    read()
    assert not planned(nika)


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


def test_the_same_meeting_in_two_of_ones_calendars_is_one(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    shelf.files |= {"/cal.ics": file(meeting()), "/other.ics": file(meeting())}
    file_of(sara)
    file_of(sara, "/other.ics")
    assert read() == 2
    assert len(planned(sara)) == 1


def test_each_who_was_there_has_a_meeting_of_his_own(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    omid: Viewer,
    nouri: str,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    file_of(sara)
    file_of(omid)
    assert read() == 2
    assert (len(planned(sara)), len(planned(omid))) == (1, 1)


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


def test_a_person_who_is_added_later_has_his_meeting_when_it_is_read_by_hand(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    clock: MovableClock,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    source_id = file_of(sara)
    read()
    create_contact(sara, {"name": "Nima Nouri", "emails": [NOURI]})
    clock.move(minutes=1)
    fetch_soon(sara, source_id)
    assert read() == 1
    assert len(planned(sara)) == 1


def test_nobody_is_told_of_the_calendar_of_who_left(
    shelf: Shelf, read: Read, file_of: FileOf, sara: Viewer
) -> None:
    file_of(sara)
    db.session.get_one(User, sara.id).is_active = False
    db.session.commit()
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


def test_two_workers_never_read_one_calendar_at_once(
    shelf: Shelf, file_of: FileOf, sara: Viewer, clock: MovableClock
) -> None:
    file_of(sara)
    assert len(claim_due(HAMRAH, 10)) == 1
    assert not claim_due(HAMRAH, 10)
    # Who claimed it died: after its time another may.
    clock.move(minutes=6)
    assert len(claim_due(HAMRAH, 10)) == 1


def test_what_comes_after_the_calendar_was_removed_comes_too_late(
    shelf: Shelf, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    from crm.calendars.fetching import fetch
    from crm.calendars.jobs import AHEAD, BEHIND, take_in
    from crm.calendars.reading import Span

    shelf.files["/cal.ics"] = file(meeting())
    source_id = file_of(sara)
    (errand,) = claim_due(HAMRAH, 10)
    now = product_clock.now()
    span = Span(now - BEHIND, now + AHEAD)
    answer = fetch(errand, span)
    remove_source(sara, source_id)
    take_in(errand, answer, span)
    assert not planned(sara)
    assert fetch_due_calendars(HAMRAH, 10) == 0


def test_a_task_of_ones_own_is_never_touched(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, sara: Viewer, nouri: str
) -> None:
    at = product_clock.now() + timedelta(days=1)
    own = plan_activity(sara, {"kind": "meeting", "due_at": at.isoformat(), "contact_id": nouri})
    shelf.files["/cal.ics"] = file()
    file_of(sara)
    read()
    assert [activity.id for activity in planned(sara)] == [own]
