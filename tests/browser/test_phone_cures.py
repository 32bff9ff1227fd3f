"""«On this phone»: each trouble has its reason and its cure, and what waits can be carried away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from crm.activities.models import Activity
from crm.attachments.models import Attachment
from crm.database import db, new_id
from crm.users.viewer import Viewer
from tests import factories, people
from tests.browser.devices import ARGUMENTS, PHONE, NewPage, chromium_path
from tests.browser.keeping import choose, open_sheet, sent, until, visit, waits
from tests.browser.world import Day

PUT = "capture => outbox.put({id: outbox.id(), kind: 'activity.log', ...capture})"
#: The first bytes of a JPEG.
PUT_PHOTO = """capture => {
  const blob = new Blob([new Uint8Array([255, 216, 255, 224])], {type: 'image/jpeg'});
  return outbox.put({id: outbox.id(), kind: 'activity.log', ...capture}, [{kind: 'photo', blob}]);
}"""
BLOBS = "**/api/v1/blobs/*"
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
HEARD = """async () => {
  const bytes = await (await fetch(document.querySelector("audio").src)).arrayBuffer();
  return (await new OfflineAudioContext(1, 1, 48000).decodeAudioData(bytes)).duration;
}"""
SEND = "outbox.drain('tap').then(() => null)"


def parked(page: Page, **body: Any) -> str:
    """Let the server refuse a meeting with this body; return the capture's id."""
    meeting = {"kind": "meeting", "outcome": "interested", "note": "Wants two", **body}
    page.evaluate(PUT, {"label": "Meeting · Ali", "body": meeting})
    page.evaluate(SEND)
    until(page, "(await outbox.list()).some((one) => one.state === 'parked')", said="not refused")
    row = page.locator("[data-state=parked] .phone-row")
    expect(row).to_have_count(1)
    return str(row.get_attribute("data-id"))


def noted(text: str = "Wants two") -> list[Activity]:
    db.session.rollback()
    return list(db.session.scalars(select(Activity).where(Activity.note == text)))


def test_try_again_sends_what_the_server_takes_by_now_and_once(
    page: Page, day: Day, sara: Viewer
) -> None:
    visit(page, "/phone")
    contact_id = new_id()
    parked(page, contact_id=contact_id)
    assert not noted()
    factories.a_contact(sara, "Ali", id=contact_id)
    page.locator("[data-do=retry]").tap()
    expect(page.locator("[data-state=sent] .phone-row")).to_have_count(1)
    expect(page.locator("[data-state=parked] .phone-row")).to_have_count(0)
    sent(page)
    assert [one.contact_id for one in noted()] == [contact_id]


def test_a_meeting_whose_deal_is_hidden_is_saved_without_the_deal(
    page: Page, day: Day, sara: Viewer, nika: Viewer
) -> None:
    visit(page, "/phone")
    contact = factories.a_contact(sara, "Ali")
    hidden = factories.a_deal(nika)
    parked(page, contact_id=contact.id, deal={"id": hidden.id})
    page.locator("[data-do=without-deal]").tap()
    expect(page.locator("[data-state=sent] .phone-row")).to_have_count(1)
    sent(page)
    assert [(one.contact_id, one.deal_id) for one in noted()] == [(contact.id, None)]


def test_edit_opens_the_refused_meeting_as_it_was_and_its_save_takes_the_place(
    page: Page, day: Day, sara: Viewer
) -> None:
    visit(page, "/phone")
    contact = factories.a_contact(sara, "Ali")
    parked(page, contact_id=contact.id, outcome="nonsense")
    page.locator("[data-do=edit]").tap()
    words = page.locator(".sheet textarea")
    expect(words).to_have_value("Wants two")
    choose(page, "outcome", "follow_up")
    page.locator(".sheet .btn--save").tap()
    expect(page.locator("[data-state=parked] .phone-row")).to_have_count(0)
    sent(page)
    assert [(one.contact_id, one.outcome) for one in noted()] == [(contact.id, "follow_up")]


def test_what_waits_can_be_kept_as_a_text(page: Page, day: Day, tmp_path: Path) -> None:
    visit(page, "/phone")
    page.context.set_offline(True)
    body = {"kind": "meeting", "outcome": "interested", "note": "پنجاه کاربر"}
    page.evaluate(PUT, {"label": "Meeting · Ali", "body": body})
    with page.expect_download() as download:
        page.locator("[data-do=export]").tap()
    download.value.save_as(tmp_path / "waiting.txt")
    text = (tmp_path / "waiting.txt").read_text("utf-8")
    assert "Meeting · Ali" in text
    assert "پنجاه کاربر" in text


def test_the_pill_is_red_from_the_second_day(page: Page, day: Day) -> None:
    now = datetime.now(UTC)
    page.clock.set_system_time(now - timedelta(hours=23))
    visit(page, "/today")
    page.context.set_offline(True)
    body = {"kind": "call", "outcome": "interested"}
    page.evaluate(PUT, {"label": "Call", "body": body})
    page.clock.set_system_time(now)
    page.evaluate(LOOK)
    expect(page.locator(".pill")).to_contain_text("23 hours")
    assert "pill--late" not in str(page.locator(".pill").get_attribute("class"))
    page.clock.set_system_time(now + timedelta(hours=2))
    page.evaluate(LOOK)
    expect(page.locator(".pill")).to_contain_text("1 day")
    assert "pill--late" in str(page.locator(".pill").get_attribute("class"))


@pytest.fixture
def talking(browser: Browser, live_server: str, sara: Viewer) -> Iterator[Page]:
    """Sara's phone with a microphone that hears a beep, and her permission."""
    heard = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chromium = browser.browser_type.launch(
        executable_path=chromium_path(), args=[*ARGUMENTS, *heard]
    )
    context = chromium.new_context(
        base_url=live_server, **PHONE, permissions=["microphone"], service_workers="block"
    )
    name, token = people.session_cookie(sara)
    context.add_cookies([{"name": name, "value": token, "url": live_server}])
    yield context.new_page()
    chromium.close()


def test_a_voice_note_is_recorded_with_two_taps_and_arrives_after_the_meeting(
    talking: Page, day: Day, sqlite_app: Flask
) -> None:
    page = visit(talking)
    open_sheet(page)
    choose(page, "outcome", "follow_up")
    page.locator(".sheet textarea").fill("Listen to this")
    page.locator(".blobs__mic").tap()
    expect(page.locator(".blobs__live")).to_contain_text("0:01")
    page.locator(".blobs__mic").tap()
    expect(page.locator(".blobs__one audio")).to_have_count(1)
    page.context.set_offline(True)
    page.locator(".sheet .btn--save").tap()
    waits(page, 1)
    page.context.set_offline(False)
    sent(page)
    until(page, "(await outbox.list()).every((one) => !one.blobs)", said="the note is not sent")
    [activity] = noted("Listen to this")
    [kept] = db.session.scalars(select(Attachment).where(Attachment.activity_id == activity.id))
    assert kept.type.startswith("audio/")
    page.goto(f"/activities/{activity.id}")
    page.locator("audio").wait_for()
    assert page.evaluate(HEARD) > 0.5, "seconds"


def test_a_phone_that_gives_no_microphone_says_so_and_saves_the_words(
    new_page: NewPage, sara: Viewer, day: Day
) -> None:
    page = visit(new_page(sara, permissions=[]))
    open_sheet(page)
    choose(page, "outcome", "follow_up")
    page.locator(".sheet textarea").fill("In words then")
    page.locator(".blobs__mic").tap()
    expect(page.locator(".blobs__live")).not_to_be_empty()
    page.locator(".sheet .btn--save").tap()
    sent(page)
    assert len(noted("In words then")) == 1


def test_a_photo_that_the_server_did_not_take_is_named_and_can_be_sent_again(
    page: Page, day: Day
) -> None:
    visit(page, "/phone")
    refusal = {"error": {"code": "bad", "message": "Too large."}}
    page.route(BLOBS, lambda route: route.fulfill(status=413, json=refusal))
    photo = {"label": "With a photo", "body": {"kind": "meeting", "contact_id": day.contact}}
    page.evaluate(PUT_PHOTO, photo)
    page.evaluate(SEND)
    row = page.locator("[data-state=sent] .phone-row")
    expect(row).to_contain_text("Too large.")
    expect(row.locator(".cluster > :visible")).to_have_text(["Try again"])
    page.unroute(BLOBS)
    row.locator("[data-do=retry]").tap()
    expect(row).not_to_contain_text("Too large.")
    expect(row.locator(".cluster")).to_be_hidden()
    db.session.rollback()
    assert db.session.scalars(select(Attachment.kind)).all() == ["photo"]
