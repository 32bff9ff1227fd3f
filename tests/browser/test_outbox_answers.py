"""What the outbox makes of each answer there is: only JSON that names a capture moves it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route

from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.faults import Faults
from tests.browser.outbox import (
    counted,
    in_outbox,
    meeting,
    outbox_phone,
    saved,
)

ADDRESS = "**/api/v1/captures"


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, sqlite_app: Flask) -> Page:
    return outbox_phone(new_page(sara), sqlite_app, sara)


def said(status: int, code: str, **headers: str) -> dict[str, Any]:
    body = json.dumps({"error": {"code": code, "message": "Not now.", "fields": {}}})
    return {"status": status, "content_type": "application/json", "body": body, "headers": headers}


def play(page: Page, **answer: Any) -> None:
    """Answer captures with this instead of the server."""
    page.route(ADDRESS, lambda route: route.fulfill(**answer))


PORTAL = {"status": 200, "content_type": "text/html", "body": "<h1>Welcome to the hotel</h1>"}
ANOTHERS = {"results": [{"capture_id": "another", "verdict": "applied"}]}
LATER = {
    "a captive portal": (PORTAL, "offline"),
    "a portal that speaks JSON": ({"status": 200, "json": {"ok": True}}, "offline"),
    "an answer about something else": ({"status": 200, "json": ANOTHERS}, "offline"),
    "a broken gateway": ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, "offline"),
    "a gateway that asks for a password": ({"status": 401, "body": "Password?"}, "offline"),
    "an ended session": (said(401, "no_session"), "sign-in"),
    "somebody else's session": (said(403, "wrong_user"), "wrong-user"),
    "a server older than the app": (said(426, "newer_than_server"), "newer"),
    "a fault of the server": (said(500, "failed"), "offline"),
}


def test_what_does_not_name_the_capture_leaves_it_waiting(phone: Page, faults: Faults) -> None:
    faults.forgive("500: ", "502: ")
    kept = saved(phone, meeting())
    for name, (answer, state) in LATER.items():
        play(phone, **answer)
        assert phone.evaluate("outbox.drain('tap')") == {"state": state, "waiting": 1}, name
        phone.unroute(ADDRESS)
    play(phone, status=302, headers={"Location": "/sign-in"})
    assert phone.evaluate("outbox.drain('tap')") == {"state": "offline", "waiting": 1}
    phone.unroute(ADDRESS)
    assert in_outbox(phone) == ({kept}, {kept})
    assert phone.evaluate("outbox.drain('tap')") == {"state": "sent", "waiting": 0}


def test_the_server_says_how_long_to_wait_and_no_tap_hurries_it(
    phone: Page, faults: Faults
) -> None:
    faults.forgive("503: ")
    asked: list[str] = []

    def busy(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(**said(503, "busy", **{"Retry-After": "60"}))

    saved(phone, meeting())
    phone.route(ADDRESS, busy)
    for reason in ("save", "tap", "online"):
        state = phone.evaluate("reason => outbox.drain(reason)", reason)["state"]
        assert state == "offline"
    assert len(asked) == 1


def test_what_is_too_big_together_is_sent_in_halves_and_what_is_too_big_alone_is_shown(
    phone: Page,
) -> None:
    sizes: list[int] = []

    def at_most_two(route: Route) -> None:
        captures = route.request.post_data_json["captures"]
        sizes.append(len(captures))
        large = any(one["body"]["note"] == "large" for one in captures)
        if len(captures) > 2 or large:
            route.fulfill(**said(413, "too_big"))
        else:
            route.continue_()

    for note in ("1", "2", "3", "large", "5"):
        saved(phone, meeting(note))
    phone.route(ADDRESS, at_most_two)
    assert phone.evaluate("outbox.drain('save')") == {"state": "sent", "waiting": 0}
    assert sizes == [5, 3, 2, 3, 2, 1, 2, 1, 1]
    assert counted(phone)["parked"] == 1
    parked = [row for row in phone.evaluate("outbox.list()") if row["state"] == "parked"]
    assert [(row["label"], row["said"]["reason"]) for row in parked] == [("large", "Not now.")]
