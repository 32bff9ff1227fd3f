"""How calendars are asked for: seldom where nothing changed, patiently where it fails, safely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock as product_clock
from crm import errors, outgoing
from crm.activities.models import Activity
from crm.calendars import jobs
from crm.calendars.jobs import fetch_due_calendars
from crm.calendars.models import CalendarSource
from crm.calendars.sources import add_source, change_source, fetch_soon, opened
from crm.company.models import Company
from crm.database import db
from crm.users.viewer import Viewer
from tests.calendars.conftest import HAMRAH
from tests.calendars.files import event, file, meeting
from tests.calendars.servers import PASSWORD, Shelf
from tests.clock import MovableClock

Read = Callable[[], int]
Planned = Callable[[Viewer], list[Activity]]
Of = Callable[..., str]


def source() -> CalendarSource:
    db.session.rollback()
    return db.session.scalars(select(CalendarSource)).one()


def test_a_file_that_did_not_change_is_not_sent_again_until_a_day_has_passed(
    shelf: Shelf, read: Read, file_of: Of, sara: Viewer, clock: MovableClock
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    file_of(sara)
    read()
    clock.move(minutes=11)
    read()
    assert "if-none-match" not in shelf.asked[0][2]
    assert "if-none-match" in shelf.asked[1][2]
    clock.move(days=1)
    read()
    assert "if-none-match" not in shelf.asked[2][2]


def test_it_is_read_every_ten_minutes_and_no_sooner(
    shelf: Shelf, read: Read, file_of: Of, sara: Viewer, clock: MovableClock
) -> None:
    shelf.files["/cal.ics"] = file()
    file_of(sara)
    assert read() == 1
    clock.move(minutes=9)
    assert read() == 0
    clock.move(minutes=2)
    assert read() == 1


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (404, "not_found"),
        (410, "not_found"),
        (401, "password"),
        (403, "password"),
        (500, "server"),
        ("<html>Sign in</html>", "not_calendar"),
        ("BEGIN:VCALENDAR\r\n" + "x" * 6_000_000 + "\r\nEND:VCALENDAR", "too_big"),
        (file(*[event(f"e{n}") for n in range(5_001)]), "too_big"),
    ],
    ids=["404", "410", "401", "403", "500", "page", "bytes", "events"],
)
def test_what_fails_says_why_and_is_asked_ever_more_seldom(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: Of,
    sara: Viewer,
    nouri: str,
    clock: MovableClock,
    answer: str | int,
    failure: str,
) -> None:
    shelf.files["/cal.ics"] = file(meeting())
    source_id = file_of(sara)
    read()
    shelf.files["/cal.ics"] = answer
    waits = []
    for _turn in range(8):
        clock.move(seconds=(source().next_at - product_clock.now()).total_seconds())
        assert read() == 1
        assert source().failure == failure
        waits.append((source().next_at - product_clock.now()) / timedelta(minutes=1))
    assert waits == [20, 40, 80, 160, 320, 360, 360, 360]
    # What it gave before stands: a server that is down has cancelled nothing.
    assert len(planned(sara)) == 1
    shelf.files["/cal.ics"] = file(meeting())
    fetch_soon(sara, source_id)
    assert read() == 1
    assert source().failure is None


def test_a_server_that_is_not_there_is_told_of_as_such(
    shelf: Shelf, read: Read, sara: Viewer
) -> None:
    outgoing.configure(loopback=["127.0.0.1:9"])
    add_source(sara, {"kind": "ics", "address": "http://127.0.0.1:9/cal.ics"})
    read()
    assert source().failure == "unreachable"


def test_an_address_inside_is_not_asked_unless_an_admin_allows_it(
    shelf: Shelf, read: Read, file_of: Of, sara: Viewer, clock: MovableClock
) -> None:
    shelf.files["/cal.ics"] = file()
    file_of(sara)
    outgoing.configure()  # no exception for this test's server
    _allow(False)
    read()
    assert source().failure == "address"  # in clear, which nobody allowed
    change_source(sara, source().id, {"address": "https://127.0.0.1/cal.ics"})
    read()
    assert source().failure == "inside"
    assert not shelf.asked
    _allow(True)
    change_source(sara, source().id, {"address": shelf.address + "/cal.ics"})
    read()
    assert source().failure is None
    assert shelf.methods() == ["GET"]


def _allow(yes: bool) -> None:
    db.session.scalars(select(Company)).one().inside_calendars = yes
    db.session.commit()


def test_a_file_that_moved_is_followed(
    shelf: Shelf, read: Read, planned: Planned, file_of: Of, sara: Viewer, nouri: str
) -> None:
    shelf.files["/new.ics"] = file(meeting())
    shelf.moved["/cal.ics"] = "/new.ics"
    file_of(sara)
    read()
    assert len(planned(sara)) == 1


def test_no_request_is_made_inside_a_transaction(
    shelf: Shelf, file_of: Of, sara: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    send, pool = outgoing.send, db.engine.pool

    def watched(*args: Any, **kwargs: Any) -> Any:
        held.append(bool(pool.checkedout()))  # type: ignore[attr-defined]
        return send(*args, **kwargs)

    monkeypatch.setattr(outgoing, "send", watched)
    file_of(sara)
    db.session.rollback()
    fetch_due_calendars(HAMRAH, 10)
    assert held == [False]


def test_the_address_and_the_password_lie_sealed_in_the_database(
    shelf: Shelf, server_of: Of, sara: Viewer
) -> None:
    server_of(sara)
    kept = source()
    for secret in (PASSWORD, shelf.address, "/dav/"):
        for value in vars(kept).values():
            assert secret not in str(value)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/cal.ics",
        "http://example.com/cal.ics",
        "https://user:word@example.com/cal.ics",
        "https://",
        "https://[",
        "my calendar",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_cannot_be_is_refused_with_a_sentence(
    app: Flask, sara: Viewer, address: str
) -> None:
    with pytest.raises(errors.ValidationError) as wrong:
        add_source(sara, {"kind": "ics", "address": address})
    assert list(wrong.value.fields) == ["address"]


@pytest.mark.parametrize(
    "address", ["webcal://example.com/a.ics", "WEBCALS://example.com/a.ics", "example.com/a.ics"]
)
def test_webcal_means_https(app: Flask, sara: Viewer, address: str) -> None:
    add_source(sara, {"kind": "ics", "address": address})
    assert opened(source()) == ("https://example.com/a.ics", "")


def test_a_server_needs_a_user_and_a_password(app: Flask, sara: Viewer) -> None:
    with pytest.raises(errors.ValidationError) as wrong:
        add_source(sara, {"kind": "caldav", "address": "https://example.com"})
    assert set(wrong.value.fields) == {"username", "password"}


def test_nobody_has_more_calendars_than_a_person_needs(app: Flask, sara: Viewer) -> None:
    for number in range(10):
        add_source(sara, {"kind": "ics", "address": f"https://example.com/{number}"})
    with pytest.raises(errors.ValidationError):
        add_source(sara, {"kind": "ics", "address": "https://example.com/11"})


def test_what_nobody_foresaw_is_told_of_without_its_words_and_keeps_no_other_from_its_turn(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    file_of: Of,
    sara: Viewer,
    nouri: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = jobs.read_calendar

    def broken(texts: list[str], *args: Any) -> Any:
        if "CANARY" in texts[0]:
            raise RuntimeError(texts[0])
        return whole(texts, *args)

    monkeypatch.setattr(jobs, "read_calendar", broken)
    shelf.files |= {"/a.ics": file(event(summary="CANARY")), "/b.ics": file(meeting())}
    file_of(sara, "/a.ics")
    file_of(sara, "/b.ics")
    assert read() == 2
    assert len(planned(sara)) == 1
    assert "RuntimeError" in caplog.text
    assert "CANARY" not in caplog.text
