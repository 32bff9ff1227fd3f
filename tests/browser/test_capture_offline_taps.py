"""How many taps a meeting takes, that none of them waits for the line, and what follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from crm.activities.models import Activity
from crm.attachments.models import Attachment
from crm.captures.models import Capture
from crm.database import db
from crm.users.viewer import Viewer
from tests.browser.keeping import awaited, choose, open_sheet, says, sent, until, visit, waits
from tests.browser.taps import Taps
from tests.browser.world import Day, a_working_day


@pytest.fixture
def day(day: Day) -> Day:
    # Nothing from the calendar: the sheet opens with nobody chosen.
    db.session.delete(db.session.get_one(Activity, day.meeting))
    db.session.commit()
    return day


def captures() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Capture.id))) or 0


def save(page: Page) -> None:
    page.locator(".sheet .btn--save").tap()
    page.locator(".toast[data-state=sent]").wait_for()


@pytest.mark.mission(10)
def test_from_plus_with_a_person_chip_a_meeting_takes_four_taps(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, "/people")
    taps.again()
    open_sheet(page)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    save(page)
    assert taps.count == 4


@pytest.mark.mission(10)
def test_from_a_record_a_meeting_takes_three_taps(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, f"/deals/{day.deal}")
    taps.again()
    page.locator(".actionbar .btn--main").tap()
    page.locator(".sheet__dialog form").wait_for()
    choose(page, "outcome", "quote")
    save(page)
    assert taps.count == 3


@pytest.mark.mission(10)
def test_with_somebody_new_a_meeting_takes_four_taps_and_the_name(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, "/people")
    taps.again()
    open_sheet(page)
    choose(page, "who", "new")
    expect(page.locator('[name="new_name"]')).to_be_focused()
    page.keyboard.type("Hanna Berg")
    choose(page, "outcome", "interested")
    save(page)
    assert taps.count == 4


@pytest.mark.mission(10)
def test_a_meeting_that_just_ended_takes_three_taps(
    page: Page, live_server: str, sara: Viewer
) -> None:
    a_working_day(sara, "en")
    taps = Taps(page)
    visit(page, "/people")
    taps.again()
    open_sheet(page)
    choose(page, "outcome", "follow_up")
    save(page)
    assert taps.count == 3


def test_the_phone_measures_how_long_a_capture_took(page: Page, day: Day) -> None:
    visit(page, "/people")
    open_sheet(page)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    page.locator(".sheet textarea").press_sequentially("ok")
    save(page)
    db.session.rollback()
    [capture] = db.session.scalars(select(Capture)).all()
    measures = capture.measures
    assert measures["capture_ms"] > 0
    assert (measures["keys"], measures["was_offline"], measures["who_by"]) == (2, False, "chip")
    assert measures["taps"] >= 3


#: In which order it is said and asked for.
ORDER = """() => {
  self.order = [];
  new MutationObserver(() => document.querySelector(".toast") && order.push("said"))
    .observe(document.getElementById("toast"), {childList: true});
  const { fetch } = self;
  self.fetch = (...asked) => (order.push("asked"), fetch(...asked));
}"""


@pytest.mark.mission(11)
@pytest.mark.parametrize("line", ["away", "hanging"])
def test_no_request_stands_between_the_tap_and_saved(page: Page, day: Day, line: str) -> None:
    """How soon it is said is a figure of `make bench`; here: before anybody is asked."""
    held: list[Route] = []
    visit(page, "/people")
    open_sheet(page)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    expect(page.locator("#capture-stage")).not_to_be_empty()
    page.evaluate(ORDER)
    page.route("**/api/**", lambda route: held.append(route))  # noqa: PLW0108
    page.context.set_offline(line == "away")
    page.locator(".sheet .btn--save").tap()
    says(page, "Saved on this phone")
    assert page.evaluate("order[0]") == "said"
    assert captures() == 0
    assert page.evaluate("outbox.counts()")["waiting"] == 1
    if line == "hanging":
        awaited(page, lambda: held, "it was never sent")
    for route in held:
        route.continue_()
    page.unroute("**/api/**")
    page.context.set_offline(False)
    sent(page)
    assert captures() == 1


def a_picture(page: Page) -> bytes:
    """Return a JPEG of 2400×1800 as a camera gives it."""
    data = page.evaluate(
        """async () => {
          const canvas = new OffscreenCanvas(2400, 1800);
          const context = canvas.getContext('2d');
          for (let n = 0; n < 400; n++) {
            context.fillStyle = `hsl(${n} 80% 50%)`;
            context.fillRect((n * 97) % 2400, (n * 61) % 1800, 120, 90);
          }
          const blob = await canvas.convertToBlob({type: 'image/jpeg'});
          return [...new Uint8Array(await blob.arrayBuffer())];
        }"""
    )
    return bytes(data)


@pytest.mark.rival("comments and photos impossible offline")
def test_a_photo_taken_offline_arrives_after_its_meeting_and_is_made_smaller(
    page: Page, day: Day
) -> None:
    visit(page, "/people")
    picture = a_picture(page)
    open_sheet(page)
    page.context.set_offline(True)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    page.locator('.sheet input[type="file"]').set_input_files(
        {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    expect(page.locator(".blobs__one img")).to_be_visible()
    page.locator(".sheet .btn--save").tap()
    says(page, "Saved on this phone")
    waits(page, 1)
    page.context.set_offline(False)
    sent(page)
    until(page, "(await outbox.list()).every(({ blobs }) => !blobs)", said="the photo waits")
    db.session.rollback()
    [photo] = db.session.scalars(select(Attachment)).all()
    assert (photo.kind, photo.type) == ("photo", "image/jpeg")
    size = page.evaluate(
        f"""async () => {{
          const answer = await fetch('/attachments/{photo.id}');
          const picture = await createImageBitmap(await answer.blob());
          return [picture.width, picture.height];
        }}"""
    )
    assert size == [1600, 1200]
