"""A rep's plan in his own calendar: right by RFC 5545, on an address that only he has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from crm import clock as product_clock
from crm.activities.models import ActivityKind
from crm.calendars.feed import write_plan
from crm.calendars.feeds import find_feed, renew_feed, revoke_feed
from crm.calendars.reading import Span, read_calendar
from crm.database import db
from crm.errors import NotFound
from crm.i18n import Locale, use_locale
from crm.users.models import User
from crm.users.viewer import Viewer
from crm.web import calendar_feed
from tests import factories
from tests.calendars.files import event, file, guest
from tests.calendars.servers import Shelf
from tests.clock import MovableClock

ADDRESS = "https://crm.example"


def plan(owner: Viewer, days: float = 1, kind: str = "call", **more: Any) -> str:
    due_at = product_clock.now() + timedelta(days=days)
    return factories.an_activity(owner, ActivityKind(kind), due_at=due_at, **more).id


def events(owner: Viewer) -> list[Any]:
    return list(Calendar.from_ical(write_plan(owner, ADDRESS)).walk("VEVENT"))


def test_what_is_planned_stands_in_it_with_whom_and_when(app: Flask, sara: Viewer) -> None:
    account = factories.an_account(sara, "Anar Trading")
    contact = factories.a_contact(sara, "Nima Nouri", account)
    at = product_clock.now() + timedelta(days=1)
    activity = plan(
        sara,
        kind="meeting",
        subject="Contract; offer, \\ and\nmore",
        contact_id=contact.id,
        account_id=account.id,
        ends_at=at + timedelta(minutes=45),
    )
    (one,) = events(sara)
    assert one["UID"] == f"{activity}@plan.hamrah"
    assert one["SUMMARY"] == "Contract; offer, \\ and\nmore · Nima Nouri · Anar Trading"
    assert one["URL"] == f"{ADDRESS}/activities/{activity}"
    assert (one["DTSTART"].dt, one["DTEND"].dt) == (at, at + timedelta(minutes=45))
    assert one["DTSTAMP"].dt == product_clock.now()


def test_a_day_without_a_time_is_a_whole_day_of_its_owners(app: Flask, sara: Viewer) -> None:
    # 23:30 UTC is the next day in Tehran.
    due_at = datetime.fromisoformat("2026-11-26T23:30:00+00:00")
    factories.an_activity(sara, ActivityKind.TASK, due_at=due_at, has_time=False)
    (one,) = events(sara)
    assert (one["DTSTART"].dt, one["DTEND"].dt) == (date(2026, 11, 27), date(2026, 11, 28))


def test_it_speaks_its_owners_language(app: Flask, sara: Viewer) -> None:
    plan(sara)
    with use_locale(Locale("fa", "jalali", "Asia/Tehran")):
        (one,) = events(sara)
    assert one["SUMMARY"] == "تماس"


def test_only_what_is_ones_own_and_still_to_be_done_is_in_it(
    app: Flask, sara: Viewer, omid: Viewer
) -> None:
    wanted = {plan(sara, days) for days in (-6, 0.1, 89)}
    plan(omid)
    plan(sara, -8)
    plan(sara, 91)
    plan(sara, kind="note")
    plan(sara, archived_at=product_clock.now())
    factories.an_activity(sara)
    assert {one["UID"].partition("@")[0] for one in events(sara)} == wanted


def test_a_name_that_he_may_not_see_is_not_in_it(app: Flask, nika: Viewer, sara: Viewer) -> None:
    hidden = factories.a_contact(sara, "CANARY")
    plan(nika, subject="Call", contact_id=hidden.id)
    assert b"CANARY" not in write_plan(nika, ADDRESS)


def test_its_lines_are_as_long_as_they_may_be_and_fold_within_no_letter(
    app: Flask, sara: Viewer
) -> None:
    subject = "قرارداد سالانهٔ پشتیبانی " * 7
    plan(sara, subject=subject)
    body = write_plan(sara, ADDRESS)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert all(line.decode() for line in body.split(b"\r\n") if line)
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert events(sara)[0]["SUMMARY"] == subject


def test_the_same_plan_is_the_same_file(app: Flask, sara: Viewer, clock: MovableClock) -> None:
    plan(sara)
    before = write_plan(sara, ADDRESS)
    clock.move(minutes=5)
    assert write_plan(sara, ADDRESS) == before


def test_what_came_from_his_own_calendar_is_not_sent_back(
    shelf: Shelf, file_of: Callable[..., str], read: Callable[[], int], sara: Viewer
) -> None:
    factories.a_contact(sara, "Nima", emails=factories.labelled("nouri@anar.example"))
    shelf.files["/cal.ics"] = file(event("x", "20261126T100000Z", guest("nouri@anar.example")))
    file_of(sara)
    read()
    own = plan(sara)
    assert [one["UID"].partition("@")[0] for one in events(sara)] == [own]


def test_a_plan_that_is_read_as_a_calendar_brings_nothing_back(app: Flask, sara: Viewer) -> None:
    plan(sara)
    span = Span(product_clock.now(), product_clock.now() + timedelta(days=9))
    text = write_plan(sara, ADDRESS).decode()
    assert not read_calendar([text], span, sara.locale.tz).meetings


def test_a_new_secret_ends_the_old_one_and_revoking_ends_all(app: Flask, sara: Viewer) -> None:
    old = renew_feed(sara)
    new = renew_feed(sara)
    assert find_feed(new).id == sara.id
    revoke_feed(sara)
    revoke_feed(sara)
    for token in (old, new, "", "x" * 5000):
        with pytest.raises(NotFound):
            find_feed(token)


def test_the_address_answers_a_calendar_and_nobody_else(
    app: Flask, client: FlaskClient, sara: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    plan(sara, subject="Offer")
    token = renew_feed(sara)
    answer = client.get(f"/calendar/{token}.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "Offer" in answer.text
    assert answer.headers["Cache-Control"].startswith("private")
    again = client.get(f"/calendar/{token}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"/calendar/{token[:-1]}.ics").status_code == 404
    db.session.get_one(User, sara.id).is_active = False
    db.session.commit()
    assert client.get(f"/calendar/{token}.ics").status_code == 404
    assert token not in caplog.text


def test_who_asks_too_often_waits(
    client: FlaskClient, sara: Viewer, monkeypatch: pytest.MonkeyPatch, clock: MovableClock
) -> None:
    token = renew_feed(sara)
    statuses = [client.get(f"/calendar/{token}.ics").status_code for _turn in range(30)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    clock.move(minutes=2)
    assert client.get(f"/calendar/{token}.ics").status_code == 200


def test_who_guesses_is_held_up(client: FlaskClient, sara: Viewer) -> None:
    calendar_feed._networks._kept.clear()
    statuses = {client.get(f"/calendar/guess{n}.ics").status_code for n in range(250)}
    calendar_feed._networks._kept.clear()
    assert statuses == {404, 429}
