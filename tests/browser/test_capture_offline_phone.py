"""Who uses this phone: signing out with captures waiting, another person, both scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.activities.models import Activity
from crm.database import db
from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import NewPage
from tests.browser.keeping import choose, open_sheet, sent, visit, waits
from tests.browser.outbox import in_outbox
from tests.browser.worker import kept_pages, settle
from tests.browser.world import Day, a_working_day

#: What the phone's database still holds, by its keys.
NAMES = """async () => {
  const opened = indexedDB.open("hamrah");
  await new Promise((done, fail) => { opened.onsuccess = done; opened.onerror = fail; });
  const found = {};
  for (const name of ["drafts", "book"]) {
    const asked = opened.result.transaction(name).objectStore(name).getAllKeys();
    await new Promise((done) => (asked.onsuccess = done));
    found[name] = asked.result;
  }
  opened.result.close();
  return found;
}"""


def leave_one_waiting(page: Page) -> None:
    open_sheet(page)
    page.context.set_offline(True)
    choose(page, "who")
    choose(page, "outcome", "follow_up")
    page.locator(".sheet textarea").fill("a secret of Sara's")
    page.locator(".sheet .btn--save").tap()
    waits(page, 1)


def sign_in(page: Page, person: Viewer) -> None:
    page.locator('[name="name"]').fill(people.email(person))
    page.locator('[name="password"]').fill(people.PASSWORD)
    with page.expect_navigation():
        page.locator("main form .btn--main").tap()


def test_who_signs_out_with_something_waiting_sends_it_or_leaves_it_locked(
    page: Page, day: Day, sara: Viewer, omid: Viewer
) -> None:
    visit(page, "/more")
    leave_one_waiting(page)
    page.route("**/api/v1/captures", lambda route: route.abort())
    page.context.set_offline(False)
    page.locator("form[action='/sign-out'] button").tap()
    dialog = page.locator("dialog.ask")
    expect(dialog).to_contain_text("Not sent yet: 1")
    dialog.locator("[data-do=cancel]").tap()
    expect(dialog).to_have_count(0)
    page.locator("form[action='/sign-out'] button").tap()
    with page.expect_navigation():
        dialog.locator("[data-do=lock]").tap()
    page.unroute("**/api/v1/captures")
    page.goto("/sign-in")
    sign_in(page, omid)
    visit(page, "/phone")
    expect(page.locator(".pill")).to_be_hidden()
    assert page.evaluate("() => outbox.list().then(items => items.length)") == 0
    visit(page, "/more")
    with page.expect_navigation():
        page.locator("form[action='/sign-out'] button").tap()
    page.goto("/sign-in")
    sign_in(page, sara)
    visit(page, "/phone")
    sent(page)
    db.session.rollback()
    noted = db.session.scalars(select(Activity).where(Activity.note == "a secret of Sara's")).all()
    assert [note.owner_id for note in noted] == [sara.id]


def test_sending_before_signing_out_leaves_nothing_behind(phone: Page, day: Day) -> None:
    assert kept_pages(phone)
    visit(phone, "/more")
    leave_one_waiting(phone)
    phone.context.set_offline(False)
    sent(phone)
    with phone.expect_navigation():
        phone.locator("form[action='/sign-out'] button").tap()
    phone.wait_for_url("**/sign-in")
    settle(phone)
    assert kept_pages(phone) == {}
    kept = phone.evaluate("caches.keys()")
    assert not [name for name in kept if name.startswith("hamrah-pages")]
    assert in_outbox(phone)[1] == set(), "what was sent is noted no more"
    stores = phone.evaluate(NAMES)
    assert (stores["drafts"], stores["book"]) == ([], [])


@pytest.fixture
def tehran(live_server: str, sara: Viewer) -> Day:
    return a_working_day(sara, "fa")


def test_in_persian_the_pill_counts_in_persian_digits_and_the_page_reads_from_the_right(
    new_page: NewPage, tehran: Day, sara: Viewer
) -> None:
    page = new_page(sara, language="fa")
    visit(page)
    open_sheet(page)
    page.context.set_offline(True)
    choose(page, "outcome", "follow_up")
    page.locator(".sheet textarea").fill("۵۰ کاربر تا خرداد")
    page.locator(".sheet .btn--save").tap()
    expect(page.locator(".pill")).to_contain_text("۱")
    box = page.locator(".pill").bounding_box()
    assert box
    assert box["x"] < 195, "at the header's end, which is the left"
    page.context.set_offline(False)
    expect(page.locator(".pill")).to_be_hidden(timeout=15_000)
    db.session.rollback()
    assert db.session.scalars(select(Activity).where(Activity.note == "۵۰ کاربر تا خرداد")).one()


REFUSED = """() => outbox.put({id: outbox.id(), kind: 'activity.log', label: 'Call · Sara',
  body: {kind: 'call', outcome: 'nonsense'}}).then(() => outbox.drain('tap')).then(() => null)"""


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_page_on_this_phone_says_what_needs_a_hand_and_can_be_used_by_all(
    page: Page, live_server: str, sara: Viewer, language: str, axe: Callable[[Page], None]
) -> None:
    a_working_day(sara, language)
    visit(page, "/phone")
    page.evaluate(REFUSED)
    row = page.locator("[data-state=parked] .phone-row")
    expect(row).to_have_count(1)
    axe(page)
    row.locator("[data-do=archive]").tap()
    expect(row).to_have_count(0)
    expect(page.locator(".pill")).to_be_hidden()
