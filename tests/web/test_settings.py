"""One's own settings, password and devices."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from crm.database import db
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests.people import PASSWORD

NewClient = Callable[..., FlaskClient]
FORM = {
    "name": "Sara A.",
    "email": "sara@example.com",
    "phone": "0912 345 6789",
    "language": "fa",
    "calendar": "jalali",
    "timezone": "Asia/Tehran",
    "money_unit": "rial",
    "theme": "dark",
}


def test_settings_hold_at_once(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    answer = phone.post("/settings", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/settings")
    page = phone.get("/settings").text
    assert '<html lang="fa" dir="rtl" data-calendar="jalali" data-theme="dark"' in page


def test_a_wrong_field_keeps_what_was_typed(new_client: NewClient, sara: Viewer) -> None:
    answer = new_client(sara).post("/settings", data=FORM | {"phone": "12", "name": "New name"})
    assert answer.status_code == 422
    assert 'value="New name"' in answer.text
    assert 'id="f-phone-error"' in answer.text


def test_nobody_makes_himself_an_admin(new_client: NewClient, sara: Viewer) -> None:
    for field in ("role", "team_id", "is_active", "password_hash", "id", "created_at"):
        assert new_client(sara).post("/settings", data=FORM | {field: "x"}).status_code == 422


def test_a_new_password_leaves_only_this_device(new_client: NewClient, sara: Viewer) -> None:
    here, there = new_client(sara), new_client(sara)
    form = {"old_password": "wrong", "password": "a good long one"}
    wrong = here.post("/settings/password", data=form)
    assert wrong.status_code == 422
    assert "a good long one" not in wrong.text
    assert (
        here.post("/settings/password", data=form | {"old_password": PASSWORD}).status_code == 303
    )
    assert here.get("/settings").status_code == 200
    assert there.get("/settings").status_code == 303


def _session_of(page: str, sessions: set[str]) -> str:
    """Return whose page it is: the one device that it does not offer to sign out."""
    [own] = [one for one in sessions if f"/settings/devices/{one}/sign-out" not in page]
    return own


def test_devices_are_listed_and_signed_out_one_by_one_or_all(
    new_client: NewClient, sara: Viewer, omid: Viewer
) -> None:
    here, second = new_client(sara), new_client(sara)
    before = set(db.session.scalars(select(UserSession.id)))
    [seconds] = before - {_session_of(here.get("/settings/devices").text, before)}
    third = new_client(sara)
    page = here.get("/settings/devices").text
    assert page.count("/sign-out") == 3, "two others, and all of them"
    assert new_client(omid).post(f"/settings/devices/{seconds}/sign-out").status_code == 404
    assert here.post(f"/settings/devices/{seconds}/sign-out").status_code == 303
    assert second.get("/settings").status_code == 303
    assert here.post("/settings/devices/sign-out").status_code == 303
    assert third.get("/settings").status_code == 303
    assert here.get("/settings").status_code == 200
