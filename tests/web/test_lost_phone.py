"""A lost phone clears itself; a phone whose session merely ended never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from crm import clock, errors
from crm.database import db
from crm.devices.commands import wipe_device
from crm.devices.models import Device
from crm.devices.queries import phones_by_session, standings
from crm.users.models import UserSession
from crm.users.sessions import end_session
from crm.users.viewer import Viewer
from tests.api.phone import capture, message, met
from tests.people import COOKIE

NewClient = Callable[..., FlaskClient]
CLEAR = '"cache", "storage", "cookies"'
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def name_of(phone: FlaskClient) -> str:
    """Return what the phone calls itself here."""
    cookie = phone.get_cookie(COOKIE)
    assert cookie is not None
    return f"phone-{cookie.value}"


def beat(phone: FlaskClient, **more: Any) -> None:
    said = {"device_id": name_of(phone), "app": "test", "waiting": 0} | more
    assert phone.post("/api/v1/heartbeat", json=said).status_code == 200


def session_of(phone: FlaskClient, person: Viewer) -> str:
    """Return the id of the session in which this phone was heard."""
    beat(phone)
    row = db.session.query(Device).filter_by(device_id=name_of(phone)).one()
    assert row.user_id == person.id
    return str(row.session_id)


def lose(phone: FlaskClient, owner: Viewer, desk: FlaskClient, way: str) -> Any:
    session_id = session_of(phone, owner)
    home = "/settings" if way == "owner" else f"/administration/users/{owner.id}"
    return desk.post(f"{home}/devices/{session_id}/wipe")


@pytest.mark.parametrize("way", ["owner", "admin"])
@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/today", {}),
        ("GET", "/today", {"headers": HTMX}),
        ("GET", "/sign-in", {}),
        ("GET", "/nothing-here", {}),
        ("POST", "/deals", {"data": {"name": "x"}}),
        ("GET", "/api/v1/me", {}),
        ("POST", "/api/v1/heartbeat", {"json": {}}),
    ],
)
def test_whatever_a_lost_phone_asks_next_it_is_told_to_clear_itself(
    new_client: NewClient, sara: Viewer, admin: Viewer, way: str, method: str, path: str, more: Any
) -> None:
    phone = new_client(sara)
    desk = new_client(sara if way == "owner" else admin)
    assert lose(phone, sara, desk, way).status_code == 303
    answer = phone.open(path, method=method, **more)
    assert answer.status_code == 401
    assert answer.headers["Clear-Site-Data"] == CLEAR
    if path.startswith("/api/"):
        assert answer.json["error"]["code"] == "wiped"
    assert phone.get_cookie(COOKIE) is None
    assert "Clear-Site-Data" not in phone.get("/sign-in").headers, "it is anybody's phone now"
    assert desk.get("/settings/devices").status_code == 200


def test_nothing_that_a_lost_phone_sends_is_taken(new_client: NewClient, sara: Viewer) -> None:
    phone = new_client(sara)
    lose(phone, sara, new_client(sara), "owner")
    answer = phone.post("/api/v1/captures", json=message(sara, capture(met())))
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (401, CLEAR)


def sign_out(phone: FlaskClient, person: Viewer, admin: FlaskClient) -> None:
    phone.post("/sign-out")


def sign_out_from_afar(phone: FlaskClient, person: Viewer, admin: FlaskClient) -> None:
    session_id = session_of(phone, person)
    admin.post(f"/administration/users/{person.id}/devices/{session_id}/sign-out")


def sign_out_everywhere(phone: FlaskClient, person: Viewer, admin: FlaskClient) -> None:
    admin.post(f"/administration/users/{person.id}/sign-out")


def deactivate(phone: FlaskClient, person: Viewer, admin: FlaskClient) -> None:
    admin.post(f"/administration/users/{person.id}/deactivation")


def run_out(phone: FlaskClient, person: Viewer, admin: FlaskClient) -> None:
    past = clock.now() - timedelta(seconds=1)
    mine = update(UserSession).where(UserSession.user_id == person.id)
    db.session.execute(mine.values(expires_at=past))
    db.session.commit()


@pytest.mark.parametrize(
    "end", [sign_out, sign_out_from_afar, sign_out_everywhere, deactivate, run_out]
)
def test_the_ordinary_end_of_a_session_clears_no_storage(
    new_client: NewClient, sara: Viewer, admin: Viewer, end: Callable[..., None]
) -> None:
    phone = new_client(sara)
    cookie = phone.get_cookie(COOKIE)
    assert cookie is not None
    end(phone, sara, new_client(admin))
    phone.set_cookie(COOKIE, cookie.value)
    for path in ("/today", "/api/v1/me", "/sign-in"):
        answer = phone.get(path)
        assert answer.status_code in (303, 401, 200)
        assert "Clear-Site-Data" not in answer.headers, path


def test_signing_out_clears_the_cache_and_leaves_the_outbox(
    new_client: NewClient, sara: Viewer
) -> None:
    cleared = new_client(sara).post("/sign-out").headers.get("Clear-Site-Data", "")
    assert "storage" not in cleared
    assert "*" not in cleared


def test_nobody_else_can_wipe_a_phone(
    new_client: NewClient, sara: Viewer, omid: Viewer, leila: Viewer
) -> None:
    phone = new_client(sara)
    session_id = session_of(phone, sara)
    for other in (omid, leila):
        desk = new_client(other)
        assert desk.post(f"/settings/devices/{session_id}/wipe").status_code == 404
        assert desk.get(f"/settings/devices/{session_id}").status_code == 404
        home = f"/administration/users/{sara.id}/devices/{session_id}"
        assert desk.post(f"{home}/wipe").status_code == 404
    assert phone.get("/today").status_code == 200


def test_the_commands_and_queries_themselves_refuse_who_may_not(
    new_client: NewClient, sara: Viewer, omid: Viewer, leila: Viewer, nika: Viewer, admin: Viewer
) -> None:
    phones = [new_client(sara), new_client(nika)]
    session_id = session_of(phones[0], sara)
    beat(phones[1], waiting=1)
    for person, whose in ((leila, sara), (omid, omid)):
        with pytest.raises(errors.NotFound):
            wipe_device(person, whose.id, session_id)
        with pytest.raises(errors.NotFound):
            end_session(person, session_id, whose.id)
    with pytest.raises(errors.NotFound):
        phones_by_session(leila, sara.id)
    everyone = [sara.id, nika.id]
    seen = {who.name: set(standings(who, everyone)) for who in (sara, omid, leila, admin)}
    mine = {sara.id}
    assert seen == {
        sara.name: mine,
        omid.name: set(),
        leila.name: mine,
        admin.name: {sara.id, nika.id},
    }


def test_the_page_says_what_is_lost_and_the_timeline_what_was_done(
    new_client: NewClient, sara: Viewer, admin: Viewer
) -> None:
    phone, desk = new_client(sara), new_client(admin)
    session_id = session_of(phone, sara)
    beat(phone, waiting=3, oldest_at=(clock.now() - timedelta(minutes=95)).isoformat())
    home = f"/administration/users/{sara.id}"
    assert "3 waiting since 09:10" in desk.get(home).text
    assert (
        "3 saved there and not sent yet are lost" in desk.get(f"{home}/devices/{session_id}").text
    )
    desk.post(f"{home}/devices/{session_id}/wipe")
    page = desk.get(home).text
    assert "to be cleared" in page
    assert "waiting since" not in page
    phone.get("/today")
    page = desk.get(home).text
    assert "was told to clear itself" in page
    assert "waiting since" not in page
    assert not db.session.query(Device).count()


def test_ones_own_devices_say_what_waits_on_them(
    new_client: NewClient, sara: Viewer, clock: Any
) -> None:
    phone, desk = new_client(sara), new_client(sara)
    beat(phone, waiting=1, parked=2, oldest_at=clock.now().isoformat())
    clock.move(minutes=10)
    page = desk.get("/settings/devices").text
    assert "Last seen 10 min ago · 1 waiting since 10:45 · 2 need attention" in page


def test_a_manager_sees_what_waits_on_his_peoples_phones(
    new_client: NewClient, sara: Viewer, nika: Viewer, leila: Viewer, clock: Any
) -> None:
    beat(new_client(sara), waiting=1, oldest_at=(clock.now() - timedelta(hours=1)).isoformat())
    beat(new_client(sara), waiting=2, oldest_at=clock.now().isoformat())
    beat(new_client(nika), waiting=7)
    clock.move(minutes=10)
    page = new_client(leila).get("/team").text
    assert "Last seen 10 min ago · 3 waiting since 09:45" in page
    assert "7 waiting" not in page


def test_what_waited_on_a_phone_that_is_given_up_stands_on_no_page(
    new_client: NewClient, sara: Viewer, omid: Viewer, leila: Viewer, clock: Any
) -> None:
    lost, silent = new_client(sara), new_client(omid)
    session_id = session_of(lost, sara)
    beat(lost, waiting=3)
    beat(silent, waiting=4)
    wipe_device(sara, sara.id, session_id)
    assert set(standings(leila, [sara.id, omid.id])) == {omid.id}
    clock.move(days=29)
    assert standings(leila, [omid.id])[omid.id].waiting == 4
    clock.move(days=1)
    assert not standings(leila, [omid.id])
