"""What the worker does about a write: a sign-out no script sees, a phone without room, a sync."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from crm.captures.models import Capture
from crm.database import db
from tests.browser.keeping import awaited, choose, open_sheet, visit, waits
from tests.browser.worker import settle
from tests.browser.world import Day

#: A form that is posted before any script listens, or where none does.
POST = """path => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
  document.body.append(form);
  form.submit();
}"""
#: The disk of the phone is full.
FULL = """() => {
  Cache.prototype.put = async () => { throw new DOMException('full', 'QuotaExceededError'); };
}"""


def test_what_was_saved_without_signal_is_sent_though_the_app_was_closed(
    phone: Page, day: Day
) -> None:
    visit(phone)
    open_sheet(phone)
    phone.context.set_offline(True)
    choose(phone, "who")
    choose(phone, "outcome", "follow_up")
    phone.locator(".sheet .btn--save").tap()
    waits(phone, 1)
    other = phone.context.new_page()
    phone.close()
    assert captured() == 0
    other.context.set_offline(False)
    awaited(other, lambda: captured() == 1, "the worker did not send it")


def captured() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Capture.id))) or 0


@pytest.mark.mission(116)
def test_a_sign_out_that_no_script_saw_leaves_nothing_open_on_the_phone(
    phone: Page, day: Day
) -> None:
    phone.goto("/more")
    phone.wait_for_function("() => self.outbox")
    phone.evaluate("outbox.drafts.save('capture', {note: 'a secret'})")
    assert phone.evaluate("outbox.book.get().then((book) => book.people.length)")
    with phone.expect_navigation():
        phone.evaluate(POST, "/sign-out")
    settle(phone)
    phone.context.set_offline(True)
    phone.goto("/offline")
    phone.wait_for_function("() => self.outbox")
    expect(phone.locator("[data-empty]")).to_be_visible()
    expect(phone.locator("[data-deals]")).to_be_hidden()
    assert phone.evaluate("Promise.all([outbox.user(), outbox.book.get()])") == [None, None]
    assert phone.evaluate("outbox.drafts.load('capture')") is None


def test_with_a_full_phone_the_servers_answer_is_shown_all_the_same(phone: Page, day: Day) -> None:
    phone.goto(f"/deals/{day.deal}")
    phone.context.service_workers[0].evaluate(FULL)
    with phone.expect_navigation():
        phone.evaluate(POST, f"/activities/{day.promise}/completion")
    expect(phone.get_by_role("heading", name="No signal")).to_have_count(0)
    with phone.expect_navigation():
        phone.evaluate(POST, "/sign-out")
    phone.wait_for_url("**/sign-in")
    expect(phone.locator("[name=password]")).to_be_visible()
