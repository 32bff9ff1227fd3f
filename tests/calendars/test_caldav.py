"""A CalDAV server is read from any of its addresses, and a hostile one gets nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from crm import errors
from crm.activities.models import Activity
from crm.calendars.models import CalendarSource
from crm.calendars.sources import change_source, fetch_soon
from crm.database import db
from crm.users.viewer import Viewer
from tests.calendars.files import NOURI, event, file, guest, meeting
from tests.calendars.servers import PASSWORD, USER, Shelf

Read = Callable[[], int]
Planned = Callable[[Viewer], list[Activity]]
Of = Callable[..., str]


def source() -> CalendarSource:
    db.session.rollback()
    return db.session.scalars(select(CalendarSource)).one()


@pytest.mark.parametrize("path", ["/dav/", "/dav/me/", "/dav/sara/", "/dav/sara/work/"])
def test_a_caldav_server_is_read_from_whichever_address_was_given(
    shelf: Shelf,
    read: Read,
    planned: Planned,
    server_of: Of,
    sara: Viewer,
    nouri: str,
    path: str,
) -> None:
    shelf.events = [file(meeting()), file(event("two", "20261127T090000Z", guest(NOURI)))]
    server_of(sara, path)
    read()
    assert source().failure is None
    assert len(planned(sara)) == 2
    assert [p for m, p, _h in shelf.asked if m == "REPORT"] == ["/dav/sara/work/"]


def test_a_wrong_password_is_told_of_and_the_right_one_cures_it(
    shelf: Shelf, read: Read, server_of: Of, sara: Viewer
) -> None:
    source_id = server_of(sara, password="wrong")
    read()
    assert source().failure == "password"
    change_source(sara, source_id, {"password": PASSWORD})
    read()
    assert source().failure is None


def test_the_password_goes_to_no_other_server(
    shelf: Shelf, read: Read, server_of: Of, sara: Viewer
) -> None:
    shelf.moved["/dav/"] = shelf.address.replace("127.0.0.1", "localhost") + "/dav/me/"
    server_of(sara)
    read()
    assert source().failure == "address"
    assert len(shelf.asked) == 1


BILLION = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
XML = {
    "entities": f'<?xml version="1.0"?><!DOCTYPE x [{BILLION}]><x>&l9;</x>'.encode(),
    "in other bytes": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
    "a file of ours": b'<!doctype x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    # Right but for what it declares: alone the refusal of that stops it.
    "a declaration": b'<!DOCTYPE d [<!ENTITY e "x">]><d:multistatus xmlns:d="DAV:" xmlns:c="urn:'
    b'ietf:params:xml:ns:caldav"><d:response><d:href>/dav/sara/work/</d:href><d:propstat><d:prop>'
    b"<d:resourcetype><c:calendar/></d:resourcetype></d:prop></d:propstat></d:response>"
    b"</d:multistatus>",
    "half": b"<d:multistatus",
    "none": b"Not Found",
    "elsewhere": b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>http://[</d:href><d:propstat>'
    b"<d:prop><d:current-user-principal><d:href>http://[</d:href></d:current-user-principal>"
    b"</d:prop></d:propstat></d:response></d:multistatus>",
    "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
}


@pytest.mark.parametrize("name", XML)
def test_a_hostile_server_gets_nowhere(
    shelf: Shelf, read: Read, server_of: Of, sara: Viewer, name: str
) -> None:
    shelf.xml = XML[name]
    server_of(sara)
    assert read() == 1
    assert source().failure in ("not_calendar", "address")


def test_nobody_reaches_anothers_calendar(
    shelf: Shelf, server_of: Of, sara: Viewer, admin: Viewer
) -> None:
    source_id = server_of(sara)
    for act in (fetch_soon, lambda who, which: change_source(who, which, {"name": "x"})):
        with pytest.raises(errors.NotFound):
            act(admin, source_id)
    assert USER in str(source().username)
