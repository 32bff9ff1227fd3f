"""A rep logs a meeting with one thumb: from ＋, from a record, from the card, with no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.activities.models import Activity
from crm.database import db
from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.keeping import visit
from tests.browser.taps import Taps
from tests.browser.world import Day


@pytest.fixture
def day(language: str, day: Day) -> Day:
    """Every story with a day runs once a language."""
    return day


def newest() -> Activity:
    """Return what was logged last."""
    db.session.rollback()
    return db.session.scalars(
        select(Activity)
        .where(Activity.outcome.is_not(None))
        .order_by(Activity.done_at.desc(), Activity.id.desc())
    ).first() or pytest.fail("nothing was logged")


def choose(page: Page, name: str, value: str = "") -> None:
    which = f'[value="{value}"]' if value else ""
    page.locator(f'.chip:has(input[name="{name}"]{which})').first.tap()


def save(page: Page) -> None:
    """Save, and wait until the server has it."""
    page.locator(".btn--save").tap()
    page.locator(".toast[data-state=sent]").wait_for()


def save_without_script(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".btn--save").tap()


def stands_on(page: Page, deal_id: str) -> None:
    """The meeting is the newest line of the deal's page, and Undo in the toast takes it back."""
    logged = newest()
    assert logged.deal_id == deal_id
    page.locator(".toast .btn").tap()
    expect(page.locator(".toast .btn")).to_have_count(0)
    db.session.rollback()
    assert db.session.get_one(Activity, logged.id).withdrawn_at is not None
    page.goto(f"/deals/{deal_id}")
    expect(page.locator(".timeline__entry--corrected").first).to_be_visible()


@pytest.mark.mission(10)
def test_from_plus_a_meeting_takes_five_taps_at_most(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, "/people")
    taps.again()
    page.locator(".nav__add").tap()
    page.locator(".sheet__dialog form").wait_for()
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    save(page)
    assert taps.count <= 5
    logged = newest()
    assert (logged.outcome, logged.note) == ("follow_up", None)
    assert page.url.endswith("/people"), "one stays where one was"


@pytest.mark.mission(8, 9)
def test_from_a_record_a_meeting_takes_three_taps(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, f"/deals/{day.deal}")
    taps.again()
    page.locator(".actionbar .btn--main").tap()
    page.locator(".sheet__dialog form").wait_for()
    choose(page, "outcome", "quote")
    save(page)
    assert taps.count <= 3
    expect(page.locator(".timeline__entry").first).to_be_visible()
    stands_on(page, day.deal)


def test_the_card_after_a_meeting_takes_two_taps(page: Page, day: Day) -> None:
    taps = Taps(page)
    visit(page, "/today")
    taps.again()
    page.locator(".hero__chip").nth(1).tap()
    page.locator(".sheet__dialog form").wait_for()
    expect(page.locator('[name="next_step"]:checked')).to_have_count(1)
    save(page)
    assert taps.count <= 2
    expect(page.locator(".hero")).to_have_count(0)
    stands_on(page, newest().deal_id or "")


def test_what_was_typed_is_on_the_deals_page(page: Page, day: Day, language: str) -> None:
    words = {"en": "Wants 50 seats by June", "fa": "۵۰ کاربر تا خرداد می‌خواهد"}[language]
    visit(page, f"/deals/{day.deal}")
    page.locator(".actionbar .btn--main").tap()
    page.locator(".sheet__dialog textarea").fill(words)
    choose(page, "outcome", "interested")
    save(page)
    assert page.url.endswith(day.deal)
    expect(page.locator(".timeline")).to_contain_text(words)


def test_without_a_script_a_meeting_is_logged_and_taken_back(
    new_page: NewPage, day: Day, sara: Viewer, language: str
) -> None:
    page = new_page(sara, language=language, javascript=False)
    page.goto("/today")
    page.locator(".hero__chip").nth(1).tap()
    expect(page.locator("form#capture")).to_be_visible()
    save_without_script(page)
    logged = newest()
    with page.expect_navigation():
        page.locator(".toast .btn").tap()
    db.session.rollback()
    assert db.session.get_one(Activity, logged.id).withdrawn_at is not None


def test_without_a_script_somebody_new_can_be_met(
    new_page: NewPage, day: Day, sara: Viewer, language: str
) -> None:
    page = new_page(sara, language=language, javascript=False)
    page.goto("/capture")
    choose(page, "who", "new")
    page.locator('[name="new_name"]').fill("Hanna Berg")
    choose(page, "outcome", "interested")
    save_without_script(page)
    assert newest().contact_id not in [None, *day.contacts]


def test_a_refused_capture_keeps_what_was_typed(page: Page, day: Day) -> None:
    visit(page, "/people")
    page.locator(".nav__add").tap()
    page.locator(".sheet__dialog textarea").fill("something to keep")
    choose(page, "outcome", "follow_up")
    choose(page, "next_step", "date")
    page.locator('[name="next_step_on"]').fill("the day after never")
    page.locator(".btn--save").tap()
    expect(page.locator(".error").first).to_be_visible()
    expect(page.locator("textarea[name=note]")).to_have_value("something to keep")
    expect(page.locator('[name="next_step_on"]')).to_have_value("the day after never")


def test_escape_closes_the_sheet_and_gives_the_focus_back(
    new_page: NewPage, day: Day, sara: Viewer, language: str
) -> None:
    page = new_page(sara, language=language, wide=True)
    visit(page, "/today")
    page.locator(".nav__add").focus()
    page.keyboard.press("Enter")
    page.locator(".sheet__dialog form").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("bottom-sheet")).to_have_count(0)
    expect(page.locator(".nav__add")).to_be_focused()
    assert page.url.endswith("/today")
