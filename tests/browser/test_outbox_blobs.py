"""Photos and voice notes follow the meeting that names them: in pieces, from where they stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, Route

from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import awaited, until
from tests.browser.outbox import meeting, open_outbox, outbox_phone

SIZE = 600_000
#: A photo as the server knows one by its first bytes, and noise after them.
SAVE = """async ([capture, size]) => {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
  }
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  const blob = new Blob([bytes], {type: capture.type ?? 'image/jpeg'});
  await outbox.put(capture, [{kind: 'photo', blob}]);
}"""


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, sqlite_app: Flask) -> Page:
    return outbox_phone(new_page(sara), sqlite_app, sara)


def test_a_photo_stopped_in_the_middle_goes_on_from_there(phone: Page, sqlite_app: Flask) -> None:
    asked: list[Request] = []

    def stop_the_second(route: Route) -> None:
        if route.request.method == "PUT":
            asked.append(route.request)
        stopped = route.request.method == "PUT" and len(asked) == 2
        route.abort() if stopped else route.continue_()

    phone.evaluate(SAVE, [meeting("with a photo"), SIZE])
    phone.route("**/api/v1/blobs/*", stop_the_second)
    assert phone.evaluate("outbox.drain('save')")["state"] == "offline"
    [row] = phone.evaluate("outbox.list()")
    assert (row["state"], row["blobs"]) == ("sent", 1), "the meeting did not wait for the photo"
    [photo] = row["body"]["blobs"]
    open_outbox(phone, sqlite_app)
    assert phone.evaluate("outbox.drain('tap')")["state"] == "idle"
    starts = [int(one.headers["content-range"].split()[1].partition("-")[0]) for one in asked]
    assert starts[:3] == [0, 262_144, 262_144]
    assert phone.evaluate("outbox.list()")[0]["blobs"] == 0
    [kept] = [
        path
        for path in (Path(sqlite_app.config["DATA_DIR"]) / "blobs").rglob("*")
        if photo["id"] in path.name
    ]
    assert kept.stat().st_size == SIZE


def test_a_photo_that_arrived_altered_is_sent_once_more_from_its_beginning(phone: Page) -> None:
    altered: list[bool] = []

    def alter_the_second(route: Route) -> None:
        body = route.request.post_data_buffer or b""
        if route.request.method == "PUT" and len(altered) < 2:
            altered.append(len(altered) == 1)
            body = b"x" * len(body) if altered[-1] else body
            route.continue_(post_data=body)
        else:
            route.continue_()

    phone.evaluate(SAVE, [meeting("with a photo"), 400_000])
    phone.route("**/api/v1/blobs/*", alter_the_second)
    assert phone.evaluate("outbox.drain('save')")["state"] == "offline"
    assert altered == [False, True]
    assert phone.evaluate("outbox.drain('tap')")["state"] == "idle"
    [row] = phone.evaluate("outbox.list()")
    assert (row["blobs"], row["refused"]) == (0, [])


def test_what_the_server_does_not_take_stands_refused_and_holds_nothing_up(phone: Page) -> None:
    phone.evaluate(SAVE, [meeting("first") | {"type": "text/html"}, 2000])
    phone.evaluate(SAVE, [meeting("second"), 2000])
    assert phone.evaluate("outbox.drain('save')") == {"state": "sent", "waiting": 0}
    second, first = phone.evaluate("outbox.list()")
    assert (second["blobs"], second["refused"]) == (0, [])
    assert (first["blobs"], len(first["refused"])) == (0, 1)
    assert phone.evaluate("id => outbox.retry(id)", first["id"]) is True


def test_a_meeting_goes_before_the_rest_of_a_photo(phone: Page) -> None:
    asked: list[str] = []
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route.request.url.rpartition("/v1/")[2].partition("/")[0])
        if asked == ["captures", "blobs"]:
            held.append(route)
        else:
            route.continue_()

    phone.evaluate(SAVE, [meeting("with a photo"), SIZE])
    phone.route(lambda url: "/api/v1/" in url, hold_the_first)
    phone.evaluate("void outbox.drain('save')")
    awaited(phone, lambda: held, "no photo was begun")
    phone.evaluate("capture => outbox.put(capture)", meeting("meanwhile"))
    held[0].continue_()
    until(phone, "(await outbox.list()).every(({ blobs }) => !blobs)", said="the photo waits")
    assert asked[:4] == [
        "captures",
        "blobs",
        "blobs",
        "captures",
    ]  # asked where it stands, then a piece
    assert [row["state"] for row in phone.evaluate("outbox.list()")] == ["sent", "sent"]
