"""The pages of one's calendars, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.calendars.models import FAILURES, CalendarSource
from crm.company.models import Company
from crm.database import db
from crm.users.viewer import Viewer

NewClient = Callable[..., FlaskClient]
HOME = "/settings/calendars"
SECRET = "https://calendar.example/private-1234/basic.ics"


def add(phone: FlaskClient, **more: str) -> str:
    answer = phone.post(HOME, data={"kind": "ics", "address": SECRET, "name": "Work"} | more)
    assert answer.status_code == 303
    return str(answer.location)


def test_a_calendar_is_added_shown_changed_and_removed(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    assert "No calendar yet" in phone.get(HOME).text
    page = add(phone)
    shown = phone.get(page).text
    assert "Is being read for the first time" in shown
    assert "calendar.example" in shown
    assert "private-1234" not in shown
    assert phone.post(page, data={"name": "Office", "address": ""}).status_code == 303
    assert "Office" in phone.get(HOME).text
    assert phone.post(f"{page}/reading").status_code == 303
    assert phone.post(f"{page}/removal").location == HOME
    assert phone.get(page).status_code == 404


def test_what_was_typed_stays_and_the_sentence_stands_at_its_field(
    new_client: NewClient, sara: Viewer
) -> None:
    phone = new_client(sara)
    form = {"kind": "caldav", "address": "gopher://x", "username": "sara", "password": "MvU5-q2Zr"}
    answer = phone.post(HOME, data=form)
    assert answer.status_code == 422
    assert 'value="gopher://x"' in answer.text
    assert 'id="f-address-error"' in answer.text
    assert "MvU5-q2Zr" not in answer.text
    page = add(phone)
    wrong = phone.post(page, data={"address": "gopher://x", "name": "Kept"})
    assert wrong.status_code == 422
    assert 'value="Kept"' in wrong.text


def test_why_it_cannot_be_read_is_said_in_a_sentence(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    page = add(phone)
    for failure, sentence in FAILURES.items():
        db.session.scalars(select(CalendarSource)).one().failure = failure
        db.session.commit()
        for shown in (phone.get(page).text, phone.get(HOME).text):
            assert sentence.replace("'", "&#39;") in shown


def test_the_secret_address_is_shown_once(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    phone.post(f"{HOME}/feed")
    page = phone.get(HOME).text
    found = re.search(r'value="http://localhost(/calendar/[\w-]{43}\.ics)"', page)
    assert found
    assert f'href="webcal://localhost{found[1]}"' in page
    assert found[1] not in phone.get(HOME).text
    assert phone.get(found[1]).status_code == 200
    phone.post(f"{HOME}/feed/revocation")
    assert phone.get(found[1]).status_code == 404


def test_an_admin_allows_calendars_on_the_companys_own_network(
    app: Flask, new_client: NewClient, admin: Viewer, sara: Viewer
) -> None:
    inside = {"kind": "ics", "address": "http://calendar.office/x.ics"}
    phone = new_client(sara)
    assert phone.post(HOME, data=inside).status_code == 422
    form = {"name": "Example", "language": "en", "calendar": "gregorian"}
    form |= {"timezone": "Asia/Tehran", "quiet_days": "10", "currency": "IRT"}
    desk = new_client(admin)
    desk.post("/administration/company", data=form | {"inside_calendars": "1"})
    assert db.session.scalars(select(Company)).one().inside_calendars
    assert "checked" in desk.get("/administration/company").text
    assert phone.post(HOME, data=inside).status_code == 303
