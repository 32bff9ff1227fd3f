"""A meeting with a customer in the rep's calendar stands in his plan as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import clock as product_clock
from crm.accounts.commands import create_contact
from crm.activities.commands import (
    plan_activity,
)
from crm.activities.models import Activity
from crm.activities.queries import is_unlogged, promises
from crm.calendars.fetching import fetch
from crm.calendars.jobs import AHEAD, BEHIND, claim_due, fetch_due_calendars, take_in
from crm.calendars.models import CalendarMeeting, CalendarSource
from crm.calendars.reading import Span
from crm.calendars.sources import fetch_soon, remove_source
from crm.database import db
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.calendars.conftest import HAMRAH
from tests.calendars.files import NOURI, event, file, guest, meeting
from tests.calendars.servers import Shelf
from tests.clock import MovableClock

Read = Callable[[], int]
Planned = Callable[[Viewer], Sequence[Activity]]
FileOf = Callable[..., str]


def when(activity: Activity) -> str:
    return f"{activity.due_at:%d %H:%M}-{activity.ends_at:%H:%M}"


def source() -> CalendarSource:
    db.session.rollback()
    return db.session.scalars(select(CalendarSource)).one()


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
    shelf.files["/cal.ics"] = file(meeting(summary="Nima Nouri"))
    file_of(nika)
    read()
    assert not planned(nika)


def test_a_namesake_out_of_sight_makes_nobody_doubtful(
    shelf: Shelf, read: Read, planned: Planned, file_of: FileOf, nika: Viewer, nouri: str
) -> None:
    hers = factories.a_contact(nika, "Nima Nouri").id
    shelf.files["/cal.ics"] = file(event(summary="Nima Nouri, contract"))
    file_of(nika)
    read()
    assert [activity.contact_id for activity in planned(nika)] == [hers]


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


def test_two_workers_never_read_one_calendar_at_once(
    shelf: Shelf, file_of: FileOf, sara: Viewer, clock: MovableClock
) -> None:
    file_of(sara)
    assert len(claim_due(HAMRAH, 10)) == 1
    assert not claim_due(HAMRAH, 10)
    # Who claimed it died: after its time another may.
    clock.move(minutes=6)
    assert len(claim_due(HAMRAH, 10)) == 1


@pytest.mark.parametrize("meanwhile", ["removed", "claimed by another"])
def test_what_comes_after_its_time_comes_too_late(
    shelf: Shelf,
    planned: Planned,
    file_of: FileOf,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
    meanwhile: str,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    source_id = file_of(sara)
    (errand,) = claim_due(HAMRAH, 10)
    now = product_clock.now()
    span = Span(now - BEHIND, now + AHEAD)
    answer = fetch(errand, span)
    if meanwhile == "removed":
        remove_source(sara, source_id)
    else:
        clock.move(minutes=6)
        assert len(claim_due(HAMRAH, 10)) == 1
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
