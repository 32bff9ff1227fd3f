"""What is due is told at its minute, once, to whose it is; what moved or is done is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from crm import clock as product_clock
from crm.activities.commands import (
    complete_activity,
    log_activity,
    reschedule_activity,
    withdraw_activity,
)
from crm.activities.models import Activity
from crm.alerts.deciding import decide_alerts
from crm.alerts.sending import claim_deliveries
from crm.database import db
from crm.reactions.due import tell_meetings_ahead, tell_meetings_over, tell_promises
from crm.reactions.mornings import tell_days_promises
from crm.users.away import set_away
from crm.users.models import User
from crm.users.viewer import Viewer
from tests import factories
from tests.alerts.inbox import device
from tests.clock import START, MovableClock
from tests.reactions.inbox import HAMRAH, PERSIAN, nobody_else, said, told

#: START is Tuesday 24 November 2026, 10:45 in Tehran.
MIDNIGHT = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
NINE = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)


def meeting(owner: Viewer, minutes: float = 15, **fields: Any) -> Activity:
    """Plan a meeting of an hour that begins in so many minutes."""
    due = product_clock.now() + timedelta(minutes=minutes)
    return factories.an_activity(owner, due_at=due, ends_at=due + timedelta(hours=1), **fields)


def promise(owner: Viewer, due: datetime, *, has_time: bool = True, **fields: Any) -> Activity:
    return factories.an_activity(owner, "call", due_at=due, has_time=has_time, **fields)


@pytest.mark.mission(53)
def test_a_meeting_is_told_a_quarter_of_an_hour_before_with_what_to_know(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    account = factories.an_account(sara, "Acme")
    born = datetime(1990, 11, 26, tzinfo=UTC).date()
    contact = factories.a_contact(sara, "Nima Karimi", account, birthday=born)
    about = {"contact_id": contact.id, "account_id": account.id}
    log_activity(sara, {"kind": "call", "outcome": "interested", "contact_id": contact.id})
    clock.move(days=-1)
    promise(sara, START + timedelta(days=3), subject="Send the offer", **about)
    clock.move(days=1)
    one = meeting(sara, 16, **about)
    assert tell_meetings_ahead(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_meetings_ahead(HAMRAH) == 1
    (words,) = said(sara)
    assert words.title == "Meeting at 11:01: Nima Karimi · Acme"
    assert words.body == "Call: Interested, 1 min ago · 1 open promise · Birthday on Thu 26 Nov"
    (alert,) = told(sara)
    assert (alert.url, alert.activity_id) == (f"/activities/{one.id}", one.id)
    assert alert.expires_at == one.due_at
    assert tell_meetings_ahead(HAMRAH) == 0
    assert nobody_else(sara)


def test_the_brief_says_nothing_that_is_not_the_readers(
    app: Flask, sara: Viewer, nika: Viewer
) -> None:
    contact = factories.a_contact(nika, "Secret Person")
    log_activity(nika, {"kind": "call", "subject": "Secret talk", "contact_id": contact.id})
    promise(nika, START + timedelta(days=3), contact_id=contact.id)
    meeting(sara, contact_id=contact.id, subject="Lunch")
    tell_meetings_ahead(HAMRAH)
    assert "Secret" not in str(told(sara)[0].data)
    assert "line" not in told(sara)[0].data


def test_a_worker_that_was_down_does_not_ring_for_a_meeting_that_began(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    meeting(sara)
    clock.move(minutes=15)
    assert tell_meetings_ahead(HAMRAH) == 0
    assert told(sara) == []


@pytest.mark.mission(53, 116)
def test_five_minutes_after_its_end_it_asks_how_it_went_and_opens_the_sheet(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    contact = factories.a_contact(sara, "Nima Karimi")
    one = meeting(sara, 0, contact_id=contact.id)
    clock.move(minutes=64)
    assert tell_meetings_over(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_meetings_over(HAMRAH) == 1
    (alert,) = told(sara)
    assert (alert.url, alert.expires_at) == (f"/capture?activity_id={one.id}", MIDNIGHT)
    assert said(sara)[0].title == "How did it go with Nima Karimi?"
    assert tell_meetings_over(HAMRAH) == 0


def test_a_meeting_that_was_logged_is_not_asked_for(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    contact = factories.a_contact(sara)
    one = meeting(sara, 0, contact_id=contact.id)
    clock.move(minutes=62)
    log_activity(sara, {"kind": "meeting", "planned_id": one.id, "contact_id": contact.id})
    clock.move(minutes=10)
    assert tell_meetings_over(HAMRAH) == 0


def test_yesterdays_meeting_is_not_asked_for_after_midnight(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    meeting(sara, 0)
    clock.set(MIDNIGHT + timedelta(minutes=1))
    assert tell_meetings_over(HAMRAH) == 1
    assert (told(sara), tell_meetings_over(HAMRAH)) == ([], 0)


@pytest.mark.mission(47, 53, 54)
def test_a_promise_with_an_hour_is_told_then_and_one_for_a_day_at_nine_of_his_clock(
    app: Flask, sara: Viewer, omid: Viewer, clock: MovableClock
) -> None:
    db.session.execute(update(User).where(User.id == omid.id).values(timezone="Europe/London"))
    db.session.commit()
    contact = factories.a_contact(sara, "Nima Karimi")
    promise(sara, START + timedelta(minutes=30), contact_id=contact.id)
    tomorrow = NINE + timedelta(hours=1)
    promise(sara, tomorrow, has_time=False, subject="Send the offer")
    promise(omid, tomorrow + timedelta(hours=5), has_time=False, subject="In London")
    clock.move(minutes=29)
    assert tell_promises(HAMRAH) == 0
    clock.move(minutes=1)
    assert tell_promises(HAMRAH) == 1
    (words,) = said(sara)
    assert (words.title, words.body) == ("Call Nima Karimi", "by 11:15")
    assert told(sara)[0].expires_at == MIDNIGHT
    clock.set(NINE - timedelta(seconds=1))
    assert tell_days_promises(HAMRAH) == 0
    clock.set(NINE)
    assert tell_days_promises(HAMRAH) == 1
    assert said(sara)[-1].title == "Send the offer"
    clock.set(datetime(2026, 11, 25, 8, 59, tzinfo=UTC))
    assert tell_days_promises(HAMRAH) == 0
    clock.set(datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert tell_days_promises(HAMRAH) == 1
    assert [words.title for words in said(omid)] == ["In London"]


def test_it_is_told_in_persian_to_who_reads_persian(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    db.session.execute(
        update(User).where(User.id == sara.id).values(language="fa", calendar="jalali")
    )
    db.session.commit()
    contact = factories.a_contact(sara, "نیما کریمی")
    meeting(sara, contact_id=contact.id)
    promise(sara, START, contact_id=contact.id)
    tell_promises(HAMRAH)
    tell_meetings_ahead(HAMRAH)
    first, second = said(sara, PERSIAN)
    assert "نیما کریمی" in first.title
    assert "Call" not in first.title
    assert "۱۱:۰۰" in second.title


def test_moving_it_or_doing_it_takes_the_alert_back_and_the_new_hour_is_told(
    app: Flask, sara: Viewer, clock: MovableClock
) -> None:
    device(sara)
    one, two, three = meeting(sara), meeting(sara, 14), meeting(sara, 13)
    tell_meetings_ahead(HAMRAH)
    assert decide_alerts(HAMRAH) == 3
    later = (START + timedelta(hours=2)).isoformat()
    reschedule_activity(sara, one.id, {"due_at": later, "has_time": True})
    complete_activity(sara, two.id)
    withdraw_activity(sara, three.id)
    assert claim_deliveries(HAMRAH, "push") == []
    outcomes = {alert.activity_id: alert.outcome for alert in told(sara)}
    assert outcomes == {one.id: "taken_back", two.id: "done", three.id: "taken_back"}
    clock.move(minutes=110)
    assert tell_meetings_ahead(HAMRAH) == 1
    decide_alerts(HAMRAH)
    assert len(claim_deliveries(HAMRAH, "push")) == 1


def test_his_cover_goes_to_the_meeting_while_he_is_away(
    app: Flask, sara: Viewer, omid: Viewer
) -> None:
    set_away(sara, sara.id, {"away_from": "2026-11-24", "cover_id": omid.id})
    meeting(sara, subject="Lunch")
    tell_meetings_ahead(HAMRAH)
    assert said(omid)[0].body == "for Sara Ahmadi, who is away"
    assert nobody_else(omid)
