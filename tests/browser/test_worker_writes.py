"""What the worker does about a write: a sign-out no script sees, a phone without room, a sync."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from crm.users.viewer import Viewer
from tests.browser.devices import NewPage
from tests.browser.worker import booked, installed, settle
from tests.browser.world import Day, a_working_day

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


@pytest.fixture
def day(sqlite_app: Flask, sara: Viewer) -> Day:
    return a_working_day(sara)


@pytest.fixture
def phone(new_page: NewPage, sara: Viewer, day: Day, faults: list[str]) -> Iterator[Page]:
    page = new_page(sara, service_workers="allow")
    page.goto("/today")
    installed(page)
    booked(page)
    yield page
    faults[:] = [said for said in faults if "ERR_INTERNET_DISCONNECTED" not in said]


@pytest.mark.mission(116)
def test_a_sign_out_that_no_script_saw_leaves_nothing_open_on_the_phone(
    phone: Page, faults: list[str]
) -> None:
    phone.goto("/more")
    phone.wait_for_function("() => self.outbox")
    phone.evaluate("outbox.drafts.save('capture', {note: 'a secret'})")
    assert phone.evaluate("outbox.book.get().then((book) => book.people.length)")
    with phone.expect_navigation():
        phone.evaluate(POST, "/sign-out")
    settle(phone)
    phone.context.set_offline(True)
    faults.clear()
    phone.goto("/offline")
    phone.wait_for_function("() => self.outbox")
    expect(phone.locator("[data-empty]")).to_be_visible()
    expect(phone.locator("[data-deals]")).to_be_hidden()
    assert phone.evaluate("Promise.all([outbox.user(), outbox.book.get()])") == [None, None]
    assert phone.evaluate("outbox.drafts.load('capture')") is None
    faults.clear()


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
