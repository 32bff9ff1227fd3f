"""Undo of a tick that may be on the server already: it is taken back there too."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from crm.activities.models import Activity
from crm.database import db
from tests.browser.keeping import until, visit
from tests.browser.world import Day

CAPTURES = "**/api/v1/captures"
SENT = "(await outbox.drain('tap')).waiting === 0"
TRIED = "(await outbox.list())[0]?.tries"


def tick(page: Page, day: Day) -> None:
    page.locator(f"form[action='/activities/{day.promise}/completion'] .tick").first.tap()


def take_back(page: Page) -> None:
    page.locator(".toast .btn").tap()
    expect(page.locator(".toast")).to_contain_text("Taken back")
    expect(page.locator(".tick--done")).to_have_count(0)


def is_done(day: Day) -> bool:
    db.session.rollback()
    return db.session.get_one(Activity, day.promise).done_at is not None


def test_undo_of_a_tick_whose_sending_was_tried_follows_it(page: Page, day: Day) -> None:
    visit(page)
    page.route(CAPTURES, lambda route: route.abort())
    tick(page, day)
    until(page, TRIED)
    take_back(page)
    page.unroute(CAPTURES)
    until(page, SENT)
    assert not is_done(day)


def test_undo_without_signal_of_a_tick_that_was_sent_is_sent_later(page: Page, day: Day) -> None:
    visit(page)
    tick(page, day)
    page.locator(".toast[data-state=sent]").wait_for()
    assert is_done(day)
    page.context.set_offline(True)
    take_back(page)
    page.context.set_offline(False)
    until(page, SENT)
    assert not is_done(day)
